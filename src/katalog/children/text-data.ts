/** `data` of ConfigMaps and Secrets: every value is text, and an empty one is a value. */
import { isJsonObject, type Json } from "../../std/json.ts";
import { type FieldSpec, text } from "./field.ts";
import { ChildFieldError } from "./field-error.ts";

export const dataField: FieldSpec = { kind: "json", shape: "object", members: text };

/** Key → text. Throws `ChildFieldError` for a value that is a map or a list. */
export function readData(data: Json | undefined): Readonly<Record<string, string>> {
  if (!isJsonObject(data)) return {};
  const entries = Object.entries(data).flatMap(([key, value]): [string, string][] => {
    if (value === undefined || value === null) return [];
    if (typeof value === "object") {
      throw new ChildFieldError(
        `data.${key}`,
        value,
        "text (toJson makes text of a map or a list)",
      );
    }
    return [[key, String(value)]];
  });
  return Object.fromEntries(entries);
}
