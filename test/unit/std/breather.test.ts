import { describe, expect, test } from "bun:test";
import { Breather } from "../../../src/std/breather.ts";

/** A clock that stands still until told otherwise. */
function handClock() {
  const clock = { ms: 0, monotonicMs: () => clock.ms };
  return clock;
}

describe("Breather", () => {
  test("asks for nothing within the slice", () => {
    const clock = handClock();
    const breather = new Breather({ clock, sliceMs: 5 });
    clock.ms = 4;
    expect(breather.breathe()).toBeUndefined();
  });

  test("lets the loop turn after the slice, once for all who work", async () => {
    const clock = handClock();
    const breather = new Breather({ clock, sliceMs: 5 });
    clock.ms = 5;
    const first = breather.breathe();
    expect(first).toBeDefined();
    expect(breather.breathe()).toBe(first);
    const order: string[] = [];
    setImmediate(() => order.push("the loop turned"));
    await Promise.resolve();
    expect(order).toEqual([]);
    await first;
    await new Promise((resolve) => setImmediate(resolve));
    expect(order).toEqual(["the loop turned"]);
    expect(breather.breathe()).toBeUndefined();
    clock.ms = 10;
    expect(breather.breathe()).toBeDefined();
  });
});
