/**
 * The environment of one pass: one instant for all templates, so that a pass agrees with itself, and
 * a note of whether anybody looked at it. A pass that read the clock is never skipped at a resync.
 */
import type { TemplateEnvironment } from "../template/template.ts";

export interface TrackedEnvironment extends TemplateEnvironment {
  /** Something read what changes by itself: the clock, metrics. */
  readonly isVolatile: boolean;
  markVolatile(): void;
}

export function trackEnvironment(source: TemplateEnvironment): TrackedEnvironment {
  const { nowMs, timeZone } = source;
  let isVolatile = false;
  return {
    get nowMs() {
      isVolatile = true;
      return nowMs;
    },
    timeZone,
    random: (size) => source.random(size),
    get isVolatile() {
      return isVolatile;
    },
    markVolatile() {
      isVolatile = true;
    },
  };
}
