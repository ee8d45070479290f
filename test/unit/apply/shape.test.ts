import { expect, test } from "bun:test";
import { createShapeHash, shapeHash } from "../../../src/apply/shape.ts";

test.each([
  ["another order", { b: "1", a: "2" }, true],
  ["other values", { a: "x", b: "y" }, true],
  ["an undefined field", { a: "1", b: "2", c: undefined }, true],
  ["a field less", { a: "1" }, false],
  ["a field more", { a: "1", b: "2", c: "3" }, false],
  ["a deeper field", { a: { b: "2" } }, false],
  ["a list for a value", { a: "1", b: ["2"] }, false],
] as const)("shapeHash() of %s: same is %s", (_, other, isSame) => {
  expect(shapeHash(other as never) === shapeHash({ a: "1", b: "2" })).toBe(isSame);
});

test("shapeHash() sees items come and go", () => {
  expect(shapeHash([{ a: "1" }, { a: "2" }])).not.toBe(shapeHash([{ a: "1" }]));
});

test.each([
  ["other values", { a: "x", b: [{ c: 1 }, null] }],
  ["an item more", { a: "1", b: [{ c: 1 }, null, null] }],
  ["another field in an item", { a: "1", b: [{ d: 1 }, null] }],
  ["a map for a value", { a: {}, b: [{ c: 1 }, null] }],
  ["a value for a map", { a: "1", b: ["", null] }],
  ["a map for a list", { a: "1", b: { 0: { c: 1 }, 1: null } }],
  ["a field less", { a: "1" }],
  ["a field more", { a: "1", b: [{ c: 1 }, null], c: null }],
  ["another name", { a: "1", c: [{ c: 1 }, null] }],
  ["another order", { b: [{ c: 1 }, null], a: "1" }],
  ["an undefined field", { a: undefined, b: [{ c: 1 }, null] }],
  ["no map at all", "text"],
] as const)("createShapeHash() gives what shapeHash() gives: %s", (_, next) => {
  const before = { a: "1", b: [{ c: 1 }, null] };
  const hash = createShapeHash();
  for (const value of [before, next, next, before]) {
    expect(hash(value as never)).toBe(shapeHash(value as never));
  }
});
