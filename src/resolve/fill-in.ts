/** Blocks for other processes, of several documents, become one. */
import { isDeepEqual, isJsonObject, type Json, type JsonObject } from "../std/json.ts";
import { setOwn } from "../std/yaml-node.ts";

/** Lists that are joined; any other list is taken as a whole. */
export const UNIONS: ReadonlySet<string> = new Set(["/notification/teams"]);

/** Field by field, at any depth: what the first says stays. */
export function fillIn(first: JsonObject, more: JsonObject, pointer = ""): JsonObject {
  const result: Record<string, Json | undefined> = { ...first };
  for (const [key, value] of Object.entries(more)) {
    const before = Object.hasOwn(result, key) ? result[key] : undefined;
    const path = `${pointer}/${key}`;
    if (before === undefined) setOwn(result, key, value);
    else if (isJsonObject(before) && isJsonObject(value)) {
      setOwn(result, key, fillIn(before, value, path));
    } else if (UNIONS.has(path) && Array.isArray(before) && Array.isArray(value)) {
      setOwn(result, key, union(before, value));
    }
  }
  return result;
}

function union(first: readonly Json[], more: readonly Json[]): readonly Json[] {
  const isNew = (one: Json) => !first.some((other) => isSame(one, other));
  return [...first, ...more.filter(isNew)];
}

/** Two of one name are one. */
export function isSame(one: Json, other: Json): boolean {
  if (!isJsonObject(one) || !isJsonObject(other)) return isDeepEqual(one, other);
  return one["name"] === undefined ? isDeepEqual(one, other) : one["name"] === other["name"];
}
