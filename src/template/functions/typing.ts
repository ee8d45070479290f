/** Asking for types and converting between them. */
import { isJsonObject, type Json } from "../../std/json.ts";
import type { TemplateValue } from "../template.ts";
import type { Arguments } from "./arguments.ts";
import { type FunctionRow, functionGroup } from "./function-group.ts";
import { describeValue, type TypeName, textOf, typeNameOf } from "./value.ts";

const TRUE_TEXTS = new Set(["true", "1", "yes", "on"]);
const FALSE_TEXTS = new Set(["false", "0", "no", "off", ""]);

export const typeFunctions = functionGroup({
  title: "Types",
  about: "An absent value converts to the zero value of the target: `0`, `false`, empty text.",
  given: {
    spec: { replicas: "3", ratio: 3.7, enabled: "yes", regions: ["eu", "us"], size: { cpu: 1 } },
  },
  rows: [
    {
      signature: "toInt value",
      summary: "A whole number; the fraction is dropped, true is 1.",
      example: ["{{ toInt .spec.ratio }}", "3"],
      call: (args) => Math.trunc(toNumber(args)),
    },
    {
      signature: "toFloat value",
      summary: "A number.",
      example: ['{{ toFloat "0.75" }}', "0.75"],
      call: toNumber,
    },
    {
      signature: "toBool value",
      summary:
        "A boolean from `true`/`false`, `yes`/`no`, `on`/`off`, `1`/`0`; other text is an error.",
      example: ["{{ toBool .spec.enabled }}", "true"],
      call: toBoolean,
    },
    {
      signature: "toString value",
      summary: "The text; lists and maps as JSON.",
      example: ["{{ toString .spec.size }}", '{"cpu":1}'],
      call: (args) => textOf(args.value(0)),
    },
    {
      signature: "asString value",
      summary: "The same as `toString`.",
      example: ["{{ asString .spec.ratio }}", "3.7"],
      call: (args) => textOf(args.value(0)),
    },
    {
      signature: "toList text",
      reads: "texts",
      summary: "The list of a comma-separated text, spaces trimmed; a list stays what it is.",
      example: ['{{ join (toList "a, b,c") "|" }}', "a|b|c"],
      call: (args) => {
        if (Array.isArray(args.value(0))) return args.list(0);
        const text = args.text(0).trim();
        return text === "" ? [] : text.split(",").map((part) => part.trim());
      },
    },
    {
      signature: "asList value",
      reads: "texts",
      summary: "A list, also from its JSON text; an empty list for anything else.",
      example: [`{{ len (asList "[1, 2]") }}`, "2"],
      call: (args) => {
        const value = parsed(args.value(0));
        return Array.isArray(value) ? value : [];
      },
    },
    {
      signature: "asMap value",
      reads: "texts",
      summary: "A map, also from its JSON text; an empty map for anything else.",
      example: [`{{ (asMap "{\\"tier\\": \\"gold\\"}").tier }}`, "gold"],
      call: (args) => {
        const value = parsed(args.value(0));
        return isJsonObject(value) ? value : {};
      },
    },
    {
      signature: "typeOf value",
      reads: "nothing",
      summary: "`string`, `number`, `bool`, `map`, `slice` or `null`.",
      example: ["{{ typeOf .spec.regions }}", "slice"],
      call: (args) => typeNameOf(args.value(0)),
    },
    typeTest("typeMap", "map", [".spec.size", "true"]),
    typeTest("typeList", "slice", [".spec.regions", "true"]),
    typeTest("typeString", "string", [".spec.ratio", "false"]),
    typeTest("typeNumber", "number", [".spec.ratio", "true"]),
    typeTest("typeBool", "bool", [".spec.enabled", "false"]),
    typeTest("typeNull", "null", [".spec.missing", "true"]),
    {
      signature: "isScalar value",
      reads: "nothing",
      summary: "Whether the value is text, a number or a boolean.",
      example: ["{{ isScalar .spec.ratio }}", "true"],
      call: (args) => ["string", "number", "bool"].includes(typeNameOf(args.value(0))),
    },
    {
      signature: "isComposite value",
      reads: "nothing",
      summary: "Whether the value is a list or a map.",
      example: ["{{ isComposite .spec.size }}", "true"],
      call: (args) => ["map", "slice"].includes(typeNameOf(args.value(0))),
    },
    {
      signature: "len value",
      reads: "texts",
      summary: "The number of characters, elements or keys; 0 for an absent value.",
      example: ["{{ len .spec.regions }}", "2"],
      call: lengthOf,
    },
  ],
});

function typeTest(
  name: string,
  type: TypeName,
  [path, output]: readonly [string, string],
): FunctionRow {
  return {
    signature: `${name} value`,
    reads: "nothing",
    summary: `Whether \`typeOf\` the value is \`${type}\`.`,
    example: [`{{ ${name} ${path} }}`, output],
    call: (args) => typeNameOf(args.value(0)) === type,
  };
}

function toNumber(args: Arguments): number {
  const value = args.value(0);
  return typeof value === "boolean" ? Number(value) : args.number(0);
}

function toBoolean(args: Arguments): boolean {
  const value = args.value(0);
  if (typeof value === "number") return value !== 0;
  const text = args.text(0).trim().toLowerCase();
  if (TRUE_TEXTS.has(text)) return true;
  if (FALSE_TEXTS.has(text)) return false;
  return args.fail(`value is ${describeValue(value)}, expected "true" or "false"`);
}

function parsed(value: TemplateValue): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value) as Json;
  } catch {
    return undefined;
  }
}

function lengthOf(args: Arguments): number {
  const value = args.value(0);
  if (value === undefined || value === null) return 0;
  if (typeof value === "string") return [...value].length;
  if (Array.isArray(value)) return value.length;
  if (isJsonObject(value)) {
    const { length } = Object.keys(value);
    args.call.meter.spend(length);
    return length;
  }
  return args.fail(`value is ${describeValue(value)}, expected text, a list or a map`);
}
