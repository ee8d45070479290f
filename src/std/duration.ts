/**
 * Durations as people write them: Go's (`1h30m`, `250ms`, `1.5h`) plus `d`, `w`, `mo` and `y`.
 *
 * A day is 24 hours, a week 7 days, a month 30 days, a year 365 days: lengths, not calendar steps.
 * Source of the grammar and of the printed form: https://pkg.go.dev/time#ParseDuration.
 */

export type ParsedDuration =
  | { readonly kind: "duration"; readonly ms: number }
  | { readonly kind: "invalid"; readonly message: string };

const DAY_MS = 86_400_000;

/** Milliseconds in one of each unit. */
const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: DAY_MS,
  w: 7 * DAY_MS,
  mo: 30 * DAY_MS,
  y: 365 * DAY_MS,
};

// `mo` and `ms` come before `m`, and both code points of the micro sign are accepted, as in Go.
const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|mo|s|m|h|d|w|y)/y;

/** Reads a duration. `"0"` needs no unit; everything else does. */
export function parseDuration(text: string): ParsedDuration {
  const trimmed = text.trim();
  const isNegative = trimmed.startsWith("-");
  const body = /^[+-]/.test(trimmed) ? trimmed.slice(1) : trimmed;
  if (body === "0") return { kind: "duration", ms: 0 };
  const total = sumOfParts(body);
  if (total === undefined || !Number.isFinite(total)) {
    return {
      kind: "invalid",
      message: `"${text}" is not a duration, expected a form such as "15s", "1h30m" or "7d"`,
    };
  }
  return { kind: "duration", ms: isNegative ? 0 - total : total };
}

function sumOfParts(body: string): number | undefined {
  if (body === "") return undefined;
  let total = 0;
  let offset = 0;
  while (offset < body.length) {
    PART.lastIndex = offset;
    const match = PART.exec(body);
    if (!match) return undefined;
    total += toNanosecond(Number(match[1]) * (UNIT_MS[match[2] ?? ""] ?? Number.NaN));
    offset = PART.lastIndex;
  }
  return total;
}

/** Takes away what binary fractions add: 8.353 s is 8353 ms. Beyond 2^53 ns there is nothing to take. */
function toNanosecond(ms: number): number {
  const nanoseconds = Math.round(ms * 1e6);
  return Number.isSafeInteger(nanoseconds) ? nanoseconds / 1e6 : ms;
}

/** Go's own form: `5m30s`, `719h43m12s`, `1.5s`, `250ms`, `0s`. The reverse of {@link parseDuration}. */
export function formatDuration(ms: number): string {
  const size = toNanosecond(Math.abs(ms));
  if (size === 0) return "0s";
  const sign = ms < 0 ? "-" : "";
  if (size < 1e-3) return `${sign}${trimmedFraction(size * 1e6, 0)}ns`;
  if (size < 1) return `${sign}${trimmedFraction(size * 1e3, 3)}µs`;
  if (size < 1000) return `${sign}${trimmedFraction(size, 6)}ms`;
  const hours = Math.floor(size / 3_600_000);
  const minutes = Math.floor((size % 3_600_000) / 60_000);
  const seconds = `${trimmedFraction((size % 60_000) / 1000, 9)}s`;
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${sign}${minutes}m${seconds}` : `${sign}${seconds}`;
}

/** How long something took, for a person: in whole seconds, below ten in tenths (`0.4s`, `13s`, `2m5s`). */
export function elapsedText(ms: number): string {
  const unit = ms < 9_950 ? 100 : 1_000;
  const rounded = Math.round(ms / unit) * unit;
  return rounded < 1_000 ? `${rounded / 1_000}s` : formatDuration(rounded);
}

function trimmedFraction(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}
