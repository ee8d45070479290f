/**
 * Go's `and`, `or`, `not`. The compiler knows the first two by identity and evaluates their
 * arguments one by one; called as plain functions they choose among finished values.
 */
import { isTrue } from "./go-value.ts";
import type { TemplateFunction, TemplateValue } from "./template.ts";

export const goAnd: TemplateFunction = {
  name: "and",
  reads: "nothing",
  minArgs: 1,
  maxArgs: Number.POSITIVE_INFINITY,
  call: (args) => firstWithTruth(args, false),
};

export const goOr: TemplateFunction = {
  name: "or",
  reads: "nothing",
  minArgs: 1,
  maxArgs: Number.POSITIVE_INFINITY,
  call: (args) => firstWithTruth(args, true),
};

export const goNot: TemplateFunction = {
  name: "not",
  reads: "nothing",
  minArgs: 1,
  maxArgs: 1,
  call: ([value]) => !isTrue(value),
};

function firstWithTruth(args: readonly TemplateValue[], truth: boolean): TemplateValue {
  for (const arg of args) if (isTrue(arg) === truth) return arg;
  return args.at(-1);
}
