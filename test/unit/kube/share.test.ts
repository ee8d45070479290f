import { expect, test } from "bun:test";
import fc from "fast-check";
import { shareWith } from "../../../src/kube/share.ts";

test("shareWith() gives the reference itself when all is equal", () => {
  const reference = { a: [1, { b: "x" }], c: null };
  expect(shareWith(structuredClone(reference), reference)).toBe(reference);
});

test("shareWith() takes over equal parts and keeps the others", () => {
  const reference = { same: { deep: [1, 2] }, other: { x: 1 } };
  const value = { same: { deep: [1, 2] }, other: { x: 2 } };
  const shared = shareWith(value, reference);
  expect(shared.same).toBe(reference.same);
  expect(shared.other).toEqual({ x: 2 });
  expect(reference.other).toEqual({ x: 1 });
});

test("shareWith() never follows a key named __proto__", () => {
  const value = JSON.parse('{"__proto__":{"x":1},"constructor":{"y":2}}');
  const shared = shareWith(value, {} as typeof value);
  expect(JSON.stringify(shared)).toBe('{"__proto__":{"x":1},"constructor":{"y":2}}');
  expect(Object.getPrototypeOf(shared)).toBe(Object.prototype);
});

test("shareWith() tells lists from objects", () => {
  expect(shareWith<unknown>([], {})).toEqual([]);
  expect(shareWith<unknown>({}, [])).toEqual({});
  expect(shareWith<unknown>([1], [1, 2])).toEqual([1]);
  expect(shareWith<unknown>([1, 2], [1])).toEqual([1, 2]);
});

test("shareWith() leaves value and reference as they print, whatever they are", () => {
  const json = fc.jsonValue({ maxDepth: 4 });
  fc.assert(
    fc.property(json, json, (value, reference) => {
      const before = JSON.stringify(reference);
      const shared = shareWith(structuredClone(value), reference);
      expect(shared).toEqual(value);
      expect(JSON.stringify(reference)).toBe(before);
    }),
  );
});
