/** Waiting in tests for something that a real cluster does in its own time. */
import { setTimeout as sleep } from "node:timers/promises";

export interface EventuallyOptions {
  /** Default 20,000. */
  readonly timeoutMs?: number;
  /** Pause between two looks. Default 50. */
  readonly everyMs?: number;
}

/**
 * Repeats `look` until it returns something other than `undefined` or `false`, and returns that.
 * @throws Error that names `what` and carries the last error of `look` as its cause.
 */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  options: EventuallyOptions = {},
): Promise<T> {
  const { timeoutMs = 20_000, everyMs = 50 } = options;
  const deadline = performance.now() + timeoutMs;
  let cause: unknown;
  do {
    try {
      const seen = await look();
      if (seen !== undefined && seen !== false) return seen;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await sleep(everyMs);
  } while (performance.now() < deadline);
  throw new Error(`${what}: not so after ${timeoutMs / 1000} s`, { cause });
}
