// `@slack/web-api` takes our simulator for Slack.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ErrorCode, LogLevel, WebClient } from "@slack/web-api";

const sandbox = process.env.SANDBOX_URL;
const providers = await (await fetch(`${sandbox}/_sandbox/providers`)).json();
const { settings } = providers.items.find((it) => it.provider === "slack");

const client = (token = settings.bot_token) =>
  new WebClient(token, {
    slackApiUrl: `${settings.base_url}/`,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logLevel: LogLevel.ERROR,
  });
const posted = async () => {
  const lines = await (await fetch(`${sandbox}/_sandbox/ledger?provider=slack&format=json`)).json();
  return lines.filter((it) => it.effect === "applied").length;
};
const refusedAs = (error) => (it) => {
  assert.equal(it.code, ErrorCode.PlatformError);
  assert.equal(it.data.error, error);
  return true;
};

test("auth.test knows the bot", async () => {
  const answer = await client().auth.test();
  assert.equal(answer.ok, true);
  assert.match(answer.team_id, /^T/);
  assert.match(answer.bot_id, /^B/);
});

test("a wrong token is refused", async () => {
  await assert.rejects(client("xoxb-wrong").auth.test(), refusedAs("invalid_auth"));
});

test("a message with blocks and metadata is posted once", async () => {
  const before = await posted();
  const answer = await client().chat.postMessage({
    channel: settings.channel,
    text: "Café & <friends> ☕",
    blocks: [{ type: "section", text: { type: "mrkdwn", text: "*bold*" } }],
    metadata: { event_type: "handoff", event_payload: { id: "abc" } },
    unfurl_links: false,
  });
  assert.equal(answer.ok, true);
  assert.equal(answer.channel, settings.channel);
  assert.equal(answer.message.text, "Café & <friends> ☕");
  assert.match(answer.ts, /^\d+\.\d{6}$/);
  assert.equal(await posted(), before + 1);
});

test("an answer in a thread names it", async () => {
  const first = await client().chat.postMessage({ channel: settings.channel, text: "first" });
  const second = await client().chat.postMessage({ channel: settings.channel, text: "second", thread_ts: first.ts });
  assert.equal(second.message.thread_ts, first.ts);
  assert.notEqual(second.ts, first.ts);
});

for (const [what, message, error] of [
  ["an unknown channel", { channel: "C0MISSING", text: "x" }, "channel_not_found"],
  ["an archived channel", { channel: "C0ARCHIVED", text: "x" }, "is_archived"],
  ["a message without text", { channel: settings.channel, text: "" }, "no_text"],
  ["a message that is too long", { channel: settings.channel, text: "x".repeat(40_001) }, "msg_too_long"],
]) {
  test(`${what} is refused and posts nothing`, async () => {
    const before = await posted();
    await assert.rejects(client().chat.postMessage(message), refusedAs(error));
    assert.equal(await posted(), before);
  });
}

test("a limit is told in seconds", async () => {
  const armed = await fetch(`${sandbox}/_sandbox/faults/slack`, {
    method: "PUT",
    body: JSON.stringify({ what: "throttle", times: 1 }),
  });
  assert.equal(armed.status, 200, await armed.text());
  await assert.rejects(client().chat.postMessage({ channel: settings.channel, text: "x" }), (it) => {
    assert.equal(it.code, ErrorCode.RateLimitedError);
    assert.ok(0 < it.retryAfter);
    return true;
  });
});

test("a method that Slack does not have is unknown", async () => {
  await assert.rejects(client().apiCall("chat.shout", { text: "x" }), refusedAs("unknown_method"));
});
