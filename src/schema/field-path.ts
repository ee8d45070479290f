/** Paths of fields as people read them: `spec.template.spec.containers[name=web].image`. */
import type { Json, JsonObject } from "../std/json.ts";

const PLAIN_KEY = /^[A-Za-z0-9_$-]+$/;

/** `parent.key`; keys that hold dots or slashes go in brackets: `metadata.labels[a.b/c]`. */
export function fieldPath(parent: string, key: string): string {
  if (!PLAIN_KEY.test(key)) return `${parent}[${key}]`;
  return parent === "" ? key : `${parent}.${key}`;
}

/** `parent[3]`. */
export function indexPath(parent: string, index: number): string {
  return `${parent}[${index}]`;
}

/** `parent[name=web]`: an item of a keyed list by the values of its keys. */
export function itemPath(parent: string, keys: readonly string[], item: JsonObject): string {
  const parts = keys.flatMap((key) =>
    item[key] === undefined ? [] : [`${key}=${scalarText(item[key])}`],
  );
  return `${parent}[${parts.join(",")}]`;
}

function scalarText(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
