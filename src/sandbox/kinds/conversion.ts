/**
 * Stored objects in the form of the kind that a request names. Versions of custom kinds differ by
 * name only (`strategy: None`); Events are one collection under two groups with other field names.
 */
import type { KubeObject } from "../../schema/object.ts";
import { isJsonObject, type Json } from "../../std/json.ts";
import type { ServedKind } from "./kind.ts";

const CORE_EVENT = "v1";
const NEW_EVENT = "events.k8s.io/v1";

/** core/v1 name → events.k8s.io/v1 name. */
const RENAMED: readonly (readonly [string, string])[] = [
  ["involvedObject", "regarding"],
  ["message", "note"],
  ["source", "deprecatedSource"],
  ["firstTimestamp", "deprecatedFirstTimestamp"],
  ["lastTimestamp", "deprecatedLastTimestamp"],
  ["count", "deprecatedCount"],
  ["reportingComponent", "reportingController"],
];

export function inServedForm(object: KubeObject, kind: ServedKind): KubeObject {
  if (object.apiVersion === kind.apiVersion) return object;
  if (kind.collection !== "events") return { ...object, apiVersion: kind.apiVersion };
  return kind.apiVersion === NEW_EVENT
    ? renamed(object, NEW_EVENT, 1)
    : renamed(object, CORE_EVENT, 0);
}

function renamed(object: KubeObject, apiVersion: string, to: 0 | 1): KubeObject {
  const names = new Map(RENAMED.map((pair) => [pair[1 - to], pair[to]]));
  const entries = Object.entries(object as unknown as Record<string, Json>).map(([key, value]) => [
    names.get(key) ?? key,
    isJsonObject(value) ? { ...value } : value,
  ]);
  return { ...Object.fromEntries(entries), apiVersion } as KubeObject;
}
