import { expect, test } from "bun:test";
import fc from "fast-check";
import { carriedArgument, carriedResult } from "../../../src/hook/carry.ts";

class Report {
  phase = "Up";
  at = new Date(0);
  describe() {
    return this.phase;
  }
}
class Tally {
  toJSON() {
    return { count: 3 };
  }
}

const cycle: Record<string, unknown> = {};
cycle["self"] = { again: [cycle] };
const shared = { a: 1 };

test.each<[string, unknown, unknown]>([
  ["nothing", undefined, null],
  ["a field that is undefined", { status: { a: undefined, b: 1 } }, { status: { b: 1 } }],
  ["a Date as its text", { at: new Date(0) }, { at: "1970-01-01T00:00:00.000Z" }],
  [
    "fields of a class",
    { status: new Report() },
    { status: { phase: "Up", at: "1970-01-01T00:00:00.000Z" } },
  ],
  ["what toJSON gives", { status: new Tally() }, { status: { count: 3 } }],
  ["an object without a prototype", Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
  ["one object in two places", { a: shared, b: [shared] }, { a: { a: 1 }, b: [{ a: 1 }] }],
  ["null and lists", { a: null, b: [[], "", false, -1.5] }, { a: null, b: [[], "", false, -1.5] }],
])("carriedResult() carries %s", (_, result, expected) => {
  expect(carriedResult(result)).toEqual(expected as never);
});

test.each<[unknown, string]>([
  [() => 1, "it returned a function, expected an object or nothing"],
  [10n, "it returned the bigint 10, expected an object or nothing"],
  [{ status: { phase: () => 1 } }, 'it returned a function at "status.phase"'],
  [{ status: { list: [{ a: Symbol("x") }] } }, 'it returned a symbol at "status.list[0].a"'],
  [{ status: { list: [1, undefined] } }, 'it returned undefined at "status.list[1]"'],
  // biome-ignore lint/suspicious/noSparseArray: that is the case.
  [{ status: { list: [1, , 3] } }, 'it returned undefined at "status.list[1]"'],
  [{ status: { size: 10n } }, 'it returned the bigint 10 at "status.size"'],
  [{ status: { ratio: 0 / 0 } }, 'it returned the number NaN at "status.ratio"'],
  [{ requeueAfter: 1 / 0 }, 'it returned the number Infinity at "requeueAfter"'],
  [{ status: { at: new Date("never") } }, 'it returned no valid Date at "status.at"'],
  [{ status: new Map([["a", 1]]) }, 'it returned a value of the class Map at "status"'],
  [{ status: { names: new Set(["a"]) } }, 'a value of the class Set at "status.names"'],
  [{ status: { bytes: new Uint8Array(2) } }, 'a value of the class Uint8Array at "status.bytes"'],
  [{ status: { error: new Error("x") } }, 'a value of the class Error at "status.error"'],
  [{ status: Promise.resolve() }, 'a value of the class Promise at "status"'],
  [{ status: cycle }, 'an object that holds itself at "status.self.again[0]"'],
])("carriedResult() refuses %p", (result, message) => {
  expect(() => carriedResult(result)).toThrow(TypeError);
  expect(() => carriedResult(result)).toThrow(message);
});

test("carriedResult() gives any JSON back as it is", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.stringify(carriedResult(value))).toBe(JSON.stringify(value ?? null));
    }),
  );
});

test.each<[unknown, string]>([
  [undefined, "kube.apply() was given undefined, expected an object"],
  [{ data: { a: () => 1 } }, 'kube.apply() was given a function at "data.a", expected what JSON'],
])("carriedArgument() refuses %p", (value, message) => {
  expect(() => carriedArgument(value, "kube.apply()")).toThrow(message);
});
