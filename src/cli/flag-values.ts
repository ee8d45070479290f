/** What the texts of flags and of their variables mean: `--sandbox=no`, `ORK_SANDBOX=true`, `--retry-period 2s`. */
import { parseDuration } from "../std/duration.ts";
import { UsageError } from "./usage-error.ts";

const ON = ["true", "yes", "1"];
const OFF = ["false", "no", "0"];

/** `source` is the flag or the variable, as the user knows it. Throws a `UsageError` that names it. */
export function readBoolean(text: string, source: string): boolean {
  const value = text.toLowerCase();
  if (ON.includes(value)) return true;
  if (OFF.includes(value)) return false;
  throw new UsageError(`${source} is "${text}", expected true or false`);
}

/** Milliseconds. `source` is the flag or the variable, as the user knows it; an error names it. */
export function readDuration(text: string, source: string): number {
  const parsed = parseDuration(text);
  if (parsed.kind === "duration") return parsed.ms;
  throw new UsageError(`${source} is "${text}", expected a duration such as 30s or 2m`);
}
