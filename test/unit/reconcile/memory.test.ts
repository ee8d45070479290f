/** What is remembered of a custom resource must not cost where there is little to remember. */
import { expect, test } from "bun:test";
import { versionSet } from "../../../src/reconcile/memory.ts";

test.each([0, 1, 8, 9, 100])("versionSet() of %p versions knows each of them", (count) => {
  const versions = Array.from({ length: count }, (_, index) => `${index}`);
  const set = versionSet(versions);
  expect(set.size).toBe(count);
  expect(versions.every((version) => set.has(version))).toBe(true);
  expect(set.has("other")).toBe(false);
});
