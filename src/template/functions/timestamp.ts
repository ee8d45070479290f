/**
 * Timestamps: RFC 3339 in, Go's reference layouts out (https://pkg.go.dev/time#pkg-constants).
 */
import { zoneAbbreviation, zoneOffsetMs } from "../../std/time-zone.ts";

const RFC3339 = /^\d{4}-\d{2}-\d{2}(?:[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2}))?$/;

/** Milliseconds since the epoch of an RFC 3339 timestamp or a date alone (midnight UTC). */
export function parseTimestamp(text: string): number | undefined {
  const trimmed = text.trim();
  const match = RFC3339.exec(trimmed);
  if (!match) return undefined;
  // Milliseconds are the finest step that Date has; longer fractions are cut.
  const fraction = match[1] ?? "";
  const ms = Date.parse(
    trimmed.toUpperCase().replace(" ", "T").replace(fraction, fraction.slice(0, 4)),
  );
  return Number.isNaN(ms) ? undefined : ms;
}

/** `2026-07-19T02:00:00Z`, without a fraction. */
export function formatRfc3339(ms: number): string {
  return new Date(Math.floor(ms / 1000) * 1000).toISOString().replace(".000Z", "Z");
}

/** The layouts that Go names. */
const NAMED_LAYOUTS: Readonly<Record<string, string>> = {
  ANSIC: "Mon Jan _2 15:04:05 2006",
  UnixDate: "Mon Jan _2 15:04:05 MST 2006",
  RubyDate: "Mon Jan 02 15:04:05 -0700 2006",
  RFC822: "02 Jan 06 15:04 MST",
  RFC822Z: "02 Jan 06 15:04 -0700",
  RFC850: "Monday, 02-Jan-06 15:04:05 MST",
  RFC1123: "Mon, 02 Jan 2006 15:04:05 MST",
  RFC1123Z: "Mon, 02 Jan 2006 15:04:05 -0700",
  RFC3339: "2006-01-02T15:04:05Z07:00",
  RFC3339Nano: "2006-01-02T15:04:05.999999999Z07:00",
  Kitchen: "3:04PM",
  Stamp: "Jan _2 15:04:05",
  StampMilli: "Jan _2 15:04:05.000",
  DateTime: "2006-01-02 15:04:05",
  DateOnly: "2006-01-02",
  TimeOnly: "15:04:05",
};

const LAYOUT_PART =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|2006|__2|_2(?!006)|002|0[1-6]|15|PM|pm|[Z-]07(?::?00){0,2}|[.,](?:0+|9+)(?!\d)|[1-5]/g;

interface Moment {
  /** A date whose UTC fields are the wall clock of the zone. */
  readonly local: Date;
  readonly offsetMs: number;
  readonly ms: number;
  readonly timeZone: string;
}

/** The moment in a Go reference layout, or in one that Go names; `undefined` for an unknown zone. */
export function formatTimestamp(ms: number, layout: string, timeZone: string): string | undefined {
  const offsetMs = zoneOffsetMs(ms, timeZone);
  if (offsetMs === undefined) return undefined;
  const moment = { local: new Date(ms + offsetMs), offsetMs, ms, timeZone };
  const parts = Object.hasOwn(NAMED_LAYOUTS, layout) ? (NAMED_LAYOUTS[layout] ?? layout) : layout;
  return parts.replace(LAYOUT_PART, (part) => {
    const write = Object.hasOwn(WRITERS, part) ? WRITERS[part] : undefined;
    if (write) return write(moment);
    return /^[.,]/.test(part)
      ? fractionText(part, moment.local)
      : offsetText(part, moment.offsetMs);
  });
}

const MONTHS =
  "January February March April May June July August September October November December".split(
    " ",
  );
const DAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");

const WRITERS: Readonly<Record<string, (moment: Moment) => string>> = {
  January: ({ local }) => MONTHS[local.getUTCMonth()] ?? "",
  Jan: ({ local }) => (MONTHS[local.getUTCMonth()] ?? "").slice(0, 3),
  Monday: ({ local }) => DAYS[local.getUTCDay()] ?? "",
  Mon: ({ local }) => (DAYS[local.getUTCDay()] ?? "").slice(0, 3),
  MST: zoneText,
  "2006": ({ local }) => padded(local.getUTCFullYear(), 4),
  "06": ({ local }) => padded(local.getUTCFullYear() % 100, 2),
  "01": ({ local }) => padded(local.getUTCMonth() + 1, 2),
  "1": ({ local }) => String(local.getUTCMonth() + 1),
  "02": ({ local }) => padded(local.getUTCDate(), 2),
  _2: ({ local }) => padded(local.getUTCDate(), 2, " "),
  "2": ({ local }) => String(local.getUTCDate()),
  "002": ({ local }) => padded(dayOfYear(local), 3),
  __2: ({ local }) => padded(dayOfYear(local), 3, " "),
  "15": ({ local }) => padded(local.getUTCHours(), 2),
  "03": ({ local }) => padded(local.getUTCHours() % 12 || 12, 2),
  "3": ({ local }) => String(local.getUTCHours() % 12 || 12),
  "04": ({ local }) => padded(local.getUTCMinutes(), 2),
  "4": ({ local }) => String(local.getUTCMinutes()),
  "05": ({ local }) => padded(local.getUTCSeconds(), 2),
  "5": ({ local }) => String(local.getUTCSeconds()),
  PM: ({ local }) => (local.getUTCHours() < 12 ? "AM" : "PM"),
  pm: ({ local }) => (local.getUTCHours() < 12 ? "am" : "pm"),
};

/** Where no letters are customary, Go writes the offset: `+03`, `+0545`. */
function zoneText({ ms, timeZone, offsetMs }: Moment): string {
  const letters = zoneAbbreviation(ms, timeZone);
  return letters ?? offsetText(offsetMs % 3_600_000 === 0 ? "-07" : "-0700", offsetMs);
}

function padded(value: number, width: number, fill = "0"): string {
  return String(value).padStart(width, fill);
}

function dayOfYear(local: Date): number {
  return Math.floor((local.getTime() - Date.UTC(local.getUTCFullYear(), 0, 1)) / 86_400_000) + 1;
}

/** `.000` always has its digits, `.999` only those that say something. */
function fractionText(part: string, local: Date): string {
  const digits = padded(local.getUTCMilliseconds(), 3)
    .padEnd(9, "0")
    .slice(0, part.length - 1);
  if (part.charAt(1) === "0") return part.charAt(0) + digits;
  const significant = digits.replace(/0+$/, "");
  return significant === "" ? "" : part.charAt(0) + significant;
}

function offsetText(part: string, offsetMs: number): string {
  if (part.startsWith("Z") && offsetMs === 0) return "Z";
  const seconds = Math.abs(offsetMs) / 1000;
  const fields = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), seconds % 60];
  const count = 1 + (part.match(/00/g)?.length ?? 0);
  const text = fields.slice(0, count).map((field) => padded(field, 2));
  return (offsetMs < 0 ? "-" : "+") + text.join(part.includes(":") ? ":" : "");
}
