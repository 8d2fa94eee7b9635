// The generated documents, held to schemas that others wrote.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Ajv } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { openrpcDocument as openrpcMetaSchema } from "@open-rpc/meta-schema";
import { jsonSchema as jsonMetaSchema } from "@json-schema-tools/meta-schema";

const read = (name) => JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), "utf8"));

// The OpenRPC meta-schema refers to a meta-schema of JSON Schema by two spellings
// of its address; both are given, so that nothing is fetched.
function openrpcValidator() {
  const ajv = new Ajv({ meta: false, validateSchema: false, strict: false, allErrors: true });
  addFormats.default(ajv);
  for (const $id of ["https://meta.json-schema.tools", "https://meta.json-schema.tools/"]) {
    ajv.addSchema({ ...jsonMetaSchema, $schema: undefined, $id });
  }
  return ajv.compile({ ...openrpcMetaSchema, $schema: undefined });
}

test("openrpc.json is valid against the OpenRPC meta-schema", () => {
  const validate = openrpcValidator();
  assert.ok(validate(read("openrpc.json")), JSON.stringify(validate.errors, null, 1));
});

const spoilt = {
  "no version": (doc) => delete doc.openrpc,
  "a method without params": (doc) => delete doc.methods[0].params,
  "a param without a schema": (doc) => delete doc.methods.find((m) => m.name === "cluster.launch").params[0].schema,
  "an unknown field of a method": (doc) => (doc.methods[0].nonsense = true),
  "a code that is no integer": (doc) => (doc.components.errors.busy.code = "x"),
  "a type that JSON Schema does not have": (doc) => (doc.components.schemas.Cluster.type = "cluster"),
};
for (const [what, spoil] of Object.entries(spoilt)) {
  test(`the meta-schema notices ${what}`, () => {
    const doc = read("openrpc.json");
    spoil(doc);
    assert.ok(!openrpcValidator()(doc));
  });
}

test("protocol.schema.json is valid JSON Schema 2020-12, and each definition compiles", () => {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: false });
  addFormats.default(ajv);
  for (const keyword of ["x-protocol-version", "x-methods", "x-notifications"]) ajv.addKeyword(keyword);
  const schema = read("protocol.schema.json");
  ajv.addSchema(schema, "protocol");
  const names = Object.keys(schema.$defs);
  assert.ok(names.length > 50);
  for (const name of names) assert.equal(typeof ajv.getSchema(`protocol#/$defs/${name}`), "function", name);
});

test("both documents name the same methods and notifications", () => {
  const [openrpc, schema] = [read("openrpc.json"), read("protocol.schema.json")];
  const names = (list) => list.map((m) => m.name).sort();
  assert.deepEqual(names(openrpc.methods), Object.keys(schema["x-methods"]).sort());
  assert.deepEqual(names(openrpc["x-notifications"]), Object.keys(schema["x-notifications"]).sort());
});
