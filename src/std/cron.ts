/**
 * Cron expressions of five fields, as CronJobs take them (https://en.wikipedia.org/wiki/Cron). The
 * only file that names `croner`; its timers are not used, only its calendar.
 */
import { Cron } from "croner";

/** Both throw for a time zone that the runtime does not know. */
export interface CronSchedule {
  /** The first time after `ms` (both in milliseconds since the epoch); `undefined` when there is none. */
  nextMs(afterMs: number, timeZone: string): number | undefined;
  /** The last time before `ms`. */
  previousMs(beforeMs: number, timeZone: string): number | undefined;
}

const MACROS: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

/** Leaves out what only some implementations know (`L`, `W`, `#`): a CronJob would refuse it. */
const FIELD_TEXT =
  /^(?:[\d*,/\- ]|\b(?:sun|mon|tue|wed|thu|fri|sat|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\b)+$/i;

/** The five fields with `@daily` and its like expanded, or `undefined` when there are not five. */
export function splitCron(expression: string): readonly string[] | undefined {
  const trimmed = expression.trim();
  const macro = trimmed.toLowerCase();
  const fields = (Object.hasOwn(MACROS, macro) ? (MACROS[macro] ?? "") : trimmed).split(/\s+/);
  return fields.length === 5 ? fields : undefined;
}

/** `undefined` when the expression has not five fields or one of them is out of range. */
export function parseCron(expression: string): CronSchedule | undefined {
  const fields = splitCron(expression);
  if (!fields) return undefined;
  // `?` means "any" here, as it does for CronJobs; croner would put the current time in its place.
  const pattern = fields.join(" ").replaceAll("?", "*");
  if (!FIELD_TEXT.test(pattern) || !isPattern(pattern)) return undefined;
  return {
    nextMs(afterMs, timeZone) {
      return cronIn(pattern, timeZone).nextRun(new Date(afterMs))?.getTime();
    },
    previousMs(beforeMs, timeZone) {
      return cronIn(pattern, timeZone).previousRuns(1, new Date(beforeMs))[0]?.getTime();
    },
  };
}

function isPattern(pattern: string): boolean {
  try {
    cronIn(pattern, "UTC");
    return true;
  } catch {
    return false;
  }
}

/** Paused: only asked for dates, never run. */
function cronIn(pattern: string, timeZone: string): Cron {
  return new Cron(pattern, { timezone: timeZone, paused: true, mode: "5-part" });
}
