/** Values of a Motif's inputs, as their types ask. */
import type { Json } from "../std/json.ts";
import type { MotifInput } from "./resolved.ts";

/** `undefined` when the value cannot be that. */
export function inputOfType(value: Json, type: MotifInput["type"]): Json | undefined {
  switch (type) {
    case undefined:
      return value;
    case "string":
      return typeof value === "object" ? undefined : String(value);
    case "int":
      return isNumeric(value) && Number.isSafeInteger(Number(value)) ? Number(value) : undefined;
    case "float":
      return isNumeric(value) && Number.isFinite(Number(value)) ? Number(value) : undefined;
    case "bool":
      return booleanOf(value);
    case "list":
      return Array.isArray(value) ? value : undefined;
    case "map":
      return isMap(value) ? value : undefined;
    default:
      return type satisfies never;
  }
}

function isNumeric(value: Json): boolean {
  return typeof value === "number" || (typeof value === "string" && value.trim() !== "");
}

function isMap(value: Json): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function booleanOf(value: Json): boolean | undefined {
  if (typeof value === "boolean") return value;
  if (value === "true") return true;
  return value === "false" ? false : undefined;
}
