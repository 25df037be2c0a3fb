// What the program sends verifies with `standardwebhooks` and `svix`, and nothing that was changed on the way does.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { Webhook as Standard } from "standardwebhooks";
import { Webhook as Svix } from "svix";

const { HANDOFF_URL: url, HANDOFF_TOKEN: token } = process.env;
const port = Number(process.env.PEER_PORTS.split(" ")[0]);
const libraries = [["standardwebhooks", Standard], ["svix", Svix]];

const ask = async (method, path, body) => {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const answer = await fetch(url + path, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  return JSON.parse(text);
};

const received = [];
let heard = () => {};
const receiver = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
  response.end("thanks");
  heard();
});
await new Promise((resolve) => receiver.listen(port, "127.0.0.1", resolve));
after(() => receiver.close());

/** The message with this id, when it has come. */
const message = async (id) => {
  const deadline = AbortSignal.timeout(30_000);
  for (;;) {
    const found = received.find((it) => it.headers["webhook-id"] === id);
    if (found) return found;
    await new Promise((resolve, reject) => {
      heard = resolve;
      deadline.onabort = () => reject(new Error(`${id} did not come`));
    });
  }
};

const subscription = await ask("POST", "/v1/webhook-subscriptions", {
  url: `http://127.0.0.1:${port}/hook`,
  event_types: ["lead.created"],
});
const path = `/v1/webhook-subscriptions/${subscription.subscription_id}`;
const sent = async () => message((await ask("POST", `${path}/test`)).message_id);

for (const [name, Library] of libraries) {
  const verify = ({ body, headers }, secret = subscription.secret) => {
    // Not every library also reads what it verified.
    new Library(secret).verify(body, headers);
    return JSON.parse(body);
  };

  test(`${name}: a message verifies and is read`, async () => {
    const read = verify(await sent());
    assert.equal(read.type, "webhook.test");
    assert.ok(!Number.isNaN(Date.parse(read.timestamp)), read.timestamp);
    assert.equal(typeof read.data, "object");
  });

  test(`${name}: what was changed on the way does not`, async () => {
    const { body, headers } = await sent();
    const changes = {
      body: { body: body.replace("webhook.test", "webhook.best"), headers },
      end: { body: `${body}\n`, headers },
      id: { body, headers: { ...headers, "webhook-id": "msg_other" } },
      time: { body, headers: { ...headers, "webhook-timestamp": String(Number(headers["webhook-timestamp"]) + 1) } },
    };
    for (const [what, changed] of Object.entries(changes)) assert.throws(() => verify(changed), undefined, what);
    const other = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
    assert.throws(() => verify({ body, headers }, other));
  });
}

test("a message of an event verifies", async () => {
  const lead = await ask("POST", "/v1/leads", {
    source: "judge", company_name: "Café & Söhne ☕", contact_email: "ada@cafe.example", intake: { wish: "☕" },
  });
  const list = await ask("GET", `/v1/webhook-messages?subscription_id=${subscription.subscription_id}&type=lead.created`);
  const came = await message(list.items[0].message_id);
  for (const [, Library] of libraries) {
    new Library(subscription.secret).verify(came.body, came.headers);
    const read = JSON.parse(came.body);
    assert.equal(read.type, "lead.created");
    assert.equal(read.data.lead_id, lead.lead_id);
  }
});

test("while a secret is replaced, both verify; afterwards, the new one alone", async () => {
  const overlapping = await ask("POST", `${path}/secret`, { overlap_hours: 1 });
  const both = await sent();
  for (const [, Library] of libraries) {
    new Library(subscription.secret).verify(both.body, both.headers);
    new Library(overlapping.secret).verify(both.body, both.headers);
  }
  const { secret } = await ask("POST", `${path}/secret`, { overlap_hours: 0 });
  const last = await sent();
  for (const [name, Library] of libraries) {
    new Library(secret).verify(last.body, last.headers);
    for (const old of [subscription.secret, overlapping.secret]) {
      assert.throws(() => new Library(old).verify(last.body, last.headers), undefined, name);
    }
  }
});
