import { expect, test } from "bun:test";
import { FairShares, type Share } from "../../../src/std/fair-shares.ts";

/** Asks for so many slots and never gives one back; how many it got is counted. */
async function hog(share: Share, count: number): Promise<{ taken: number }> {
  const state = { taken: 0 };
  for (let index = 0; index < count; index++) void share.acquire().then(() => state.taken++);
  await settle();
  return state;
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

test("FairShares gives half to whoever is alone", async () => {
  const shares = new FairShares({ slots: 192, least: 4 });
  expect(await hog(shares.of("party 1"), 500)).toEqual({ taken: 96 });
});

test("FairShares keeps the least of each, however many never give theirs back", async () => {
  const shares = new FairShares({ slots: 160, least: 4 });
  for (let count = 0; count < 15; count++) await hog(shares.of(`hog ${count}`), 500);
  const late = await hog(shares.of("party 2"), 500);
  expect(late.taken).toBe(4);
});

test("FairShares serves those who wait when slots come back, one party after the other", async () => {
  const shares = new FairShares({ slots: 4, least: 1 });
  const [first, second] = [shares.of("party 3"), shares.of("party 4")];
  await hog(first, 2);
  const more = await hog(first, 2);
  const other = await hog(second, 3);
  expect([more.taken, other.taken]).toEqual([0, 1]);
  first.release();
  await settle();
  expect(more.taken + other.taken).toBe(2);
});

test("FairShares forgets who gave up waiting", async () => {
  const shares = new FairShares({ slots: 2, least: 1 });
  const share = shares.of("party 5");
  await share.acquire();
  const aborting = new AbortController();
  const waiting = share.acquire(aborting.signal);
  aborting.abort(new Error("no more"));
  await expect(waiting).rejects.toThrow("no more");
  const next = share.acquire();
  share.release();
  await next;
  await expect(share.acquire(aborting.signal)).rejects.toThrow("no more");
});
