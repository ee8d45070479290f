import { expect, test } from "bun:test";
import { TokenBucket } from "../../../src/std/token-bucket.ts";
import { manualClock } from "../../support/manual-clock.ts";

test("TokenBucket allows a burst, then a steady rate, and fills up again", () => {
  const clock = manualClock();
  const bucket = new TokenBucket({ burst: 3, perSecond: 2, clock });
  expect([1, 2, 3, 4].map(() => bucket.tryTake())).toEqual([true, true, true, false]);
  expect(bucket.waitMs).toBe(500);
  clock.advance(500);
  expect([1, 2].map(() => bucket.tryTake())).toEqual([true, false]);
  expect(bucket.isFull).toBe(false);
  clock.advance(60_000);
  expect(bucket.isFull).toBe(true);
  expect([1, 2, 3, 4].map(() => bucket.tryTake())).toEqual([true, true, true, false]);
});
