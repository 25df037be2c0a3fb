// `@notionhq/client` takes our simulator for Notion.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { APIErrorCode, Client, collectPaginatedAPI, isFullPage, isNotionClientError, LogLevel } from "@notionhq/client";

const sandbox = process.env.SANDBOX_URL;
const providers = await (await fetch(`${sandbox}/_sandbox/providers`)).json();
const { settings } = providers.items.find((it) => it.provider === "notion");
const data_source_id = settings.data_source_id;

const client = ({ auth = settings.token, notionVersion = "2025-09-03" } = {}) =>
  new Client({ auth, notionVersion, baseUrl: settings.base_url, retry: false, logLevel: LogLevel.ERROR });
const notion = client();
const refusedAs = (code, status) => (error) => {
  assert.ok(isNotionClientError(error), String(error));
  assert.deepEqual([error.code, error.status], [code, status], error.message);
  return true;
};
const text = (content) => [{ type: "text", text: { content } }];
const paragraph = (content) => ({ object: "block", type: "paragraph", paragraph: { rich_text: text(content) } });
const properties = (name, reference) => ({
  Name: { title: text(name) },
  "Handoff ID": { rich_text: text(reference) },
  Status: { select: { name: "New" } },
  Link: { url: "https://example.com/lead" },
});
const create = (name, reference, children = []) =>
  notion.pages.create({ parent: { type: "data_source_id", data_source_id }, properties: properties(name, reference), children });
const byReference = (reference) => ({ property: "Handoff ID", rich_text: { equals: reference } });

test("the bot knows itself", async () => {
  const me = await notion.users.me({});
  assert.deepEqual([me.object, me.type], ["user", "bot"]);
});

test("the data source has the columns that the connector writes", async () => {
  const source = await notion.dataSources.retrieve({ data_source_id });
  assert.equal(source.object, "data_source");
  const types = Object.fromEntries(Object.entries(source.properties).map(([name, it]) => [name, it.type]));
  assert.deepEqual(types, { Name: "title", "Handoff ID": "rich_text", Status: "select", Link: "url" });
});

test("a page is made, found by its reference, and read", async () => {
  const reference = randomUUID();
  const page = await create("Café & Söhne ☕", reference, [paragraph("Hello")]);
  assert.ok(isFullPage(page));
  const found = await notion.dataSources.query({ data_source_id, filter: byReference(reference) });
  assert.deepEqual(found.results.map((it) => it.id), [page.id]);
  assert.equal(found.has_more, false);
  const read = await notion.pages.retrieve({ page_id: page.id.replaceAll("-", "") });
  assert.equal(read.properties.Name.title[0].plain_text, "Café & Söhne ☕");
  assert.equal(read.properties.Link.url, "https://example.com/lead");
  const none = await notion.dataSources.query({ data_source_id, filter: byReference(randomUUID()) });
  assert.deepEqual(none.results, []);
});

test("blocks of every kind that the connector writes are appended, and read page by page", async () => {
  const page = await create("Blocks", randomUUID());
  const kinds = [
    { type: "heading_1", heading_1: { rich_text: text("One") } },
    { type: "bulleted_list_item", bulleted_list_item: { rich_text: text("a"), children: [paragraph("inner")] } },
    { type: "numbered_list_item", numbered_list_item: { rich_text: text("1") } },
    { type: "quote", quote: { rich_text: text("said") } },
    { type: "code", code: { rich_text: text("let a = 1"), language: "rust" } },
    { type: "divider", divider: {} },
    {
      type: "table",
      table: {
        table_width: 2,
        has_column_header: true,
        has_row_header: false,
        children: [{ type: "table_row", table_row: { cells: [text("a"), text("b")] } }],
      },
    },
  ];
  const added = await notion.blocks.children.append({ block_id: page.id, children: kinds });
  assert.deepEqual(added.results.map((it) => it.type), kinds.map((it) => it.type));
  await notion.blocks.children.append({ block_id: page.id, children: Array.from({ length: 100 }, (_, i) => paragraph(`${i}`)) });
  const first = await notion.blocks.children.list({ block_id: page.id, page_size: 100 });
  assert.deepEqual([first.results.length, first.has_more], [100, true]);
  const all = await collectPaginatedAPI(notion.blocks.children.list, { block_id: page.id, page_size: 50 });
  assert.equal(all.length, kinds.length + 100);
  assert.equal(new Set(all.map((it) => it.id)).size, all.length);
});

test("a page is changed, and in the trash it is found no more", async () => {
  const reference = randomUUID();
  const page = await create("Before", reference);
  const renamed = await notion.pages.update({ page_id: page.id, properties: { Name: { title: text("After") } } });
  assert.equal(renamed.properties.Name.title[0].plain_text, "After");
  assert.equal(renamed.properties["Handoff ID"].rich_text[0].plain_text, reference, "the rest stays");
  const gone = await notion.pages.update({ page_id: page.id, in_trash: true });
  assert.equal(gone.in_trash, true);
  const found = await notion.dataSources.query({ data_source_id, filter: byReference(reference) });
  assert.deepEqual(found.results, []);
});

test("what Notion refuses is refused in its words", async () => {
  const parent = { type: "data_source_id", data_source_id };
  await assert.rejects(client({ auth: "ntn_wrong" }).users.me({}), refusedAs(APIErrorCode.Unauthorized, 401));
  await assert.rejects(notion.pages.retrieve({ page_id: randomUUID() }), refusedAs(APIErrorCode.ObjectNotFound, 404));
  await assert.rejects(
    notion.dataSources.query({ data_source_id: randomUUID() }),
    refusedAs(APIErrorCode.ObjectNotFound, 404),
  );
  const invalid = refusedAs(APIErrorCode.ValidationError, 400);
  await assert.rejects(notion.pages.create({ parent, properties: { Nothing: { title: text("x") } } }), invalid);
  const tooMany = Array.from({ length: 101 }, () => paragraph("x"));
  await assert.rejects(create("Too many", randomUUID(), tooMany), invalid);
  await assert.rejects(create("Too long", randomUUID(), [paragraph("x".repeat(2001))]), invalid);
  const page = await create("Page", randomUUID());
  const append = (children) => notion.blocks.children.append({ block_id: page.id, children });
  await assert.rejects(append([{ type: "no_such_block", no_such_block: {} }]), invalid);
  await assert.rejects(notion.blocks.children.list({ block_id: page.id, page_size: 101 }), invalid);
});
