/**
 * Backoff per key, over a delayed queue: 5 ms doubling to 1,000 s with jitter, after an own
 * schedule for the first retries where one is given. (client-go's `ItemExponentialFailureRateLimiter`.)
 */
import { backoff } from "../std/backoff.ts";
import type { DelayedQueue, Workqueue } from "./queue.ts";

export interface RateLimitOptions {
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Delays of a key's first retries. */
  readonly scheduleMs?: readonly number[];
  /** @default 5 */
  readonly initialMs?: number;
  /** @default 1_000_000 */
  readonly maxMs?: number;
}

interface Failing {
  readonly delays: Iterator<number>;
  count: number;
}

export function createRateLimitedQueue<Key>(
  inner: DelayedQueue<Key>,
  options: RateLimitOptions,
): Workqueue<Key> {
  const { random, scheduleMs = [], initialMs = 5, maxMs = 1_000_000 } = options;
  const failing = new Map<Key, Failing>();
  const newDelays = () => backoff({ initialMs, maxMs, random, schedule: scheduleMs });
  return {
    get depth() {
      return inner.depth;
    },
    get active() {
      return inner.active;
    },
    add: (key, priority) => inner.add(key, priority),
    addAfter: (key, delayMs, priority) => inner.addAfter(key, delayMs, priority),
    addRateLimited(key, leastMs = 0) {
      const state = failing.get(key) ?? { delays: newDelays(), count: 0 };
      failing.set(key, state);
      state.count++;
      const delayMs = Math.max(leastMs, state.delays.next().value);
      inner.addAfter(key, delayMs, "live");
      return delayMs;
    },
    forget: (key) => void failing.delete(key),
    failures: (key) => failing.get(key)?.count ?? 0,
    take: () => inner.take(),
    done: (key) => inner.done(key),
    shutDown: () => inner.shutDown(),
  };
}
