import { expect, test } from "bun:test";
import { mapParallel } from "../../../src/std/parallel.ts";

test("mapParallel() keeps the order of results and never runs more than the limit at once", async () => {
  let running = 0;
  let most = 0;
  const results = await mapParallel([5, 1, 4, 2, 3], 2, async (item, index) => {
    most = Math.max(most, ++running);
    for (let turn = 0; turn < item; turn++) await Promise.resolve();
    running--;
    return `${index}:${item}`;
  });
  expect(results).toEqual(["0:5", "1:1", "2:4", "3:2", "4:3"]);
  expect(most).toBe(2);
});

test("mapParallel() rejects only after everything that was started has ended", async () => {
  const ended: number[] = [];
  const work = mapParallel([0, 1, 2], 2, async (item) => {
    await Promise.resolve();
    if (item === 0) throw new Error("first");
    ended.push(item);
  });
  expect(work).rejects.toThrow("first");
  await work.catch(() => {});
  expect(ended).toEqual([1, 2]);
});
