// The wire as the JavaScript SDK understands it: it validates every message, and every answer against its schema.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const base = process.env.HANDOFF_URL;

async function tokenOf(side) {
  const given = process.env[`TOKEN_${side.toUpperCase()}`];
  if (given) return given;
  const answer = await fetch(`${base}/v1/tokens`, {
    method: "POST",
    headers: { authorization: `Bearer ${process.env.HANDOFF_TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify({ name: `judge ${side}`, role: "agent", mcp: side }),
  });
  assert.equal(answer.status, 201);
  return (await answer.json()).token;
}

async function connect(token) {
  const client = new Client({ name: "judge", version: "1.0.0" });
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  const transport = new StreamableHTTPClientTransport(new URL(`${base}/mcp`), { requestInit: { headers } });
  await client.connect(transport);
  return client;
}

async function toolsOf(client) {
  const tools = [];
  let cursor;
  do {
    const page = await client.listTools(cursor ? { cursor } : {});
    tools.push(...page.tools);
    cursor = page.nextCursor;
  } while (cursor);
  return tools;
}

const problemOf = (result) => {
  assert.equal(result.isError, true);
  return JSON.parse(result.content[0].text);
};

const reader = await tokenOf("reader");
const actor = await tokenOf("actor");

test("a client connects, and is told who answers", async () => {
  const client = await connect(reader);
  assert.equal(client.getServerVersion().name, "handoff");
  assert.ok(client.getServerCapabilities().tools);
  assert.match(client.getInstructions(), /data/);
  await client.ping();
  await client.close();
});

test("tools have schemas that compile and hints that agree with the side", async () => {
  const client = await connect(reader);
  const tools = await toolsOf(client);
  assert.ok(tools.some((tool) => tool.name === "list_leads"));
  assert.ok(!tools.some((tool) => tool.name === "create_lead"));
  for (const tool of tools) {
    assert.equal(tool.inputSchema.type, "object", tool.name);
    if (tool.name !== "save_memory") assert.equal(tool.annotations.readOnlyHint, true, tool.name);
  }
  await client.close();
});

test("what a reader saves it finds again, valid by the tools' own schemas", async () => {
  const client = await connect(reader);
  await toolsOf(client);
  const word = `word${randomUUID().replaceAll("-", "")}`;
  const saved = await client.callTool({
    name: "save_memory",
    arguments: { key: `judge ${word}`, text: `remember ${word}`, value: { word, list: [1, 2] } },
  });
  const id = saved.structuredContent.memory_id;
  const found = await client.callTool({ name: "search_memories", arguments: { query: word } });
  assert.equal(found.structuredContent.items[0].memory_id, id);
  const whole = await client.callTool({ name: "get_memory", arguments: { memory_id: id } });
  assert.deepEqual(whole.structuredContent.value, { word, list: [1, 2] });
  await client.close();
});

test("every reading tool that needs no argument answers by its schema", async () => {
  const client = await connect(reader);
  for (const tool of await toolsOf(client)) {
    if (!tool.annotations.readOnlyHint || tool.inputSchema.required?.length) continue;
    const result = await client.callTool({ name: tool.name, arguments: {} });
    // There is none.
    if (tool.name === "get_logo") assert.equal(problemOf(result).code, "not-found");
    else assert.ok(!result.isError, `${tool.name}: ${result.content[0].text}`);
  }
  await client.close();
});

test("a failed call is a result that says what to do", async () => {
  const client = await connect(reader);
  const wrong = problemOf(await client.callTool({ name: "get_lead", arguments: { lead_id: "x" } }));
  assert.equal(wrong.code, "invalid-input");
  assert.equal(wrong.errors[0].pointer, "/lead_id");
  await assert.rejects(client.callTool({ name: "no_such_tool", arguments: {} }), /no tool/);
  await client.close();
});

test("the wall stands on both sides", async () => {
  const reading = await connect(reader);
  const lead = {
    source: "judge", company_name: "Judged", contact_email: `${randomUUID()}@judge.example`,
    intake: { wish: "Zanzibar" },
  };
  const refused = await reading.callTool({ name: "create_lead", arguments: lead });
  assert.equal(problemOf(refused).code, "agent-wall");
  const acting = await connect(actor);
  await toolsOf(acting);
  const made = await acting.callTool({ name: "create_lead", arguments: lead });
  assert.deepEqual(Object.keys(made.structuredContent), ["lead_id"]);
  const lead_id = made.structuredContent.lead_id;
  const hidden = await acting.callTool({ name: "get_lead", arguments: { lead_id } });
  assert.equal(problemOf(hidden).code, "agent-wall");
  const shown = await reading.callTool({ name: "get_lead", arguments: { lead_id } });
  assert.equal(shown.structuredContent.intake.wish, "Zanzibar");
  await reading.close();
  await acting.close();
});

test("without a token nobody connects", async () => {
  await assert.rejects(connect(undefined));
});
