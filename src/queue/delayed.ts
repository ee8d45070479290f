/**
 * Adds that wait, over a ready queue. One timer for the earliest; the earliest of several delays
 * of one key wins. (client-go `util/workqueue/delaying_queue.go`.)
 *
 * Guarantees, beyond client-go: a key that a worker takes waits no longer, whatever brought it. So whoever
 * works on it decides alone when it comes again, and the delay that it asks for is the one that counts.
 */
import type { Clock } from "../std/clock.ts";
import { TimeHeap } from "../std/time-heap.ts";
import type { DelayedQueue, Priority, ReadyQueue } from "./queue.ts";

export interface DelayedOptions {
  readonly clock: Clock;
}

export function createDelayedQueue<Key>(
  inner: ReadyQueue<Key>,
  { clock }: DelayedOptions,
): DelayedQueue<Key> {
  const waiting = new TimeHeap<Key, Priority>();
  let timer: { readonly dueMs: number; readonly cancel: () => void } | undefined;
  let isShutDown = false;

  const arm = () => {
    const dueMs = waiting.earliestMs;
    if (dueMs === timer?.dueMs) return;
    timer?.cancel();
    timer = undefined;
    if (dueMs === undefined) return;
    const delayMs = Math.max(0, dueMs - clock.monotonicMs());
    timer = { dueMs, cancel: clock.schedule(delayMs, release) };
  };
  const release = () => {
    timer = undefined;
    const now = clock.monotonicMs();
    for (const [key, priority] of waiting.takeDue(now)) inner.add(key, priority);
    arm();
  };

  return {
    get depth() {
      return inner.depth;
    },
    get active() {
      return inner.active;
    },
    add: (key, priority) => inner.add(key, priority),
    addAfter(key, delayMs, priority) {
      // Work in progress at a stop asks for its retries all the same: no timer may outlive the queue.
      if (isShutDown) return;
      if (delayMs <= 0) return inner.add(key, priority);
      waiting.add(key, clock.monotonicMs() + delayMs, priority);
      arm();
    },
    take: () =>
      inner.take().then((taken) => {
        if (taken && waiting.delete(taken.key)) arm();
        return taken;
      }),
    done: (key) => inner.done(key),
    shutDown() {
      isShutDown = true;
      waiting.clear();
      timer?.cancel();
      timer = undefined;
      inner.shutDown();
    },
  };
}
