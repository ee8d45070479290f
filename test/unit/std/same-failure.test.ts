/** The same failure is told once, whatever ids and times its message holds. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { isSameFailure } from "../../../src/std/same-failure.ts";

const isSame = (before: string, after: string) =>
  isSameFailure({ message: before }, { message: after });

test.each([
  [
    "a uuid",
    "request 5e1f2d3c-0000-4abc-8def-001122334455 failed",
    "request 00000000-aaaa-4abc-8def-ffffffffffff failed",
  ],
  [
    "a uuid in quotes",
    'no job "5e1f2d3c-0000-4abc-8def-001122334455"',
    'no job "00000000-aaaa-4abc-8def-ffffffffffff"',
  ],
  ["a number", "it took 17 ms", "it took 2031 ms"],
  ["a number with a unit", "no answer within 1.5s", "no answer within 30s"],
  ["a port", "read tcp 10.0.0.7:41234->10.0.0.1:443", "read tcp 10.0.0.7:51999->10.0.0.1:443"],
  ["a time", "until 2026-11-23T07:37:11.803Z", "until 2026-11-23T08:00:00Z"],
  ["a time in quotes", 'since "2026-11-23 07:37:11"', 'since "2026-11-24 09:00:01"'],
  ["a pointer", "at 0xdeadbeef", "at 0x12"],
  ["a digest", "trace=9f86d081884c7d65", "trace=e3b0c44298fc1c14"],
  ["a digest behind a word", "span-9f86d081884c7d65 ended", "span-00c0c44298fc1c14 ended"],
  ["an id of letters and digits", "req_011CSHoEeqs5C35K2UUqR7Fy", "req_011CSHfzXyLd3vMrMBkzQ1Wa"],
  ["a number in parentheses", "too many (429)", "too many (503)"],
])("isSameFailure says yes to another %s", (_, before, after) => {
  expect(isSame(before, after)).toBe(true);
});

test.each([
  ["word", "cannot reach the database", "cannot reach the broker"],
  ["object with a number", 'Cannot write ConfigMap "t4/b1"', 'Cannot write ConfigMap "t4/b2"'],
  ["object that is a number", 'no item "1"', 'no item "2"'],
  ["object without quotes", "pod web-1 is gone", "pod web-2 is gone"],
  ["host", "cannot resolve db-1.example.com", "cannot resolve db-2.example.com"],
  ["word that ends in a number", "http2 is not served", "http3 is not served"],
  ["value in quotes", 'expected "8080"', 'expected "9090"'],
  ["index", "spec.ports[0]: Required value", "spec.ports[1]: Required value"],
  ["field", "spec.a: Invalid value: 7", "spec.b: Invalid value: 7"],
  ["position", "failed (hooks/web.ts:3:14)", "failed (hooks/web.ts:4:14)"],
  ["kind of error", "TypeError: 17", "RangeError: 17"],
  ["hexadecimal word without a digit", "the facade is gone", "the decade is gone"],
  ["answer of HTTP", "it answered 404", "it answered 503"],
  ["answer of HTTP in parentheses", "HTTP (429)", "HTTP (503)"],
  ["number of things", "1 and 2 failed", "1, 2 and 3 failed"],
])("isSameFailure says no to another %s", (_, before, after) => {
  expect(isSame(before, after)).toBe(false);
});

test("isSameFailure tells a number of another generation anew, and the same words not", () => {
  const told = { message: "70000 is too large", generation: 1 };
  expect(isSameFailure(told, { message: "80000 is too large", generation: 2 })).toBe(false);
  expect(isSameFailure(told, { message: "80000 is too large", generation: 1 })).toBe(true);
  expect(isSameFailure(told, { message: "70000 is too large", generation: 2 })).toBe(true);
  expect(isSameFailure(undefined, told)).toBe(false);
});

test("isSameFailure says yes to any two uuids and numbers in one sentence, and no to another sentence", () => {
  const parts = fc.tuple(fc.uuid(), fc.nat(), fc.nat());
  fc.assert(
    fc.property(parts, parts, ([id, port, ms], [otherId, otherPort, otherMs]) => {
      const say = (verb: string, ...[a, b, c]: readonly (string | number)[]) =>
        `request ${a} to 10.0.0.1:${b} ${verb} after ${c} ms`;
      const before = say("failed", id, port, ms);
      expect(isSame(before, say("failed", otherId, otherPort, otherMs))).toBe(true);
      expect(isSame(before, say("hung", otherId, otherPort, otherMs))).toBe(false);
    }),
  );
});

test("isSameFailure reads a message of a hundred thousand signs in no time", () => {
  const started = performance.now();
  for (const part of ["a1", '"', "0-", "[1", "1.", "x.", "0123456789abcdef-"]) {
    const text = part.repeat(100_000 / part.length);
    expect(isSame(`${text} was refused`, `was refused ${text}`)).toBeBoolean();
  }
  expect(performance.now() - started).toBeLessThan(2_000);
});
