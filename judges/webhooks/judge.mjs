// Intakes signed by `standardwebhooks` and `svix` are accepted; what was changed on the way is not.

import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { test } from "node:test";
import { Webhook as Standard } from "standardwebhooks";
import { Webhook as Svix } from "svix";

const url = process.env.HANDOFF_URL;
const providers = await (await fetch(`${process.env.SANDBOX_URL}/_sandbox/providers`)).json();
const secret = providers.items.find((it) => it.provider === "invoice_system").settings.webhook_secret;

const intake = () =>
  JSON.stringify({
    event_type: "client.intake.submitted",
    event_id: randomUUID(),
    timestamp: new Date().toISOString(),
    intake_data: { company_name: "Café & Söhne ☕", contact_email: "ada@example.com", key_services: ["Branding"] },
  });

/** An intake as the library would send it. */
const signed = (Library, { body = intake(), key = secret, at = new Date() } = {}) => {
  const id = `msg_${randomUUID()}`;
  return {
    body,
    headers: {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
      "webhook-signature": new Library(key).sign(id, at, body),
    },
  };
};

const send = async ({ body, headers }) => {
  const answer = await fetch(`${url}/api/intake`, { method: "POST", body, headers });
  return { status: answer.status, text: await answer.text() };
};

const minutes = (count) => new Date(Date.now() + count * 60_000);

for (const [name, Library] of [["standardwebhooks", Standard], ["svix", Svix]]) {
  test(`${name}: a signed intake is accepted, and again gets the first answer`, async () => {
    const message = signed(Library);
    const first = await send(message);
    assert.equal(first.status, 200, first.text);
    assert.deepEqual(await send(message), first);
  });

  test(`${name}: one good signature among others is enough`, async () => {
    const message = signed(Library);
    const other = `v1,${randomBytes(32).toString("base64")} v1a,${randomBytes(64).toString("base64")}`;
    message.headers["webhook-signature"] = `${other} ${message.headers["webhook-signature"]}`;
    assert.equal((await send(message)).status, 200);
  });

  const tampered = {
    "another body": (it) => ({ ...it, body: it.body.replace("ada@", "eve@") }),
    "a line end after the body": (it) => ({ ...it, body: `${it.body}\n` }),
    "another id": (it) => ({ ...it, headers: { ...it.headers, "webhook-id": "msg_other" } }),
    "another time": (it) => ({
      ...it,
      headers: { ...it.headers, "webhook-timestamp": String(Number(it.headers["webhook-timestamp"]) + 1) },
    }),
    "another secret": (it) => signed(Library, { body: it.body, key: `whsec_${randomBytes(24).toString("base64")}` }),
    "a signature of ten minutes ago": (it) => signed(Library, { body: it.body, at: minutes(-10) }),
    "a signature of ten minutes ahead": (it) => signed(Library, { body: it.body, at: minutes(10) }),
    "no signature": (it) => ({ ...it, headers: { ...it.headers, "webhook-signature": "" } }),
  };
  for (const [what, tamper] of Object.entries(tampered)) {
    test(`${name}: ${what} is refused`, async () => {
      const message = signed(Library);
      const refused = await send(tamper(message));
      assert.ok([401, 403].includes(refused.status), `${refused.status} ${refused.text}`);
      // The library agrees that this is nothing to accept.
      const changed = tamper(message);
      assert.throws(() => new Library(secret).verify(changed.body, changed.headers));
      // What was refused took nothing from the genuine one.
      assert.equal((await send(message)).status, 200);
    });
  }
}
