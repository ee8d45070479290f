/**
 * The resync of one box: every key is enqueued once per interval, spread evenly over it, so that
 * ten thousand custom resources make a trickle and no wave.
 *
 * A key's place in the interval follows from its text, so it keeps it as others come and go.
 */
import type { Clock } from "../std/clock.ts";
import { fnv1a } from "../std/fnv.ts";

/** Finer than this the timer itself would cost more than the wave that it avoids. */
const MIN_TICK_MS = 100;
const MAX_SLOTS = 300;

export interface ResyncOptions {
  readonly intervalMs: number;
  readonly clock: Clock;
  enqueue(key: string): void;
}

export interface Resync extends Disposable {
  add(key: string): void;
  delete(key: string): void;
  /** Milliseconds until the key's next turn. */
  dueMs(key: string): number;
}

export function startResync({ intervalMs, clock, enqueue }: ResyncOptions): Resync {
  const count = Math.max(1, Math.min(MAX_SLOTS, Math.floor(intervalMs / MIN_TICK_MS)));
  const slots = Array.from({ length: count }, () => new Set<string>());
  const startedMs = clock.monotonicMs();
  let ticks = 0;
  let cancel = () => {};

  const arm = () => {
    // Counted from the start, so that late timers do not add up to a longer interval.
    const dueMs = startedMs + ((ticks + 1) * intervalMs) / count;
    cancel = clock.schedule(Math.max(0, dueMs - clock.monotonicMs()), tick);
  };
  const tick = () => {
    // After a freeze of the process, what was missed is not made up for: one round covers every key.
    const elapsed = Math.floor(((clock.monotonicMs() - startedMs) * count) / intervalMs);
    if (elapsed - ticks > count) ticks = elapsed - 1;
    for (const key of slots[ticks % count] ?? []) enqueue(key);
    ticks++;
    arm();
  };
  const slotOf = (key: string) => slots[fnv1a(key) % count] as Set<string>;

  arm();
  return {
    add: (key) => void slotOf(key).add(key),
    delete: (key) => void slotOf(key).delete(key),
    dueMs(key) {
      const slots = ((fnv1a(key) % count) - (ticks % count) + count) % count;
      const nextMs = startedMs + ((ticks + 1 + slots) * intervalMs) / count;
      return Math.max(0, nextMs - clock.monotonicMs());
    },
    [Symbol.dispose]: () => cancel(),
  };
}
