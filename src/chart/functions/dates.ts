/** Sprig's functions of dates. The local zone is the one of the environment. */

import { formatTimestamp } from "../../template/functions/timestamp.ts";
import { asValue, GoNumber, integerIn } from "../../template/go-object.ts";
import type { TemplateValue } from "../../template/template.ts";
import { durationText, GoTime, parseGoDuration, ZERO_TIME_MS } from "../objects/time.ts";
import { parseWithLayout } from "./date-layout.ts";
import { type HelmArguments, helmFunctions } from "./signature.ts";

export const dateFunctions = helmFunctions(
  [
    ["now", (args) => timeOf(nowMs(args), localZone(args))],
    ["date layout date", (args) => shown(args, { layout: args.text(0), date: 1, zone: "Local" })],
    [
      "dateInZone layout date zone",
      (args) => shown(args, { layout: args.text(0), date: 1, zone: args.text(2) }),
    ],
    [
      "date_in_zone layout date zone",
      (args) => shown(args, { layout: args.text(0), date: 1, zone: args.text(2) }),
    ],
    ["htmlDate date", (args) => shown(args, { layout: "2006-01-02", date: 0, zone: "Local" })],
    [
      "htmlDateInZone date zone",
      (args) => shown(args, { layout: "2006-01-02", date: 0, zone: args.text(1) }),
    ],
    ["dateModify duration date", (args) => moved(args, false)],
    ["date_modify duration date", (args) => moved(args, false)],
    ["mustDateModify duration date", (args) => moved(args, true)],
    ["must_date_modify duration date", (args) => moved(args, true)],
    ["toDate layout text", (args) => parsed(args) ?? timeOf(ZERO_TIME_MS, "UTC")],
    [
      "mustToDate layout text",
      (args) =>
        parsed(args) ??
        args.fail(`parsing time "${args.text(1)}" as "${args.text(0)}": cannot parse`),
    ],
    ["unixEpoch date", (args) => String(Math.floor(timeAt(args, 0).ms / 1000))],
    ["ago date", (args) => durationText(roundedSeconds(nowMs(args) - momentOf(args, 0)))],
    ["duration seconds", (args) => durationText(BigInt(secondsOf(args)) * 1_000_000_000n)],
    ["durationRound duration", (args) => roughDuration(args)],
  ],
  {
    characters:
      "durationRound date dateInZone date_in_zone htmlDate htmlDateInZone toDate mustToDate",
  },
);

function timeOf(ms: number, timeZone: string): TemplateValue {
  return asValue(new GoTime(ms, timeZone));
}

function nowMs(args: HelmArguments): number {
  return args.call.environment.nowMs;
}

function localZone(args: HelmArguments): string {
  return args.call.environment.timeZone;
}

function timeAt(args: HelmArguments, index: number): GoTime {
  const value: unknown = args.any(index);
  return value instanceof GoTime ? value : args.fail("wrong type for value; expected time.Time");
}

/** A time, or an integer of seconds since 1970; everything else is now. */
function momentOf(args: HelmArguments, index: number): number {
  const value: unknown = args.any(index);
  if (value instanceof GoTime) return value.ms;
  const seconds = integerIn(value);
  return seconds === undefined ? nowMs(args) : seconds * 1000;
}

interface Showing {
  readonly layout: string;
  /** Index of the argument. */
  readonly date: number;
  readonly zone: string;
}

/** Zones that are none are UTC, as in sprig. */
function shown(args: HelmArguments, { layout, date, zone }: Showing): string {
  const ms = momentOf(args, date);
  const name = zone === "Local" ? localZone(args) : zone === "" ? "UTC" : zone;
  return formatTimestamp(ms, layout, name) ?? formatTimestamp(ms, layout, "UTC") ?? "";
}

function moved(args: HelmArguments, must: boolean): TemplateValue {
  const time = timeAt(args, 1);
  const duration = parseGoDuration(args.text(0));
  if (duration === undefined && must) args.fail(`time: invalid duration "${args.text(0)}"`);
  return timeOf(time.ms + Number((duration ?? 0n) / 1_000_000n), time.timeZone);
}

function parsed(args: HelmArguments): TemplateValue | undefined {
  const ms = parseWithLayout(args.text(1), args.text(0), localZone(args));
  return ms === undefined ? undefined : timeOf(ms.ms, ms.timeZone);
}

function roundedSeconds(ms: number): bigint {
  return BigInt(Math.sign(ms) * Math.round(Math.abs(ms) / 1000)) * 1_000_000_000n;
}

function secondsOf(args: HelmArguments): number {
  const value: unknown = args.any(0);
  if (typeof value === "string") return /^[-+]?\d+$/.test(value) ? Number(value) : 0;
  return value instanceof GoNumber && value.typeName === "int64" ? value.value : 0;
}

const HOUR = 3_600_000_000_000n;
const ROUGH_UNITS: readonly (readonly [string, bigint])[] = [
  ["y", 365n * 24n * HOUR],
  ["mo", 30n * 24n * HOUR],
  ["d", 24n * HOUR],
  ["h", HOUR],
  ["m", HOUR / 60n],
  ["s", HOUR / 3600n],
];

function roughDuration(args: HelmArguments): string {
  const ns = lengthOf(args);
  const size = ns < 0n ? -ns : ns;
  const unit = ROUGH_UNITS.find(([, length]) => size > length);
  return unit ? `${size / unit[1]}${unit[0]}` : "0s";
}

function lengthOf(args: HelmArguments): bigint {
  const value: unknown = args.any(0);
  if (typeof value === "string") return parseGoDuration(value) ?? 0n;
  if (value instanceof GoNumber && value.typeName === "int64") return BigInt(value.value);
  if (value instanceof GoTime) return BigInt(Math.round((nowMs(args) - value.ms) * 1e6));
  return 0n;
}
