/**
 * Maps as Go's functions treat them: they are changed in place (`set`, `merge`), and no key is
 * special. The engine's values are read-only for everybody else; this is where a chart writes.
 */
import { setOwn } from "../std/yaml-node.ts";
import { isGoObject } from "../template/go-object.ts";
import type { TemplateValue } from "../template/template.ts";

export type GoMap = Record<string, TemplateValue>;

export function isMap(value: unknown): value is GoMap {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isGoObject(value);
}

export function getField(map: GoMap, key: string): TemplateValue {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

export function setField(map: GoMap, key: string, value: TemplateValue): void {
  setOwn(map, key, value);
}

export function mapOf(entries: Iterable<readonly [string, TemplateValue]>): GoMap {
  const map: GoMap = {};
  for (const [key, value] of entries) setField(map, key, value);
  return map;
}

/** A map as a value of the engine. */
export function asMapValue(map: GoMap): TemplateValue {
  return map as TemplateValue;
}

/** Copies maps and lists; what they hold else is never changed. */
export function deepCopy(value: TemplateValue): TemplateValue {
  if (Array.isArray(value)) return value.map((item) => deepCopy(item) as never);
  if (!isMap(value)) return value;
  return asMapValue(
    mapOf(Object.entries(value).map(([key, item]) => [key, deepCopy(item)] as const)),
  );
}

export function copyMap(map: GoMap): GoMap {
  return deepCopy(asMapValue(map)) as GoMap;
}
