/** What Go's reflection says of a value, and the conversions that sprig's functions share. */

import { GoNumber, type GoObject, isGoObject } from "../../template/go-object.ts";
import { goText } from "../../template/go-print.ts";
import { isTrue } from "../../template/go-value.ts";
import type { CallMeter, TemplateValue } from "../../template/template.ts";
import { isMap } from "../go-map.ts";
import { GoBytes } from "../objects/bytes.ts";
import { goInteger } from "../yaml-scalar.ts";

export function kindOf(value: TemplateValue): string {
  if (value === null || value === undefined) return "invalid";
  if (isGoObject(value)) return value.kind;
  if (Array.isArray(value)) return "slice";
  switch (typeof value) {
    case "string":
      return "string";
    case "boolean":
      return "bool";
    case "number":
      return Number.isInteger(value) ? "int" : "float64";
    default:
      return "map";
  }
}

/** Sprig's `empty`: structs and pointers that are there are never empty. */
export function isEmpty(value: TemplateValue): boolean {
  return !isTrue(value);
}

/** Sprig's text of any value. */
export function textOf(value: TemplateValue): string {
  if (value instanceof GoBytes) return value.decoded();
  return goText(value, "<nil>");
}

/** `cast.ToInt64`: what cannot be converted is 0. */
export function toInteger(value: TemplateValue): number {
  if (value instanceof GoNumber) return wholeOf(value.value);
  if (typeof value === "number") return wholeOf(value);
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value !== "string") return 0;
  return goInteger(value.replace(/\.0+$/, "")) ?? underscored(value);
}

/** Underscores may part digits only in numbers with a prefix. */
function underscored(text: string): number {
  if (!/^[-+]?0(?:[xXbBoO]_?)?[\da-fA-F]+(?:_[\da-fA-F]+)+$/.test(text)) return 0;
  return goInteger(text.replaceAll("_", "")) ?? 0;
}

function wholeOf(value: number): number {
  const whole = Math.trunc(value);
  return whole === 0 || Number.isNaN(whole) ? 0 : whole;
}

/** `cast.ToFloat64`. */
export function toFloat(value: TemplateValue): number {
  if (value instanceof GoNumber) return value.value;
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  return typeof value === "string" ? (parseFloatText(value) ?? 0) : 0;
}

/** `strconv.ParseFloat`. */
export function parseFloatText(text: string): number | undefined {
  if (/^[-+]?(?:inf|infinity)$/i.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  if (/^nan$/i.test(text)) return Number.NaN;
  if (!/^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/.test(text)) return undefined;
  return Number(text);
}

/**
 * `reflect.DeepEqual`: numbers are equal only when their types are. Each of the pairs that are compared
 * costs a step.
 */
export function isSame(
  left: TemplateValue,
  right: TemplateValue,
  meter: Pick<CallMeter, "spend">,
): boolean {
  meter.spend(1);
  if (left === right) return true;
  const [first, second] = [left ?? null, right ?? null];
  if (first === null || second === null) return first === second;
  if (first instanceof GoNumber && second instanceof GoNumber) {
    return first.value === second.value && first.typeName === second.typeName;
  }
  if (Array.isArray(first) && Array.isArray(second)) {
    return (
      first.length === second.length && first.every((item, at) => isSame(item, second[at], meter))
    );
  }
  if (!isMap(first) || !isMap(second)) {
    return first instanceof GoBytes && second instanceof GoBytes && first.equals(second);
  }
  const keys = Object.keys(first);
  return (
    keys.length === Object.keys(second).length &&
    keys.every((key) => Object.hasOwn(second, key) && isSame(first[key], second[key], meter))
  );
}

/** The elements of a slice of any type; `undefined` for everything else. */
export function elementsOf(value: TemplateValue): readonly TemplateValue[] | undefined {
  if (Array.isArray(value)) return value;
  if (!isGoObject(value) || value.kind !== "slice") return undefined;
  const entries = (value as GoObject).entries() ?? [];
  return entries.map(([, item]) => item);
}

/** Sprig's `toStrings`: nothing is left out; what is no list is a list of one. */
export function toStrings(value: TemplateValue): string[] {
  const items = elementsOf(value);
  if (items) return items.filter((item) => item !== null && item !== undefined).map(textOf);
  return value === null || value === undefined ? [] : [textOf(value)];
}
