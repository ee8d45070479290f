/** Helm's functions of durations: text (`1h30m`), or a number of seconds. */
import { asValue, float64, GoNumber, int64 } from "../../template/go-object.ts";
import { goTypeName } from "../../template/go-value.ts";
import type { TemplateValue } from "../../template/template.ts";
import { GoDuration, parseGoDuration } from "../objects/time.ts";
import { parseFloatText } from "./reflect.ts";
import { type HelmArguments, helmFunctions } from "./signature.ts";
import { trimSpace } from "./strings.ts";

export const durationFunctions = helmFunctions(
  [
    ["mustToDuration value", (args) => duration(mustLength(args))],
    ["durationSeconds value", (args) => parts(args, 1e9)],
    ["durationMilliseconds value", (args) => int64(Number((lengthAt(args, 0) ?? 0n) / 1_000_000n))],
    ["durationMicroseconds value", (args) => int64(Number((lengthAt(args, 0) ?? 0n) / 1000n))],
    ["durationNanoseconds value", (args) => int64(Number(lengthAt(args, 0) ?? 0n))],
    ["durationMinutes value", (args) => parts(args, 60e9)],
    ["durationHours value", (args) => float64(hours(args))],
    ["durationDays value", (args) => float64(hours(args) / 24)],
    ["durationWeeks value", (args) => float64(hours(args) / 24 / 7)],
    ["durationRoundTo value unit", (args) => duration(stepped(args, round))],
    ["durationTruncateTo value unit", (args) => duration(stepped(args, truncate))],
  ],
  {
    characters:
      "mustToDuration durationSeconds durationMilliseconds durationMicroseconds durationNanoseconds durationMinutes durationHours durationDays durationWeeks durationRoundTo durationTruncateTo",
  },
);

function duration(ns: bigint): TemplateValue {
  return asValue(new GoDuration(ns));
}

function mustLength(args: HelmArguments): bigint {
  return (
    lengthAt(args, 0) ?? args.fail(`could not read a duration from a ${goTypeName(args.any(0))}`)
  );
}

/** Nanoseconds; `undefined` for what is no duration. */
function lengthAt(args: HelmArguments, index: number): bigint | undefined {
  const value: unknown = args.any(index);
  if (value instanceof GoDuration) return value.ns;
  if (typeof value === "string") return textLength(trimSpace(value));
  if (typeof value === "number") return secondsLength(value);
  return value instanceof GoNumber ? secondsLength(value.value) : undefined;
}

function textLength(text: string): bigint | undefined {
  if (text === "") return undefined;
  const parsed = parseGoDuration(text);
  if (parsed !== undefined) return parsed;
  const seconds = parseFloatText(text);
  return seconds === undefined ? undefined : secondsLength(seconds);
}

const MAX_SECONDS = 9_223_372_036;

function secondsLength(seconds: number): bigint | undefined {
  if (!Number.isFinite(seconds) || Math.abs(seconds) > MAX_SECONDS) return undefined;
  return BigInt(Math.trunc(seconds * 1e9));
}

/** Whole units, then the rest as a fraction, as Go adds them up. */
function parts(args: HelmArguments, unit: number): TemplateValue {
  const ns = lengthAt(args, 0) ?? 0n;
  const size = BigInt(unit);
  return float64(Number(ns / size) + Number(ns % size) / unit);
}

function hours(args: HelmArguments): number {
  const ns = lengthAt(args, 0) ?? 0n;
  const size = 3_600_000_000_000n;
  return Number(ns / size) + Number(ns % size) / 3600e9;
}

function stepped(args: HelmArguments, change: (ns: bigint, step: bigint) => bigint): bigint {
  const ns = lengthAt(args, 0);
  if (ns === undefined) return 0n;
  const step = lengthAt(args, 1);
  return step === undefined || step <= 0n ? ns : change(ns, step);
}

function truncate(ns: bigint, step: bigint): bigint {
  return ns - (ns % step);
}

/** Halves go away from zero. */
function round(ns: bigint, step: bigint): bigint {
  const size = ns < 0n ? -ns : ns;
  const rest = size % step;
  const rounded = rest + rest < step ? size - rest : size + step - rest;
  return ns < 0n ? -rounded : rounded;
}
