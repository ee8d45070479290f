/** Cron schedules, as text and as a map of their fields. */
import { parseCron, splitCron } from "../../std/cron.ts";
import { isJsonObject, type JsonObject } from "../../std/json.ts";
import { zoneOffsetMs } from "../../std/time-zone.ts";
import type { TemplateValue } from "../template.ts";
import type { Arguments } from "./arguments.ts";
import { describeCron } from "./cron-description.ts";
import { type FunctionRow, functionGroup } from "./function-group.ts";
import { formatRfc3339 } from "./timestamp.ts";
import { textOf } from "./value.ts";

/** The keys of the map form, in the order of the fields. */
const FIELDS = ["minute", "hour", "dayOfMonth", "month", "dayOfWeek"];

export const cronFunctions = functionGroup({
  title: "Cron",
  about:
    "Five fields: minute, hour, day of month, month, day of week. `@hourly`, `@daily`, `@weekly`, `@monthly` and `@yearly` are expanded, an empty schedule is five stars, and text without five fields is an error. The map form has the keys `minute`, `hour`, `dayOfMonth`, `month` and `dayOfWeek`.",
  given: { spec: { schedule: { minute: "*/5", hour: "2", dayOfWeek: "1" } } },
  rows: [
    {
      signature: "cronFromMap map",
      summary: "The text of the map form; missing keys are stars.",
      example: ["{{ cronFromMap .spec.schedule }}", "*/5 2 * * 1"],
      call: (args) => fromMap(args.map(0)),
    },
    {
      signature: "cronFromAny schedule",
      summary: "The text, whether the schedule is a map or text already.",
      example: ["{{ cronFromAny .spec.schedule }}", "*/5 2 * * 1"],
      call: (args) => fromAny(args),
    },
    {
      signature: "cronToMap schedule",
      summary: "The map form.",
      example: ['{{ (cronToMap "@hourly").minute }}', "0"],
      call: (args) => {
        const fields = fieldsOf(args, fromAny(args));
        return Object.fromEntries(FIELDS.map((key, index) => [key, fields[index] ?? "*"]));
      },
    },
    {
      signature: "cronNormalize schedule",
      summary: "Exactly five fields with single spaces.",
      example: ['{{ cronNormalize "@daily" }}', "0 0 * * *"],
      call: (args) => fieldsOf(args, args.text(0)).join(" "),
    },
    {
      signature: "cronDescribe schedule",
      summary: "The schedule in words; empty text when it is not valid.",
      example: ['{{ cronDescribe "0 2 * * 1" }}', "At 02:00 on Mondays"],
      call: (args) => {
        const text = uncheckedText(args);
        return parseCron(text) ? describeCron(splitCron(text) ?? []) : "";
      },
    },
    {
      signature: "cronValid schedule",
      summary: "Whether it has five fields and each is in its range.",
      example: ['{{ cronValid "61 * * * *" }}', "false"],
      call: (args) => parseCron(args.text(0)) !== undefined,
    },
    {
      signature: "cronExpr minute hour dayOfMonth month dayOfWeek",
      summary: "The text of five fields; empty ones are stars.",
      example: ['{{ cronExpr "0" "2" "" "" "1" }}', "0 2 * * 1"],
      call: (args) => args.values.map((_, index) => args.text(index).trim() || "*").join(" "),
    },
    fieldRow("cronMinute", 0, "*/5"),
    fieldRow("cronHour", 1, "2"),
    fieldRow("cronDom", 2, "15"),
    fieldRow("cronMonth", 3, "6"),
    fieldRow("cronDow", 4, "1"),
    {
      signature: "cronField schedule index",
      summary: "The field at the index, 0 (minute) to 4 (day of week).",
      example: ["{{ cronField .spec.schedule 4 }}", "1"],
      call: (args) => {
        const index = args.integer(1);
        return (
          fieldsOf(args, fromAny(args))[index] ?? args.fail(`index is ${index}, expected 0 to 4`)
        );
      },
    },
    {
      signature: "nextCron schedule [zone]",
      summary:
        "When it is due next, as RFC 3339 in UTC; empty text when it is not valid or never due.",
      example: ['{{ nextCron "0 9 * * 1" "UTC" }}', "2026-11-23T09:00:00Z"],
      call: (args) => {
        const zone = args.timeZone(1);
        if (zoneOffsetMs(args.nowMs, zone) === undefined) args.refuseTimeZone(1);
        const nextMs = parseCron(uncheckedText(args))?.nextMs(args.nowMs, zone);
        return nextMs === undefined ? "" : formatRfc3339(nextMs);
      },
    },
  ],
});

function fieldRow(name: string, index: number, output: string): FunctionRow {
  return {
    signature: `${name} schedule`,
    summary: `The field \`${FIELDS[index]}\`.`,
    example: [`{{ ${name} "*/5 2 15 6 1" }}`, output],
    call: (args) => fieldsOf(args, fromAny(args))[index],
  };
}

function fromAny(args: Arguments): string {
  const value = args.value(0);
  return isJsonObject(value) ? fromMap(value) : fieldsOf(args, args.text(0)).join(" ");
}

/** For functions that have an answer for what is no schedule. */
function uncheckedText(args: Arguments): string {
  const value = args.value(0);
  return isJsonObject(value) ? fromMap(value) : textOf(value);
}

function fromMap(map: JsonObject): string {
  return FIELDS.map((key) => fieldText(Object.hasOwn(map, key) ? map[key] : undefined)).join(" ");
}

function fieldText(value: TemplateValue): string {
  return textOf(value).trim() || "*";
}

function fieldsOf(args: Arguments, text: string): readonly string[] {
  if (text.trim() === "") return FIELDS.map(() => "*");
  return splitCron(text) ?? args.fail(`schedule is "${text}", expected five fields`);
}
