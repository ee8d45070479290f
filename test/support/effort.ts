/**
 * How often a test repeats what it repeats. All of it, unless `ORK_TEST_QUICK` is set, as `npm run check` does:
 * then an eighth, so that the inner loop stays short. No test is left out for it.
 */

export const IS_QUICK = (process.env["ORK_TEST_QUICK"] ?? "") !== "";

const SHARE = IS_QUICK ? 8 : 1;

/** Of so many repetitions, those that are made. */
export function times(all: number): number {
  return Math.ceil(all / SHARE);
}

/** From one place that is tried to the next, where every `step`th would be. One more, so that it meets every column of a line. */
export function stride(step: number): number {
  return IS_QUICK ? step * SHARE + 1 : step;
}
