import { expect, test } from "bun:test";
import { startResync } from "../../../src/runtime/resync.ts";
import { manualClock } from "../../support/manual-clock.ts";

test("startResync() enqueues every key once per interval, spread over it", () => {
  const clock = manualClock();
  const seen = new Map<string, number[]>();
  using resync = startResync({
    intervalMs: 15_000,
    clock,
    enqueue: (key) => seen.set(key, [...(seen.get(key) ?? []), clock.monotonicMs()]),
  });
  for (let index = 0; index < 1000; index++) resync.add(`default/site-${index}`);
  clock.advance(45_000);
  expect(seen.size).toBe(1000);
  for (const [first = 0, ...later] of seen.values()) {
    expect(later).toEqual([first + 15_000, first + 30_000]);
  }
  const perSecond = new Array<number>(15).fill(0);
  for (const [first = 0] of seen.values()) {
    const second = Math.min(14, Math.floor((first - 0.001) / 1000));
    perSecond[second] = (perSecond[second] ?? 0) + 1;
  }
  expect(Math.min(...perSecond)).toBeGreaterThan(30);
  expect(Math.max(...perSecond)).toBeLessThan(120);
});

test("startResync() forgets deleted keys and stops when disposed", () => {
  const clock = manualClock();
  const seen: string[] = [];
  {
    using resync = startResync({ intervalMs: 1000, clock, enqueue: (key) => seen.push(key) });
    resync.add("a");
    resync.add("b");
    resync.delete("a");
    clock.advance(1000);
  }
  clock.advance(10_000);
  expect(seen).toEqual(["b"]);
  expect(clock.pending).toBe(0);
});

test("startResync() makes up for a freeze with one round", () => {
  const clock = manualClock();
  const seen: string[] = [];
  const frozen = { extraMs: 0 };
  const thawing = { ...clock, monotonicMs: () => clock.monotonicMs() + frozen.extraMs };
  using resync = startResync({
    intervalMs: 1000,
    clock: thawing,
    enqueue: (key) => seen.push(key),
  });
  for (const key of ["a", "b", "c"]) resync.add(key);
  clock.advance(1000);
  expect(seen).toHaveLength(3);
  frozen.extraMs = 3_600_000;
  clock.advance(1000);
  expect(seen.length).toBeLessThanOrEqual(9);
  expect(new Set(seen.slice(3))).toEqual(new Set(["a", "b", "c"]));
});

test("dueMs() tells a key's next turn", () => {
  const clock = manualClock();
  const seen: string[] = [];
  using resync = startResync({ intervalMs: 15_000, clock, enqueue: (key) => seen.push(key) });
  for (const key of ["default/a", "default/b", "default/c"]) {
    resync.add(key);
    for (let round = 0; round < 3; round++) {
      seen.length = 0;
      const dueMs = resync.dueMs(key);
      clock.advance(dueMs - 1);
      expect(seen).not.toContain(key);
      clock.advance(2);
      expect(seen).toContain(key);
    }
  }
});
