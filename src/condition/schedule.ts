/**
 * Conditions on the clock: `time`, `dayOfWeek`, `cron`. They look at the environment's time and
 * nothing else; `timezone` of the condition wins over the environment's.
 */
import { parseCron } from "../std/cron.ts";
import { parseDuration } from "../std/duration.ts";
import { isJsonObject } from "../std/json.ts";
import { suggest } from "../std/suggest.ts";
import { zoneOffsetMs } from "../std/time-zone.ts";
import type { TemplateEnvironment, TemplateValue } from "../template/template.ts";
import { textOf } from "./operators.ts";

/** Whether the schedule holds now. */
type ScheduleTest = (environment: TemplateEnvironment) => boolean;

export type PreparedSchedule =
  | { readonly kind: "ready"; readonly test: ScheduleTest }
  | { readonly kind: "invalid"; readonly message: string };

type Settings = Readonly<Record<string, TemplateValue>>;

interface ScheduleRow {
  readonly keys: readonly string[];
  prepare(settings: Settings): PreparedSchedule;
}

/** By operator name. */
const SCHEDULES: Readonly<Record<string, ScheduleRow>> = {
  time: { keys: ["after", "before", "timezone"], prepare: prepareTime },
  dayOfWeek: {
    keys: ["weekday", "weekend", "in", "notIn", "timezone"],
    prepare: prepareDayOfWeek,
  },
  cron: { keys: ["schedule", "duration", "timezone"], prepare: prepareCron },
};

/** Checks a schedule's settings and makes its test of them. */
export function prepareSchedule(operator: string, operand: TemplateValue): PreparedSchedule {
  const row = SCHEDULES[operator];
  if (!row || !isJsonObject(operand))
    return invalid(`"${operator}" has no settings: expected a map`);
  for (const key of Object.keys(operand)) {
    if (row.keys.includes(key)) continue;
    const near = suggest(key, row.keys);
    const hint = near === undefined ? `expected ${row.keys.join(", ")}` : `did you mean "${near}"?`;
    return invalid(`"${operator}" has the unknown key "${key}": ${hint}`);
  }
  const zone = operand["timezone"];
  if (zone !== undefined && zoneOffsetMs(0, textOf(zone)) === undefined) {
    return invalid(`"${textOf(zone)}" is not a time zone: expected a name such as "Europe/Berlin"`);
  }
  return row.prepare(operand);
}

function ready(test: ScheduleTest): PreparedSchedule {
  return { kind: "ready", test };
}

function invalid(message: string): PreparedSchedule {
  return { kind: "invalid", message };
}

function isSet(value: TemplateValue): boolean {
  return value !== undefined && value !== null && value !== "";
}

/** The wall clock of the zone, to be read with the UTC getters. */
function wallClock(environment: TemplateEnvironment, settings: Settings): Date {
  const { nowMs } = environment;
  return new Date(nowMs + (zoneOffsetMs(nowMs, zoneOf(environment, settings)) ?? 0));
}

function zoneOf({ timeZone }: TemplateEnvironment, { timezone }: Settings): string {
  return isSet(timezone) ? textOf(timezone) : timeZone;
}

const DAY_SECONDS = 86_400;

/** From `after` on and until before `before`; over midnight when `after` is the later one. */
function prepareTime(settings: Settings): PreparedSchedule {
  const { after, before } = settings;
  if (!isSet(after) && !isSet(before)) return invalid('"time" has neither "after" nor "before"');
  const from = isSet(after) ? secondOfDay(textOf(after)) : 0;
  const to = isSet(before) ? secondOfDay(textOf(before)) : DAY_SECONDS;
  if (from === undefined || to === undefined) {
    const wrong = textOf(from === undefined ? after : before);
    return invalid(`"${wrong}" is not a time of day: expected a form such as "09:00"`);
  }
  return ready((environment) => {
    const clock = wallClock(environment, settings);
    const now = clock.getUTCHours() * 3600 + clock.getUTCMinutes() * 60 + clock.getUTCSeconds();
    return from <= to ? now >= from && now < to : now >= from || now < to;
  });
}

function secondOfDay(text: string): number | undefined {
  const match = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text.trim());
  if (!match) return undefined;
  const [, hours, minutes, seconds = "0"] = match;
  if (Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  const total = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return total <= DAY_SECONDS ? total : undefined;
}

const DAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const WEEKEND: readonly number[] = [0, 6];
const WEEKDAYS: readonly number[] = [1, 2, 3, 4, 5];

function prepareDayOfWeek(settings: Settings): PreparedSchedule {
  const wanted: ((day: number) => boolean)[] = [];
  if (isSet(settings["weekday"])) wanted.push(among(WEEKDAYS, isOn(settings["weekday"])));
  if (isSet(settings["weekend"])) wanted.push(among(WEEKEND, isOn(settings["weekend"])));
  for (const key of ["in", "notIn"] as const) {
    if (!isSet(settings[key])) continue;
    const days = daysOf(settings[key]);
    if (typeof days === "string") return invalid(`"${days}" is not a day of the week`);
    wanted.push(among(days, key === "in"));
  }
  if (wanted.length === 0) {
    return invalid('"dayOfWeek" is empty: expected weekday, weekend, in or notIn');
  }
  return ready((environment) => {
    const day = wallClock(environment, settings).getUTCDay();
    return wanted.every((test) => test(day));
  });
}

function isOn(value: TemplateValue): boolean {
  return textOf(value) === "true";
}

function among(days: readonly number[], isWanted: boolean): (day: number) => boolean {
  return (day) => days.includes(day) === isWanted;
}

/** Numbers of the days (Sunday is 0, and 7), or the first name that is none. */
function daysOf(value: TemplateValue): readonly number[] | string {
  const names = Array.isArray(value) ? value.map(textOf) : textOf(value).split(",");
  const days: number[] = [];
  for (const written of names) {
    const name = written.trim().toLowerCase();
    if (name === "weekday" || name === "weekdays") days.push(...WEEKDAYS);
    else if (name === "weekend" || name === "weekends") days.push(...WEEKEND);
    else {
      const day = /^[0-7]$/.test(name) ? Number(name) % 7 : dayNamed(name);
      if (day < 0) return written;
      days.push(day);
    }
  }
  return days;
}

function dayNamed(name: string): number {
  return name.length < 3 ? -1 : DAYS.findIndex((day) => day.startsWith(name));
}

/** How many occurrences are looked at to find the shortest distance between two. */
const SAMPLE = 48;
/** Start of the sample; any fixed moment will do. */
const SAMPLE_START_MS = Date.UTC(2024, 0, 1);

/** From each occurrence on, for `duration`, or for the schedule's shortest period. */
function prepareCron(settings: Settings): PreparedSchedule {
  const expression = textOf(settings["schedule"]);
  const cron = parseCron(expression);
  if (!cron) return invalid(`"${expression}" is not a cron expression of five fields`);
  const { duration } = settings;
  let lengthMs: number | undefined;
  if (isSet(duration)) {
    const parsed = parseDuration(textOf(duration));
    if (parsed.kind === "invalid") return invalid(parsed.message);
    lengthMs = parsed.ms;
  } else lengthMs = shortestPeriodMs((afterMs) => cron.nextMs(afterMs, "UTC"));
  if (lengthMs === undefined || lengthMs <= 0) {
    return invalid(`"${expression}" has no natural period: expected a duration beside it`);
  }
  const holdsMs = lengthMs;
  return ready((environment) => {
    // Occurrences are whole seconds, and one that is now must count.
    const soonMs = Math.floor(environment.nowMs / 1000) * 1000 + 1000;
    const lastMs = cron.previousMs(soonMs, zoneOf(environment, settings));
    return lastMs !== undefined && environment.nowMs - lastMs < holdsMs;
  });
}

function shortestPeriodMs(next: (afterMs: number) => number | undefined): number | undefined {
  let shortest: number | undefined;
  let current = next(SAMPLE_START_MS);
  for (let count = 0; count < SAMPLE && current !== undefined; count++) {
    const following = next(current);
    if (following === undefined) break;
    shortest = Math.min(shortest ?? Number.POSITIVE_INFINITY, following - current);
    current = following;
  }
  return shortest;
}
