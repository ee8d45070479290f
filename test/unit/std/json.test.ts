import { expect, test } from "bun:test";
import fc from "fast-check";
import { canonicalJson, type Json, writeCanonicalJson } from "../../../src/std/json.ts";

test.each([
  [{ b: 1, a: [true, null, "x"] }, '{"a":[true,null,"x"],"b":1}'],
  [{ a: undefined, b: {}, c: [] }, '{"b":{},"c":[]}'],
  [{ a: undefined }, "{}"],
  [{ é: 1, Z: 2, z: 3, '"': 4 }, '{"\\"":4,"Z":2,"z":3,"é":1}'],
  [JSON.parse('{"__proto__":{"a":1}}'), '{"__proto__":{"a":1}}'],
  ["\ud800", '"\\ud800"'],
  [-0, "0"],
] as readonly (readonly [Json, string])[])("canonicalJson() of %j", (value, text) => {
  expect(canonicalJson(value)).toBe(text);
});

test("canonicalJson() says of any value what it is, whatever the order of its keys", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value as Json);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(canonicalJson(reversed(value as Json))).toBe(text);
    }),
  );
});

test("writeCanonicalJson() writes the same, in pieces", () => {
  const pieces: string[] = [];
  writeCanonicalJson({ b: [1, 2], a: {} }, (piece) => pieces.push(piece));
  expect(pieces.join("")).toBe('{"a":{},"b":[1,2]}');
  expect(pieces.length).toBeGreaterThan(5);
});

function reversed(value: Json): Json {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, reversed(inner as Json)]);
  return Object.fromEntries(entries.reverse());
}
