/** Flags that are durations. */
import { parseDuration } from "../std/duration.ts";
import type { Flags } from "./flags.ts";
import { UsageError } from "./usage-error.ts";

/** A duration in milliseconds, or `undefined` when the flag is absent. */
export function durationFlag(flags: Flags, name: string): number | undefined {
  const text = flags.text(name);
  if (text === undefined) return undefined;
  const parsed = parseDuration(text);
  if (parsed.kind === "duration") return parsed.ms;
  throw new UsageError(`Option "--${name}" is "${text}", expected a duration such as 30s or 2m`);
}
