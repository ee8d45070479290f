/** A clock whose hands the test moves. Due callbacks run in order of their time. */
import type { Clock } from "../../src/std/clock.ts";

export interface ManualClock extends Clock {
  /** Moves time on and runs what became due. */
  advance(ms: number): void;
  /** Callbacks that wait. */
  readonly pending: number;
}

export function manualClock(startMs = Date.UTC(2026, 0, 1)): ManualClock {
  let elapsedMs = 0;
  let sequence = 0;
  const waiting = new Map<number, { readonly dueMs: number; readonly run: () => void }>();
  return {
    now: () => startMs + elapsedMs,
    monotonicMs: () => elapsedMs,
    schedule(delayMs, run) {
      const id = sequence++;
      waiting.set(id, { dueMs: elapsedMs + Math.max(0, delayMs), run });
      return () => void waiting.delete(id);
    },
    get pending() {
      return waiting.size;
    },
    advance(ms) {
      const endMs = elapsedMs + ms;
      for (;;) {
        const due = [...waiting].filter(([, { dueMs }]) => dueMs <= endMs);
        const next = due.sort(([a, x], [b, y]) => x.dueMs - y.dueMs || a - b)[0];
        if (!next) break;
        waiting.delete(next[0]);
        elapsedMs = Math.max(elapsedMs, next[1].dueMs);
        next[1].run();
      }
      elapsedMs = endMs;
    },
  };
}
