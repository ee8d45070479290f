/** Flags that are durations. */
import { readDuration } from "./flag-values.ts";
import type { Flags } from "./flags.ts";

/** A duration in milliseconds, or `undefined` when the flag is absent. */
export function durationFlag(
  flags: Pick<Flags, "text" | "sourceOf">,
  name: string,
): number | undefined {
  const text = flags.text(name);
  return text === undefined ? undefined : readDuration(text, flags.sourceOf(name));
}
