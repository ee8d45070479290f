import { expect, test } from "bun:test";
import { setImmediate as turn } from "node:timers/promises";
import { systemClock } from "../../../src/std/clock.ts";

test("systemClock.schedule() runs nothing early that is further off than a timer can hold", async () => {
  let isRun = false;
  const cancel = systemClock.schedule(2 ** 31, () => {
    isRun = true;
  });
  const ended = Promise.withResolvers<void>();
  systemClock.schedule(5, ended.resolve);
  await ended.promise;
  await turn();
  cancel();
  expect(isRun).toBe(false);
});

test("systemClock.schedule() runs nothing that was cancelled", async () => {
  let isRun = false;
  systemClock.schedule(0, () => {
    isRun = true;
  })();
  const ended = Promise.withResolvers<void>();
  systemClock.schedule(2, ended.resolve);
  await ended.promise;
  expect(isRun).toBe(false);
});
