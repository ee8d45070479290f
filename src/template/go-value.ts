/**
 * What Go's templates know about a value: its truth, its type's name, the order of texts. JSON has
 * one number type: integral numbers count as Go's `int`, others as `float64`.
 */
import { isGoObject, typeMark } from "./go-object.ts";
import type { TemplateValue } from "./template.ts";

/** False for what is absent, null, false, zero or empty. */
export function isTrue(value: TemplateValue): boolean {
  switch (typeof value) {
    case "boolean":
      return value;
    case "string":
      return value !== "";
    case "number":
      return value !== 0;
    case "object":
      if (isGoObject(value)) return value.isTrue();
      return value !== null && !isEmptyCollection(value);
    default:
      return false;
  }
}

function isEmptyCollection(value: object): boolean {
  if (Array.isArray(value)) return value.length === 0;
  for (const key in value) if (Object.hasOwn(value, key)) return false;
  return true;
}

/** As `%T` prints it. */
export function goTypeName(value: TemplateValue): string {
  switch (typeof value) {
    case "string":
      return "string";
    case "boolean":
      return "bool";
    case "number":
      return Number.isInteger(value) ? "int" : "float64";
    case "object":
      if (value === null) return "<nil>";
      if (isGoObject(value)) return value.typeName;
      return (
        typeMark(value) ?? (Array.isArray(value) ? "[]interface {}" : "map[string]interface {}")
      );
    default:
      return "<nil>";
  }
}

/** Keys that hold something, in the order in which Go prints and ranges over a map. */
export function sortedKeys(value: object): string[] {
  return Object.keys(value)
    .filter((key) => (value as Record<string, unknown>)[key] !== undefined)
    .sort(compareTexts);
}

/** By code point, which is the order of the UTF-8 bytes that Go compares. */
export function compareTexts(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a !== b) return liftSurrogate(a) - liftSurrogate(b);
  }
  return left.length - right.length;
}

/** Moves surrogates above the rest of the basic plane, where their code points are. */
function liftSurrogate(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
