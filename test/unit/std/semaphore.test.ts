import { expect, test } from "bun:test";
import fc from "fast-check";
import { Semaphore } from "../../../src/std/semaphore.ts";

test("Semaphore lets in so many, and the others in the order in which they came", async () => {
  const semaphore = new Semaphore(2);
  const order: string[] = [];
  const enter = (name: string) => semaphore.acquire().then(() => order.push(name));
  const all = ["a", "b", "c", "d"].map(enter);
  await Promise.all(all.slice(0, 2));
  expect(order).toEqual(["a", "b"]);
  expect(semaphore.waiting).toBe(2);
  semaphore.release();
  await all[2];
  semaphore.release();
  await all[3];
  expect(order).toEqual(["a", "b", "c", "d"]);
});

test("Semaphore passes over those who gave up", async () => {
  const semaphore = new Semaphore(1);
  await semaphore.acquire();
  const aborting = new AbortController();
  const hasty = semaphore.acquire(aborting.signal);
  const patient = semaphore.acquire();
  const reason = new Error("enough");
  aborting.abort(reason);
  expect(hasty).rejects.toBe(reason);
  semaphore.release();
  await patient;
  expect(semaphore.acquire(AbortSignal.abort(reason))).rejects.toBe(reason);
});

test("Semaphore never lets in more than it may, and loses no slot, whoever gives up when", async () => {
  const steps = fc.array(fc.constantFrom("enter", "leave", "abort"), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 1, max: 4 }), async (actions, slots) => {
      const semaphore = new Semaphore(slots);
      let inside = 0;
      const waiting: AbortController[] = [];
      const enter = () => {
        const aborting = new AbortController();
        waiting.push(aborting);
        semaphore.acquire(aborting.signal).then(
          () => {
            inside++;
            waiting.splice(waiting.indexOf(aborting), 1);
          },
          () => undefined,
        );
      };
      for (const action of actions) {
        if (action === "enter") enter();
        else if (action === "abort") waiting.pop()?.abort();
        else if (inside > 0) {
          inside--;
          semaphore.release();
        }
        for (let turn = 0; turn < 4; turn++) await Promise.resolve();
        expect(inside).toBeLessThanOrEqual(slots);
        expect(inside === slots || waiting.length === 0).toBe(true);
      }
    }),
  );
});
