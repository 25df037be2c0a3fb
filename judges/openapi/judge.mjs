// The document is valid against the schema of OpenAPI 3.1, and names everything it refers to.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";

const document = await (await fetch(`${process.env.HANDOFF_URL}/openapi.json`)).json();

test("@seriousme/openapi-schema-validator: the document is valid", async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(structuredClone(document));
  assert.ok(valid, JSON.stringify(errors));
  assert.equal(validator.version, "3.1");
});

test("a broken document is found by the same validator", async () => {
  const broken = structuredClone(document);
  Object.values(broken.paths)[0].get.responses["200"] = { descriptions: "a word misspelt" };
  assert.equal((await new Validator().validate(broken)).valid, false);
});
