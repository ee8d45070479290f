import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { coerceTree } from "../../../src/schema/coerce.ts";
import type { SchemaNode } from "../../../src/schema/node.ts";
import { isTyped } from "../../../src/schema/typed.ts";
import type { Json } from "../../../src/std/json.ts";

const scalars = [
  "string",
  "integer",
  "number",
  "boolean",
  "quantity",
  "int-or-string",
  "any",
] as const;

describe("isTyped()", () => {
  test.each([
    ["a", "string", true],
    ["", "string", false],
    [3, "string", false],
    [3, "integer", true],
    ["3", "integer", false],
    [1.5, "integer", false],
    [1.5, "number", true],
    [true, "boolean", true],
    ["true", "boolean", false],
    ["100m", "quantity", true],
    ["lots", "quantity", false],
    [1, "quantity", false],
    [80, "int-or-string", true],
    ["80", "int-or-string", false],
    ["http", "int-or-string", true],
    [" ", "int-or-string", false],
    ["text", "any", true],
    ["3", "any", false],
    ["[1]", "any", false],
    [null, "integer", true],
  ] as const)("%p as %s: %p", (...row) => {
    const [value, type, answer] = row;
    expect(isTyped(value, { type })).toBe(answer);
  });

  test("keeps empty text in maps and lists of text", () => {
    const text: SchemaNode = { type: "string" };
    expect(isTyped({ a: "" }, { type: "map", values: text })).toBe(true);
    expect(isTyped([""], { type: "list", items: text, listType: "atomic" })).toBe(true);
    expect(isTyped({ a: "" }, { type: "object", fields: { a: text } })).toBe(false);
  });

  test("does not take one shape for another", () => {
    expect(isTyped([], { type: "map", values: { type: "string" } })).toBe(false);
    expect(isTyped({}, { type: "string" })).toBe(false);
    expect(isTyped("a", { type: "map", values: { type: "string" } })).toBe(false);
  });
});

test("coerceTree() gives trees of which isTyped() holds, or that it leaves as they are", () => {
  const leaf = fc.oneof(
    fc.constantFrom("3", "true", "1.5", "", "text", "100m", '["a"]', '{"a":1}', "1e3"),
    fc.integer(),
    fc.boolean(),
  );
  const tree = fc.record({ a: leaf, list: fc.array(leaf), map: fc.dictionary(fc.string(), leaf) });
  const type = fc.constantFrom(...scalars);
  fc.assert(
    fc.property(tree, type, (value, kind) => {
      const items: SchemaNode = { type: kind };
      const node: SchemaNode = {
        type: "object",
        fields: {
          a: items,
          list: { type: "list", items, listType: "atomic" },
          map: { type: "map", values: items },
        },
      };
      const first = coerceTree(value as Json, node);
      if (first.errors.length > 0 || first.value === undefined) return;
      const again = coerceTree(first.value, node);
      expect(again.errors).toEqual([]);
      expect(again.value).toEqual(first.value);
    }),
  );
});

test("coerceTree() returns a typed tree as it is", () => {
  const tree = { spec: { n: 3, list: ["a"] } };
  expect(coerceTree(tree).value).toBe(tree);
});
