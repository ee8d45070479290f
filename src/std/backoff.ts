/**
 * Backoff as an endless sequence of delays in milliseconds: the policy is data, the loop that
 * waits is somewhere else. Starting anew means asking for a new sequence.
 */

export interface BackoffOptions {
  readonly initialMs: number;
  readonly maxMs: number;
  /** @default 2 */
  readonly factor?: number;
  /** Share of each delay that is random, 0 to 1: 0.2 gives 80 % to 100 % of it. @default 0.2 */
  readonly jitter?: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Delays that come first, as they are. */
  readonly schedule?: readonly number[];
}

export function* backoff(options: BackoffOptions): Generator<number, never, undefined> {
  const { initialMs, maxMs, factor = 2, jitter = 0.2, random, schedule = [] } = options;
  yield* schedule;
  for (let delayMs = initialMs; ; delayMs = Math.min(delayMs * factor, maxMs)) {
    yield delayMs * (1 - jitter * random());
  }
}
