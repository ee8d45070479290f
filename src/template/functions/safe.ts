/** Reaching into values that may not be there, or not be what they should be. */
import type { TemplateValue } from "../template.ts";
import { functionGroup } from "./function-group.ts";
import { isEmptyValue, ownValue, textOf } from "./value.ts";

export const safeFunctions = functionGroup({
  title: "Safe access",
  reads: "nothing",
  about: "None of these fails on a value that is absent or of another type.",
  given: {
    spec: { replicas: 3, image: 7, ports: [{ name: "http" }] },
    children: { cronjob: { status: { lastScheduleTime: "2026-05-19T10:00:00Z" } } },
  },
  rows: [
    {
      signature: "get value [key...]",
      reads: "texts",
      summary: "What lies behind the keys, one after the other (an index for a list).",
      example: ['{{ get .children.cronjob "status" "lastScheduleTime" }}', "2026-05-19T10:00:00Z"],
      call(args) {
        const keys = args.values.slice(1);
        args.call.meter.spendOnArguments(keys, "everything");
        return keys.reduce(step, args.value(0));
      },
    },
    {
      signature: "getOr value fallback",
      summary: "The value, or the fallback when it is empty.",
      example: ["{{ getOr .spec.workers 1 }}", "1"],
      call: (args) => args.value(isEmptyValue(args.value(0)) ? 1 : 0),
    },
    {
      signature: "getStringOr value fallback",
      summary: "The value when it is text with something in it, else the fallback.",
      example: ['{{ getStringOr .spec.image "nginx" }}', "nginx"],
      call: (args) => {
        const value = args.value(0);
        return typeof value === "string" && !isEmptyValue(value) ? value : args.value(1);
      },
    },
    {
      signature: "getIntOr value fallback",
      summary: "The value without its fraction when it is a number, else the fallback.",
      example: ["{{ getIntOr .spec.replicas 1 }}", "3"],
      call: (args) => {
        const value = args.value(0);
        return typeof value === "number" ? Math.trunc(value) : args.value(1);
      },
    },
    {
      signature: "getBoolOr value fallback",
      summary: "The value when it is a boolean, else the fallback.",
      example: ["{{ getBoolOr .spec.enabled true }}", "true"],
      call: (args) => args.value(typeof args.value(0) === "boolean" ? 0 : 1),
    },
  ],
});

function step(value: TemplateValue, key: TemplateValue): TemplateValue {
  return ownValue(value, textOf(key));
}
