/**
 * What template functions ask of a single value: is it empty, what is it as text, as a number. One
 * place, so that `empty`, `default`, `ternary` and `coalesce` never disagree. Own keys only.
 */
import { canonicalJson, isDeepEqual, isJsonObject, type Json } from "../../std/json.ts";
import { formatNumber } from "../go-number.ts";
import type { TemplateValue } from "../template.ts";

/** Text that Go prints for a missing value; a nested template may have left it behind. */
const NO_VALUE = "<no value>";

/** Absent, `null`, `""`, `0`, `false`, an empty list or map: what a Go template takes for false. */
export function isEmptyValue(value: TemplateValue): boolean {
  if (value === undefined || value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  if (isJsonObject(value)) return Object.keys(value).length === 0;
  return value === "" || value === 0 || value === false || value === NO_VALUE;
}

/** Scalars as a template prints them, lists and maps as JSON with sorted keys, absent as `""`. */
export function textOf(value: TemplateValue): string {
  if (value === undefined || value === null || value === NO_VALUE) return "";
  if (typeof value === "number") return formatNumber(value);
  return typeof value === "object" ? canonicalJson(value) : String(value);
}

/** The number that a value is or spells; `undefined` when it is none. */
export function numberOf(value: TemplateValue): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value !== "string") return undefined;
  const text = value.trim();
  if (!/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text)) return undefined;
  const number = Number(text);
  return Number.isFinite(number) ? number : undefined;
}

export type TypeName = "string" | "number" | "bool" | "map" | "slice" | "null";

/** The names that `typeOf`, as a function and as a condition, answers. */
export function typeNameOf(value: TemplateValue): TypeName {
  if (value === undefined || value === null) return "null";
  if (Array.isArray(value)) return "slice";
  switch (typeof value) {
    case "string":
      return "string";
    case "number":
      return "number";
    case "boolean":
      return "bool";
    default:
      return "map";
  }
}

/** Whether the list has the value; a scalar and its text count as the same. */
export function hasElement(list: readonly Json[], wanted: TemplateValue): boolean {
  const text = typeof wanted === "object" ? undefined : textOf(wanted);
  return list.some(
    (item) =>
      isDeepEqual(item, wanted ?? null) || (typeof item !== "object" && textOf(item) === text),
  );
}

/** Of a text in a message, which may end in the status of an object. */
const MAX_SHOWN = 100;

/** How a value is named in an error message. */
export function describeValue(value: TemplateValue): string {
  if (value === undefined || value === null) return "absent";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  if (typeof value !== "string") return textOf(value);
  const isLong = value.length > MAX_SHOWN;
  return JSON.stringify(isLong ? `${value.slice(0, MAX_SHOWN)}…` : value);
}

/** The own value of a key; never one that a prototype brings. */
export function ownValue(container: TemplateValue, key: string | number): TemplateValue {
  if (typeof container !== "object" || container === null) return undefined;
  if (Array.isArray(container) && !/^\d+$/.test(String(key))) return undefined;
  if (!Object.hasOwn(container, key)) return undefined;
  return (container as Readonly<Record<string | number, Json | undefined>>)[key];
}
