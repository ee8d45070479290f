/** Reads a time by one of Go's reference layouts (https://pkg.go.dev/time#Parse). */
import { zoneOffsetMs } from "../../std/time-zone.ts";

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const DAY_NAMES = "(?:Sun|Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?)(?:day)?";
const MONTH_NAMES =
  "(Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sep(?:tember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)";

type Field =
  | "year"
  | "month"
  | "monthName"
  | "day"
  | "hour"
  | "minute"
  | "second"
  | "fraction"
  | "half"
  | "zone";

/** What a part of a layout matches, and what it says. */
const PARTS: Readonly<Record<string, readonly [pattern: string, field?: Field]>> = {
  "2006": ["(\\d{4})", "year"],
  "06": ["(\\d{2})", "year"],
  January: [MONTH_NAMES, "monthName"],
  Jan: [MONTH_NAMES, "monthName"],
  "01": ["(\\d{2})", "month"],
  "1": ["(\\d{1,2})", "month"],
  Monday: [DAY_NAMES],
  Mon: [DAY_NAMES],
  "02": ["(\\d{2})", "day"],
  _2: [" ?(\\d{1,2})", "day"],
  "2": ["(\\d{1,2})", "day"],
  "15": ["(\\d{2})", "hour"],
  "03": ["(\\d{2})", "hour"],
  "3": ["(\\d{1,2})", "hour"],
  "04": ["(\\d{2})", "minute"],
  "4": ["(\\d{1,2})", "minute"],
  "05": ["(\\d{2})", "second"],
  "5": ["(\\d{1,2})", "second"],
  PM: ["(AM|PM)", "half"],
  pm: ["(am|pm)", "half"],
  MST: ["([A-Z]{3,4})", "zone"],
  "-0700": ["([-+]\\d{4})", "zone"],
  "-07:00": ["([-+]\\d{2}:\\d{2})", "zone"],
  "-07": ["([-+]\\d{2})", "zone"],
  Z0700: ["(Z|[-+]\\d{4})", "zone"],
  "Z07:00": ["(Z|[-+]\\d{2}:\\d{2})", "zone"],
  Z07: ["(Z|[-+]\\d{2})", "zone"],
};

const PART =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|2006|_2(?!006)|0[1-6]|15|PM|pm|[Z-]07(?::?00)?|[.,](?:0+|9+)(?!\d)|[1-5]/g;

export interface ParsedTime {
  readonly ms: number;
  readonly timeZone: string;
}

/** Without a zone in the text, the time is one of `localZone`. `undefined` when it does not fit. */
export function parseWithLayout(
  text: string,
  layout: string,
  localZone: string,
): ParsedTime | undefined {
  const { pattern, fields } = patternOf(layout);
  const match = pattern.exec(text);
  if (!match) return undefined;
  const found = new Map(fields.map((field, index) => [field, match[index + 1] ?? ""]));
  const wall = wallClock(found);
  return wall === undefined ? undefined : placed(wall, found.get("zone"), localZone);
}

function patternOf(layout: string): {
  readonly pattern: RegExp;
  readonly fields: readonly Field[];
} {
  const fields: Field[] = [];
  let [source, from] = ["", 0];
  for (const match of layout.matchAll(PART)) {
    const [part] = match;
    source += escapePattern(layout.slice(from, match.index));
    from = match.index + part.length;
    const known = Object.hasOwn(PARTS, part) ? PARTS[part] : undefined;
    const isOptional = part.charAt(1) === "9";
    const [pattern, field]: readonly [string, Field?] = known ?? [
      isOptional ? "([.,]\\d+)?" : `([.,]\\d{${part.length - 1}})`,
      "fraction",
    ];
    source += pattern;
    if (field) fields.push(field);
    // A fraction may follow the seconds even where the layout has none.
    const isFollowed = /^[.,][09]/.test(layout.slice(from));
    if (field === "second" && !isFollowed) {
      source += "([.,]\\d+)?";
      fields.push("fraction");
    }
  }
  return { pattern: new RegExp(`^${source}${escapePattern(layout.slice(from))}$`), fields };
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

/** The time as if its zone were UTC. */
function wallClock(found: ReadonlyMap<Field, string>): number | undefined {
  const number = (field: Field, fallback: number) => {
    const text = found.get(field);
    return text === undefined ? fallback : Number(text);
  };
  const year = yearOf(found.get("year"));
  const name = found.get("monthName");
  const month = name === undefined ? number("month", 1) : MONTHS.indexOf(name.slice(0, 3)) + 1;
  const day = number("day", 1);
  const [hour, minute, second] = [hourOf(found), number("minute", 0), number("second", 0)];
  const fraction = Number(`0.${(found.get("fraction") ?? "").slice(1) || "0"}`);
  if (month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCDate() !== day || day < 1) return undefined;
  date.setUTCHours(hour, minute, second, Math.floor(fraction * 1000));
  return date.getTime();
}

function yearOf(text: string | undefined): number {
  if (text === undefined) return 0;
  const year = Number(text);
  if (text.length > 2) return year;
  return year >= 69 ? 1900 + year : 2000 + year;
}

function hourOf(found: ReadonlyMap<Field, string>): number {
  const hour = Number(found.get("hour") ?? 0);
  const half = found.get("half")?.toUpperCase();
  if (half === undefined) return hour;
  return half === "PM" ? (hour % 12) + 12 : hour % 12;
}

function placed(wall: number, zone: string | undefined, localZone: string): ParsedTime {
  if (zone === "Z" || zone === "UTC") return { ms: wall, timeZone: "UTC" };
  const match = zone === undefined ? null : /^([-+])(\d{2}):?(\d{2})?$/.exec(zone);
  if (match) {
    const minutes = Number(match[2]) * 60 + Number(match[3] ?? 0);
    const ms = wall - (match[1] === "-" ? -minutes : minutes) * 60_000;
    return { ms, timeZone: minutes === 0 ? "UTC" : `${match[1]}${match[2]}:${match[3] ?? "00"}` };
  }
  // Letters of a zone say nothing about its offset unless they are the local ones.
  const guess = wall - (zoneOffsetMs(wall, localZone) ?? 0);
  return { ms: wall - (zoneOffsetMs(guess, localZone) ?? 0), timeZone: localZone };
}
