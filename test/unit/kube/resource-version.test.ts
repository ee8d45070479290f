import { expect, test } from "bun:test";
import fc from "fast-check";
import { isOlderVersion } from "../../../src/kube/resource-version.ts";

test("isOlderVersion() orders as integers do, of any length", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n }), fc.bigInt({ min: 0n }), (left, right) => {
      expect(isOlderVersion(`${left}`, `${right}`)).toBe(left < right);
    }),
  );
});

test.each([
  ["", "1"],
  ["1", ""],
  ["abc", "abd"],
  ["01", "2"],
  ["-1", "2"],
  ["1.5", "2"],
])("isOlderVersion(%p, %p) cannot be said", (left, right) => {
  expect(isOlderVersion(left, right)).toBe(false);
});
