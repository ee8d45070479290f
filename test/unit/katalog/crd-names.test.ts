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
  ["queueworkers.x.test", true],
  ["QueueWorkers.v1.x.test", true],
  ["queueworker.x.test", true],
  ["qw.x.test", true],
  ["QueueWorker.v1.x.test", true],
  ["queueworkers.v2.x.test", false],
  ["queueworkers.y.test", false],
  ["queueworkers.x", false],
  ["queueworkers.", false],
  ["workers.x.test", false],
])("isCalled() of %s is %p", (word, expected) => {
  expect(isCalled(entry, word)).toBe(expected);
});

test.each([
  ["configmaps", true],
  ["configmaps.", false],
  ["configmaps.v1", false],
])("isCalled() of a kind without a group: %s is %p", (word, expected) => {
  const type = { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps" };
  expect(isCalled({ name: "maps", type } as unknown as ResolvedCrd, word)).toBe(expected);
});

test("shortNamesOf() of an entry without a CRD of its own has none", () => {
  expect(shortNamesOf({})).toEqual([]);
  expect(shortNamesOf({ crd: { spec: { names: { kind: "X" } } } })).toEqual([]);
});
