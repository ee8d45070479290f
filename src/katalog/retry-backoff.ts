/** `retryBackoff`, of a queue and of a call: one wait, or a schedule of waits. */
import * as v from "valibot";
import { duration, integer, isTreeMap, reading, strict, treeJson } from "./fields.ts";

const retrySchedule = strict({
  initial: duration,
  max: v.exactOptional(duration),
  multiplier: v.exactOptional(
    reading("a number of 1 or more", (tree) => {
      const value = Number(treeJson(tree));
      return value >= 1 ? value : undefined;
    }),
  ),
  maxAttempts: v.exactOptional(integer(1, 100)),
});

/** One duration, or a schedule. */
export const retryBackoff = v.pipe(
  v.unknown(),
  v.lazy((input) => (isTreeMap(input) ? retrySchedule : duration)),
);

export type RetryBackoff = v.InferOutput<typeof retryBackoff>;

const DEFAULT_ATTEMPTS = 5;

/** The waits before the first retries, in milliseconds. One duration is one wait. */
export function retryWaits(backoff: RetryBackoff): readonly number[] {
  if (typeof backoff === "number") return [backoff];
  const { initial, max = Number.POSITIVE_INFINITY, multiplier = 2 } = backoff;
  const attempts = backoff.maxAttempts ?? DEFAULT_ATTEMPTS;
  return Array.from({ length: attempts }, (_, index) =>
    Math.min(max, Math.round(initial * multiplier ** index)),
  );
}
