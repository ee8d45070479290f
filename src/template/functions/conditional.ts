/** Choosing a value. Empty is what a Go template takes for false. */
import type { TemplateValue } from "../template.ts";
import type { Arguments } from "./arguments.ts";
import { functionGroup } from "./function-group.ts";
import { isEmptyValue, textOf } from "./value.ts";

export const conditionalFunctions = functionGroup({
  title: "Conditional",
  reads: "nothing",
  about:
    'Empty means absent, `null`, `""`, `0`, `false`, an empty list or an empty map. Text such as `"false"` is not empty.',
  given: { spec: { image: "nginx:1.27", mode: "production", suspend: true, replicas: 0 } },
  rows: [
    {
      signature: "ternary condition then else",
      summary: "then when the condition is not empty, else otherwise.",
      example: ['{{ ternary .spec.image "custom" "standard" }}', "custom"],
      call: (args) => args.value(isEmptyValue(args.value(0)) ? 2 : 1),
    },
    {
      signature: "boolTernary condition then else",
      reads: "texts",
      summary: "As `ternary` for a boolean (which may be quoted); anything else is an error.",
      example: ['{{ boolTernary .spec.suspend "Suspended" "Active" }}', "Suspended"],
      call: (args) => args.value(strictBoolean(args) ? 1 : 2),
    },
    {
      signature: "boolDefault value fallback",
      summary: "The value when it is a boolean, else the fallback.",
      example: ["{{ boolDefault .spec.paused true }}", "true"],
      call: (args) => (typeof args.value(0) === "boolean" ? args.value(0) : args.value(1)),
    },
    {
      signature: "eqTernary value target then else",
      reads: "everything",
      summary: "then when value and target are the same text, else otherwise.",
      example: ['{{ eqTernary .spec.mode "production" "strict" "lax" }}', "strict"],
      call: (args) => args.value(textOf(args.value(0)) === textOf(args.value(1)) ? 2 : 3),
    },
    {
      signature: "coalesce [value...]",
      summary: "The first value that is not empty.",
      example: ['{{ coalesce .spec.registry .spec.image "none" }}', "nginx:1.27"],
      call: (args) => args.values.find((value) => !isEmptyValue(value)),
    },
    {
      signature: "default fallback value",
      summary:
        "The value, or the fallback when it is empty. Called with a path first and a literal second, the path is the value, as in older Katalogs.",
      example: ["{{ .spec.replicas | default 2 }}", "2"],
      advise: (isLiteral) =>
        isOlderOrder(isLiteral)
          ? "The fallback of default stands first now: default fallback value; here the literal is taken as the fallback"
          : undefined,
      call: valueOrFallback,
    },
    {
      signature: "empty value",
      summary: "Whether the value is empty.",
      example: ["{{ empty .spec.replicas }}", "true"],
      call: (args) => isEmptyValue(args.value(0)),
    },
    {
      signature: "notEmpty value",
      summary: "Whether the value is not empty.",
      example: ["{{ notEmpty .spec.image }}", "true"],
      call: (args) => !isEmptyValue(args.value(0)),
    },
  ],
});

function strictBoolean(args: Arguments): boolean {
  const value = args.value(0);
  if (typeof value === "boolean") return value;
  const text = args.text(0);
  if (text === "true" || text === "false" || text === "") return text === "true";
  return args.fail(`condition is ${JSON.stringify(value)}, expected true or false`);
}

function valueOrFallback(args: Arguments): TemplateValue {
  const [value, fallback] = isOlderOrder(args.call.isLiteral) ? [0, 1] : [1, 0];
  return args.value(isEmptyValue(args.value(value)) ? fallback : value);
}

/** `default .spec.y "x"`, as older Katalogs have it. */
function isOlderOrder([isFirstLiteral, isSecondLiteral]: readonly boolean[]): boolean {
  return isFirstLiteral === false && isSecondLiteral === true;
}
