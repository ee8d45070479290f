import { expect, test } from "bun:test";
import { shapeHash } from "../../../src/apply/shape.ts";

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
