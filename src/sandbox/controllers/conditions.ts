/** Conditions of built-in kinds, with times that move only when the status does. */
import type { KubeObject } from "../../schema/object.ts";
import { isJsonObject, type JsonObject } from "../../std/json.ts";
import { objectIn } from "../kinds/strategies-workload.ts";
import { type Site, timestamp } from "../site.ts";

export interface Fact {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason?: string;
  readonly message?: string;
}

export function knownConditions({ status }: KubeObject): readonly JsonObject[] {
  const conditions = objectIn(status)["conditions"];
  return Array.isArray(conditions) ? conditions.filter(isJsonObject) : [];
}

export function conditionOf(object: KubeObject, type: string): JsonObject | undefined {
  return knownConditions(object).find((condition) => condition["type"] === type);
}

/** `timed` names further time fields, set when anything in the condition changed. */
export function condition(
  site: Site,
  object: KubeObject,
  { fact, timed = [] }: { readonly fact: Fact; readonly timed?: readonly string[] },
): JsonObject {
  const before = conditionOf(object, fact.type);
  const now = timestamp(site.clock);
  const isSameStatus = before?.["status"] === fact.status;
  const isSame =
    isSameStatus && before?.["reason"] === fact.reason && before?.["message"] === fact.message;
  const times = timed.map((field) => [field, (isSame ? before?.[field] : undefined) ?? now]);
  const transition = (isSameStatus ? before?.["lastTransitionTime"] : undefined) ?? now;
  return { ...fact, lastTransitionTime: transition, ...Object.fromEntries(times) };
}

export function isReady(pod: KubeObject): boolean {
  return (
    conditionOf(pod, "Ready")?.["status"] === "True" && pod.metadata.deletionTimestamp === undefined
  );
}
