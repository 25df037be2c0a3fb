// `oidc-provider`, which is certified, signs people in: its pages, its tokens, its keys.

import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { after, test } from "node:test";
import Provider from "oidc-provider";
import { Browser } from "./browser.mjs";

const program = process.env.HANDOFF_URL;
const port = Number(process.env.PEER_PORTS.split(" ")[0]);
const issuer = `http://127.0.0.1:${port}`;

/** Who has an account at the provider: by what they type there. */
const accounts = {
  grace: { name: "Grace Hopper", email: "Grace@agency.example", email_verified: true },
  hedy: { name: "Hedy Lamarr", email: "hedy@agency.example", email_verified: true },
  eve: { name: "Eve", email: "hedy@agency.example", email_verified: false },
};

const KEYS = {
  RS256: ["rsa", { modulusLength: 2048 }],
  PS256: ["rsa", { modulusLength: 2048 }],
  ES256: ["ec", { namedCurve: "P-256" }],
  ES384: ["ec", { namedCurve: "P-384" }],
  EdDSA: ["ed25519", {}],
};

function keyFor(algorithm) {
  const { privateKey } = generateKeyPairSync(...KEYS[algorithm]);
  return { ...privateKey.export({ format: "jwk" }), alg: algorithm, use: "sig" };
}

let server;
/** What the provider was asked, and whether it was asked well. */
const seen = { requests: [], errors: [] };

async function stop() {
  if (!server) return;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  server = undefined;
}

/** Serves a provider anew, with new keys and without a memory of who was signed in. */
async function serve({ algorithm = "RS256", inIdToken = false } = {}) {
  await stop();
  const signs = algorithm === "HS256" ? "RS256" : algorithm;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "judge & client",
        client_secret: "a secret: of 100% the + judge",
        redirect_uris: [`${program}/sign-in/callback`],
        id_token_signed_response_alg: algorithm,
      },
    ],
    enabledJWA: { idTokenSigningAlgValues: [algorithm] },
    jwks: { keys: [keyFor(signs)] },
    cookies: { keys: ["of the judge"] },
    // Claims of scopes stand where the specification wants them, at the user info endpoint, or in the ID token.
    conformIdTokenClaims: !inIdToken,
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    pkce: { required: () => true },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...accounts[id] }) }),
  });
  for (const name of ["authorization.error", "grant.error", "server_error", "userinfo.error"]) {
    provider.on(name, (_, error) => seen.errors.push(`${name}: ${error.error} ${error.error_description}`));
  }
  const handle = provider.callback();
  server = createServer((request, answer) => {
    seen.requests.push(request.url);
    // Nobody keeps a connection to a provider that is served anew.
    answer.setHeader("connection", "close");
    handle(request, answer);
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
}

after(stop);

const isBack = (address) => address.startsWith(program) && !address.includes("/sign-in/callback");

/** Through the provider's pages as one of its accounts, who agrees or not; where the browser ends. */
async function through(browser, url, login, { cancels = false } = {}) {
  let { address, text } = await browser.follow(url, isBack);
  const asked = [];
  while (!isBack(address)) {
    const prompt = /name="prompt" value="(\w+)"/.exec(text)?.[1];
    const action = /action="([^"]+)"/.exec(text)?.[1];
    assert.ok(prompt && action, `no form at ${address}: ${text.slice(0, 500)}`);
    asked.push(prompt);
    if (cancels) {
      const abort = /href="([^"]+\/abort)"/.exec(text)[1];
      ({ address, text } = await browser.follow(new URL(abort, address).href, isBack));
      continue;
    }
    const form = prompt === "login" ? { prompt, login, password: "x" } : { prompt };
    const posted = await browser.send(new URL(action, address).href, { method: "POST", form });
    const next = new URL(posted.headers.get("location"), address).href;
    ({ address, text } = await browser.follow(next, isBack));
  }
  return { path: address.slice(program.length), asked };
}

async function begin(browser, body) {
  const answer = await browser.send(`${program}/v1/session/provider`, { method: "POST", json: body });
  return { status: answer.status, ...(await answer.json()) };
}

/** Begins, and goes the whole way. */
async function go(browser, body, login, options) {
  const begun = await begin(browser, body);
  assert.equal(begun.status, 200, JSON.stringify(begun));
  return through(browser, begun.url, login, options);
}

async function invite(email, role = "admin") {
  const answer = await fetch(`${program}/v1/invitations`, {
    method: "POST",
    headers: { authorization: `Bearer ${process.env.HANDOFF_TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify({ email, role }),
  });
  assert.equal(answer.status, 201);
  return new URL((await answer.json()).link).hash.slice(1);
}

const signIn = { purpose: "sign_in", return_to: "/leads?status=open" };

test("the program starts without its provider, says so, and finds it later", async () => {
  const away = await begin(new Browser(), signIn);
  assert.deepEqual([away.status, away.code], [503, "provider-unavailable"]);
  await serve();
  const until = Date.now() + 30_000;
  while ((await begin(new Browser(), signIn)).status !== 200) {
    assert.ok(Date.now() < until, "it is not asked again");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
});

test("whoever is invited comes in by the provider, without a password", async () => {
  const token = await invite("grace@agency.example");
  const browser = new Browser();
  const { path, asked } = await go(browser, { purpose: "invitation", token }, "grace");
  assert.equal(path, "/");
  assert.deepEqual(asked, ["login", "consent"]);
  const session = await browser.session(program);
  assert.equal(session.state, "signed_in");
  assert.equal(session.person.email, "grace@agency.example");
  assert.equal(session.person.name, "Grace Hopper");
  assert.equal(session.person.has_password, false);
});

test("the same subject signs in again, and goes on where they wanted to", async () => {
  const browser = new Browser();
  const { path } = await go(browser, signIn, "grace");
  assert.equal(path, "/leads?status=open");
  assert.equal((await browser.session(program)).person.email, "grace@agency.example");
});

test("the provider asks again for what is delicate, and its word counts", async () => {
  const browser = new Browser();
  await go(browser, signIn, "grace");
  await browser.session(program);
  const make = () =>
    browser.send(`${program}/v1/tokens`, { method: "POST", json: { name: "judge", role: "staff" } });
  const refused = await make();
  assert.equal((await refused.json()).code, "verification-needed");
  const { path, asked } = await go(browser, { purpose: "verify", return_to: "/account" }, "grace");
  assert.equal(path, "/account");
  assert.ok(asked.includes("login"), "whoever was signed in was not asked again");
  await browser.session(program);
  assert.equal((await make()).status, 201);
});

test("a member with a password connects, and an address alone opens nothing", async () => {
  const token = await invite("hedy@agency.example", "staff");
  const browser = new Browser();
  const accept = { token, name: "Hedy", password: "correct horse battery" };
  await browser.send(`${program}/v1/invitations/acceptance`, { method: "POST", json: accept });
  await browser.session(program);
  const stranger = await go(new Browser(), signIn, "hedy");
  assert.match(stranger.path, /^\/sign-in\?problem=identity-unknown&/);
  const unverified = await go(browser, { purpose: "connect", return_to: "/account" }, "eve");
  assert.match(unverified.path, /^\/sign-in\?problem=identity-unverified&/);
  const other = new Browser();
  other.jars.set(program, browser.jars.get(program));
  other.csrf = browser.csrf;
  assert.equal((await go(other, { purpose: "connect", return_to: "/account" }, "hedy")).path, "/account");
  const back = new Browser();
  assert.equal((await go(back, signIn, "hedy")).path, "/leads?status=open");
  assert.equal((await back.session(program)).person.email, "hedy@agency.example");
});

test("who cancels at the provider ends on the sign-in page", async () => {
  const { path } = await go(new Browser(), signIn, "grace", { cancels: true });
  assert.match(path, /^\/sign-in\?problem=sign-in-cancelled&return=/);
  assert.ok(seen.errors.splice(0).every((it) => it.includes("access_denied")));
});

test("an answer counts once, and in one browser", async () => {
  const browser = new Browser();
  const begun = await begin(browser, signIn);
  const isCallback = (address) => address.startsWith(`${program}/sign-in/callback`);
  let { address, text } = await browser.follow(begun.url, isCallback);
  while (!isCallback(address)) {
    const form = text.includes('value="login"')
      ? { prompt: "login", login: "grace", password: "x" }
      : { prompt: "consent" };
    const action = /action="([^"]+)"/.exec(text)[1];
    const posted = await browser.send(new URL(action, address).href, { method: "POST", form });
    ({ address, text } = await browser.follow(posted.headers.get("location"), isCallback));
  }
  const other = await new Browser().send(address);
  assert.equal(other.headers.get("location"), "/sign-in?problem=attempt-expired");
  const first = await browser.send(address);
  assert.equal(first.headers.get("location"), "/leads?status=open");
  const second = await browser.send(address);
  assert.equal(second.headers.get("location"), "/sign-in?problem=attempt-expired");
});

for (const algorithm of Object.keys(KEYS)) {
  test(`new keys are found by themselves, of the kind ${algorithm} too`, async () => {
    await serve({ algorithm, inIdToken: algorithm === "ES256" });
    const { path } = await go(new Browser(), signIn, "grace");
    assert.equal(path, "/leads?status=open");
  });
}

test("a token signed with the shared secret is not believed", async () => {
  await serve({ algorithm: "HS256" });
  const { path } = await go(new Browser(), signIn, "grace");
  assert.match(path, /^\/sign-in\?problem=provider-answer-invalid&/);
});

test("the provider found nothing wrong with what it was asked", () => {
  assert.deepEqual(seen.errors, []);
  assert.ok(seen.requests.some((it) => it.startsWith("/auth?")));
  for (const name of ["/.well-known/openid-configuration", "/jwks", "/token", "/me"]) {
    assert.ok(seen.requests.includes(name), `${name} was never asked`);
  }
});
