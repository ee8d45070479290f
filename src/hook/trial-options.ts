/** What `runHook` is given, checked as the Katalog would be: an option that means nothing is refused by name. */
import { parseDuration } from "../std/duration.ts";
import { suggest } from "../std/suggest.ts";
import type { RunHookOptions } from "./author.ts";
import { describeValue } from "./error-data.ts";

/** Every option, so that the types do not know one that is missing here. */
const OPTIONS: Readonly<Record<keyof RunHookOptions, true>> = {
  handler: true,
  object: true,
  args: true,
  children: true,
  managedResources: true,
  existing: true,
  crds: true,
  attempt: true,
  timeout: true,
};

/** Throws a `TypeError`. */
export function checkTrialOptions(options: object): void {
  const known = Object.keys(OPTIONS);
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const near = suggest(name, known);
    const hint = near ? `did you mean "${near}"?` : `expected ${known.join(", ")}`;
    throw new TypeError(`Cannot run the hook: unknown option "${name}", ${hint}`);
  }
}

/** Milliseconds. Throws a `TypeError`. */
export function trialTimeout(timeout: unknown, absent: number): number {
  if (timeout === undefined) return absent;
  if (typeof timeout === "number" && timeout > 0 && Number.isFinite(timeout)) return timeout;
  const parsed = typeof timeout === "string" ? parseDuration(timeout) : undefined;
  if (parsed?.kind === "duration" && parsed.ms > 0) return parsed.ms;
  throw new TypeError(
    `Cannot run the hook: its timeout is ${describeValue(timeout)}, expected a duration such as 30s, or milliseconds`,
  );
}
