/**
 * The expectations are the answers of the API server's own code (Kubernetes 1.36) for the same
 * schema and object, kept in `fixtures/custom-resource-cases.json`.
 */
import { describe, expect, test } from "bun:test";
import { fillDefaults } from "../../../src/schema/defaults.ts";
import { type JsonSchema, nodeFromJsonSchema } from "../../../src/schema/json-schema.ts";
import { pruneUnknown } from "../../../src/schema/prune.ts";
import { schemaValidator } from "../../../src/schema/validate.ts";
import type { Json } from "../../../src/std/json.ts";
import cases from "./fixtures/custom-resource-cases.json" with { type: "json" };

interface ServerCase {
  readonly schema: JsonSchema;
  readonly sent: Json;
  readonly stored: Json;
  readonly errors: readonly string[];
}

const serverCases = cases as unknown as readonly ServerCase[];
const rows = serverCases.map(
  (one) =>
    [
      JSON.stringify(one.schema.properties?.["spec"]?.properties),
      JSON.stringify(one.sent),
      one,
    ] as const,
);

describe("schemaValidator() answers as the API server", () => {
  test.each(rows)("%s for %s", (_, __, { schema, sent, errors }) => {
    const messages = schemaValidator(schema)
      .validate(sent)
      .map(({ message }) => message);
    expect(messages.sort()).toEqual([...errors]);
  });
});

describe("pruneUnknown() and fillDefaults() store what the API server stores", () => {
  test.each(rows)("%s for %s", (_, __, { schema, sent, stored }) => {
    const node = nodeFromJsonSchema(schema, { type: "any" });
    expect(fillDefaults(pruneUnknown(sent, node).value, node)).toEqual(stored);
  });
});

describe("schemaValidator()", () => {
  test("gives the reason that a Status carries", () => {
    const schema: JsonSchema = {
      type: "object",
      required: ["spec"],
      properties: { size: { type: "integer", maximum: 3 }, mode: { type: "string", enum: ["a"] } },
    };
    const errors = schemaValidator(schema).validate({ size: 9, mode: "b" });
    expect(errors.map(({ field, reason }) => [field, reason])).toEqual([
      ["size", "FieldValueInvalid"],
      ["mode", "FieldValueNotSupported"],
      ["spec", "FieldValueRequired"],
    ]);
  });

  test("ends on a regex bomb that would hold a backtracking engine for ages", () => {
    const validator = schemaValidator({ type: "string", pattern: "^(a+)+$" });
    expect(validator.validate(`${"a".repeat(5000)}!`)).toHaveLength(1);
  });
});

test("pruneUnknown() says what it dropped and where", () => {
  const node = nodeFromJsonSchema(
    {
      type: "object",
      properties: {
        list: { type: "array", items: { type: "object", properties: { a: { type: "string" } } } },
      },
    },
    { type: "any" },
  );
  const value = { list: [{ a: "1" }, { a: "2", b: 3 }], colour: "red" };
  expect(pruneUnknown(value, node)).toEqual({
    value: { list: [{ a: "1" }, { a: "2" }] },
    dropped: ["list[1].b", "colour"],
  });
});

test("pruneUnknown() returns the same object when everything is known", () => {
  const node = nodeFromJsonSchema(
    { type: "object", additionalProperties: { type: "string" } },
    { type: "any" },
  );
  const value = { a: "1" };
  expect(pruneUnknown(value, node).value).toBe(value);
});
