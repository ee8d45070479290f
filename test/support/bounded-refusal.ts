/** Holds what is made to hurt against what its refusal may cost: time of the processor, and memory. */
import { expect } from "bun:test";

/** Microseconds: what grows with the square of its input takes a minute. Who else is at work does not count. */
const MAX_CPU = 2_000_000;

interface Reading<T> {
  readonly make: () => T;
  readonly read: (made: T) => unknown;
  /** Bytes that the process may grow by meanwhile. */
  readonly maxGrowth: number;
}

/** What `read` threw, soon and within bounds; undefined when it took what it got. */
export async function boundedRefusal<T>({ make, read, maxGrowth }: Reading<T>): Promise<unknown> {
  let refusal = await refuse(make(), read);
  if (refusal.growth >= maxGrowth) {
    // What was left by others may be in this figure: what counts is what comes again without it. To
    // collect before each reading would take longer than nearly all of them.
    Bun.gc(true);
    refusal = await refuse(make(), read);
  }
  expect(refusal.cpu).toBeLessThan(MAX_CPU);
  expect(refusal.growth).toBeLessThan(maxGrowth);
  return refusal.reason;
}

async function refuse<T>(made: T, read: (made: T) => unknown) {
  const before = process.memoryUsage.rss();
  const start = process.cpuUsage();
  const reason = await Promise.try(read, made).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const { user, system } = process.cpuUsage(start);
  return { reason, cpu: user + system, growth: process.memoryUsage.rss() - before };
}
