import { expect, test } from "bun:test";
import { isCalled, shortNamesOf } from "../../../src/katalog/crd-names.ts";
import type { ResolvedCrd } from "../../../src/katalog/resolved.ts";

const names = { singular: "queueworker", shortNames: ["qw", "qws"] };
const type = { group: "x.test", version: "v1", kind: "QueueWorker", plural: "queueworkers" };
const entry = { name: "workers", type, crd: { spec: { names } } } as unknown as ResolvedCrd;

test.each([
  ["workers", true],
  ["QueueWorker", true],
  ["queueworkers", true],
  ["queueworker", true],
  ["QW", true],
  ["qws", true],
  ["worker", false],
])("isCalled() of %s is %p", (word, expected) => {
  expect(isCalled(entry, word)).toBe(expected);
});

test("shortNamesOf() of an entry without a CRD of its own has none", () => {
  expect(shortNamesOf({})).toEqual([]);
  expect(shortNamesOf({ crd: { spec: { names: { kind: "X" } } } })).toEqual([]);
});
