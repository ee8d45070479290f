import { expect, test } from "bun:test";
import { Breaker } from "../../../src/apply/breaker.ts";

test("Breaker.retain() forgets children that are gone", () => {
  const breaker = new Breaker();
  for (const uid of ["a", "b"]) breaker.record(uid, "x", 0);
  breaker.retain(new Set(["b", "c"]));
  expect(breaker.size).toBe(1);
});

/** Corrections of one kind, one each `everyMs` unless a pause is on; when the first pause began, if ever. */
function firstPauseMs(everyMs: number, untilMs: number): number | undefined {
  const breaker = new Breaker();
  for (let nowMs = 0; nowMs <= untilMs; nowMs += everyMs) {
    breaker.record("a", "x", nowMs);
    if (breaker.pauseOf("a", "x", nowMs + 1)) return nowMs;
  }
  return undefined;
}

test.each([
  [1_000, 5_000],
  // An autoscaler: four a minute.
  [15_000, 150_000],
  [55_000, 550_000],
  [70_000, undefined],
])("Breaker.record() every %i ms opens after %p ms", (everyMs, openedMs) => {
  expect(firstPauseMs(everyMs, 7_200_000)).toBe(openedMs as number);
});

test("Breaker.record() pauses longer each time, and anew once it was calm for long", () => {
  const breaker = new Breaker();
  let nowMs = 0;
  for (let count = 0; count < 11; count++) {
    nowMs += 15_000;
    breaker.record("a", "x", nowMs);
  }
  const pauses: number[] = [];
  for (let count = 0; count < 6; count++) {
    nowMs = (breaker.pauseOf("a", "x", nowMs + 1)?.untilMs ?? nowMs) + 15_000;
    breaker.record("a", "x", nowMs);
    pauses.push((breaker.pauseOf("a", "x", nowMs)?.untilMs ?? nowMs) - nowMs);
  }
  expect(pauses).toEqual([20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
  breaker.record("a", "x", nowMs + 300_000 + 600_001);
  expect(breaker.pauseOf("a", "x", nowMs + 300_000 + 600_001)).toBeUndefined();
});

test("Breaker.record() counts no other correction, and no other child", () => {
  const breaker = new Breaker();
  for (let nowMs = 0; nowMs < 60; nowMs++) {
    breaker.record("a", nowMs % 2 ? "x" : "y", nowMs);
    breaker.record(`uid-${nowMs}`, "x", nowMs);
  }
  for (const what of ["x", "y"]) expect(breaker.pauseOf("a", what, 60)).toBeUndefined();
});

test("Breaker.openCount() counts children of which a correction waits, until their pause is over", () => {
  const breaker = new Breaker();
  for (let count = 0; count < 6; count++) breaker.record("a", "x", count);
  breaker.record("b", "x", 0);
  expect(breaker.openCount(5)).toBe(0);
  const pause = breaker.pauseOf("a", "x", 5);
  if (!pause) throw new Error("Expected a pause");
  pause.told = "somebody";
  expect(breaker.openCount(5)).toBe(1);
  expect(breaker.openCount(pause.untilMs)).toBe(0);
});
