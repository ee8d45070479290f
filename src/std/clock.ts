/** Time as an argument: whoever waits or measures gets a clock, so that tests can hold the hands. */

export interface Clock {
  /** Wall clock in milliseconds since the Unix epoch. For timestamps that people read. */
  now(): number;
  /** Milliseconds that only ever grow, unaffected by clock changes. For durations and deadlines. */
  monotonicMs(): number;
  /** Calls `run` once after `delayMs`. The returned function cancels it; calling it late is fine. */
  schedule(delayMs: number, run: () => void): () => void;
}

/** Timers of the platform fire a little early by the wall clock, by no more than this. */
export const TIMER_EARLY_MS = 5;

/** Timers of the platform fire at once beyond this. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  schedule(delayMs, run) {
    if (delayMs > MAX_TIMER_MS) return scheduleFar(delayMs, run);
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

function scheduleFar(delayMs: number, run: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const arm = (leftMs: number) => {
    const isFar = leftMs > MAX_TIMER_MS;
    timer = setTimeout(
      isFar ? () => arm(leftMs - MAX_TIMER_MS) : run,
      isFar ? MAX_TIMER_MS : leftMs,
    );
  };
  arm(delayMs);
  return () => clearTimeout(timer);
}
