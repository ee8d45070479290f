/** Go's `time.Time` and `time.Duration`, as sprig's and Helm's functions hand them out. */

import { formatTimestamp } from "../../template/functions/timestamp.ts";
import { GoObject, int64 } from "../../template/go-object.ts";
import type { TemplateValue } from "../../template/template.ts";

/** A moment with the zone in which it is shown; milliseconds are the finest step. */
export class GoTime extends GoObject {
  readonly typeName = "time.Time";
  readonly kind = "struct";
  readonly ms: number;
  readonly timeZone: string;

  constructor(ms: number, timeZone: string) {
    super();
    this.ms = ms;
    this.timeZone = timeZone;
  }

  text(): string {
    return this.format("2006-01-02 15:04:05.999999999 -0700 MST");
  }

  override plain(): TemplateValue {
    return this.format("2006-01-02T15:04:05.999999999Z07:00");
  }

  format(layout: string): string {
    return formatTimestamp(this.ms, layout, this.timeZone) ?? "";
  }

  override field(name: string): TemplateValue {
    switch (name) {
      case "Unix":
        return int64(Math.floor(this.ms / 1000));
      case "UnixMilli":
        return int64(Math.floor(this.ms));
      case "Year":
        return Number(this.format("2006"));
      case "Month":
        return this.format("January");
      case "Day":
        return Number(this.format("2"));
      case "Hour":
        return Number(this.format("15"));
      case "Minute":
        return Number(this.format("4"));
      case "Second":
        return Number(this.format("5"));
      case "Weekday":
        return this.format("Monday");
      case "YearDay":
        return Number(this.format("002"));
      case "IsZero":
        return this.ms === ZERO_TIME_MS;
      case "String":
        return this.text();
      case "UTC":
        return new GoTime(this.ms, "UTC") as unknown as TemplateValue;
      default:
        return super.field(name);
    }
  }

  override invoke(name: string, args: readonly TemplateValue[]): TemplateValue {
    const [layout] = args;
    if (name === "Format" && typeof layout === "string") return this.format(layout);
    return super.invoke(name, args);
  }
}

/** The first moment of year 1, which Go takes for no time. */
export const ZERO_TIME_MS = -62_135_596_800_000;

/** Nanoseconds as a bigint: a double holds them exactly for 104 days only. */
export class GoDuration extends GoObject {
  readonly typeName = "time.Duration";
  readonly kind = "int64";
  readonly ns: bigint;

  constructor(ns: bigint) {
    super();
    this.ns = ns;
  }

  override plain(): TemplateValue {
    return Number(this.ns);
  }

  override isTrue(): boolean {
    return this.ns !== 0n;
  }

  text(): string {
    return durationText(this.ns);
  }

  override field(name: string): TemplateValue {
    return name === "String" ? this.text() : super.field(name);
  }
}

const SECOND = 1_000_000_000n;

/** `1h2m3.5s`, `1.5ms`, `0s`. */
export function durationText(ns: bigint): string {
  if (ns === 0n) return "0s";
  const sign = ns < 0n ? "-" : "";
  const size = ns < 0n ? -ns : ns;
  if (size < SECOND) return sign + smallText(size);
  const seconds = size / SECOND;
  const [hours, minutes] = [seconds / 3600n, (seconds / 60n) % 60n];
  const rest = `${decimal(size % (60n * SECOND), 9)}s`;
  if (hours > 0n) return `${sign}${hours}h${minutes}m${rest}`;
  return minutes > 0n ? `${sign}${minutes}m${rest}` : sign + rest;
}

function smallText(ns: bigint): string {
  if (ns < 1000n) return `${ns}ns`;
  return ns < 1_000_000n ? `${decimal(ns, 3)}µs` : `${decimal(ns, 6)}ms`;
}

function decimal(value: bigint, digits: number): string {
  const unit = 10n ** BigInt(digits);
  const fraction = (value % unit).toString().padStart(digits, "0").replace(/0+$/, "");
  return `${value / unit}${fraction && `.${fraction}`}`;
}

const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1000n,
  µs: 1000n,
  μs: 1000n,
  ms: 1_000_000n,
  s: SECOND,
  m: 60n * SECOND,
  h: 3600n * SECOND,
};

/** Nobody means a longer one. */
const MAX_DURATION_LENGTH = 1_000;

/** `time.ParseDuration`: nanoseconds, `undefined` for text that is no duration. */
export function parseGoDuration(text: string): bigint | undefined {
  if (text.length > MAX_DURATION_LENGTH) return undefined;
  const match = /^([-+]?)((?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+|0)$/.exec(text);
  if (!match) return undefined;
  let total = 0n;
  for (const [, number = "", unit = ""] of (match[2] ?? "").matchAll(/([\d.]+)([a-zµμ]+)/g)) {
    const [whole = "", fraction = ""] = number.split(".");
    const size = UNITS[unit] ?? 0n;
    total += BigInt(whole || "0") * size;
    total += (BigInt(fraction || "0") * size) / 10n ** BigInt(fraction.length);
  }
  return match[1] === "-" ? -total : total;
}
