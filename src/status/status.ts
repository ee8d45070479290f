/**
 * What happened → the status to store → one merge patch, or nothing.
 *
 * Guarantees: no patch when nothing would change; conditions and fields of others survive; a field
 * that is not declared is not touched. Pure.
 */
import type { KubeObject } from "../schema/object.ts";
import { isDeepEqual, isJsonObject, type Json, type JsonObject } from "../std/json.ts";
import { type Condition, setCondition } from "./conditions.ts";

/** A value for a dotted path below `status`; `undefined` removes the field. */
export interface FieldValue {
  readonly path: string;
  readonly value: Json | undefined;
}

export interface StatusUpdate {
  /** Laid over what is stored, before the fields: a merge patch (RFC 7386). */
  readonly overlay?: JsonObject;
  readonly fields: readonly FieldValue[];
  /** Absent: the Katalog says `conditions: false`. */
  readonly conditions?: readonly Condition[];
  readonly observedGeneration?: number | undefined;
  readonly nowMs: number;
}

/** `stored` with the update made. Shares what did not change; equal when nothing did. */
export function nextStatus(stored: JsonObject, update: StatusUpdate): JsonObject {
  let status = update.overlay ? mergePatch(stored, update.overlay) : stored;
  for (const { path, value } of update.fields) status = setField(status, path, value);
  if (!update.conditions) return status;
  let conditions = status["conditions"];
  for (const condition of update.conditions) {
    conditions = setCondition(conditions, condition, update.nowMs);
  }
  const next: Record<string, Json | undefined> = { ...status };
  if (conditions !== undefined) next["conditions"] = conditions;
  if (update.observedGeneration !== undefined) {
    next["observedGeneration"] = update.observedGeneration;
  }
  return next;
}

/**
 * The body of a merge patch (RFC 7386) of the status subresource that turns the stored status into
 * `next`, or `undefined`. It names the object by uid, so that it cannot meet a successor of the same
 * name; the list of conditions, which is replaced as a whole and which others may add to, ties it to
 * the version that was read.
 */
export function statusPatch(object: KubeObject, next: JsonObject): JsonObject | undefined {
  const stored = statusOf(object);
  if (isDeepEqual(stored, next)) return undefined;
  const status = mergeDifference(stored, next);
  const { uid, resourceVersion } = object.metadata;
  const isShared = status["conditions"] !== undefined;
  return {
    metadata: {
      ...(uid === undefined ? {} : { uid }),
      ...(isShared && resourceVersion !== undefined ? { resourceVersion } : {}),
    },
    status,
  };
}

export function statusOf(object: KubeObject): JsonObject {
  return isJsonObject(object.status) ? object.status : {};
}

/** `path` is dotted. */
function setField(status: JsonObject, path: string, value: Json | undefined): JsonObject {
  const dot = path.indexOf(".");
  if (dot < 0) return setMember(status, path, value);
  const first = path.slice(0, dot);
  const before = Object.hasOwn(status, first) ? status[first] : undefined;
  if (value === undefined && !isJsonObject(before)) return status;
  const inner = setField(isJsonObject(before) ? before : EMPTY, path.slice(dot + 1), value);
  return setMember(status, first, inner);
}

const EMPTY: JsonObject = {};

function setMember(status: JsonObject, key: string, after: Json | undefined): JsonObject {
  const before = Object.hasOwn(status, key) ? status[key] : undefined;
  if (isDeepEqual(before, after)) return status;
  if (after !== undefined) return { ...status, [key]: after };
  const { [key]: _, ...others } = status;
  return others;
}

function mergePatch(before: JsonObject, patch: JsonObject): JsonObject {
  let status = before;
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined) continue;
    const old = Object.hasOwn(status, key) ? status[key] : undefined;
    const after =
      value === null
        ? undefined
        : isJsonObject(value)
          ? mergePatch(isJsonObject(old) ? old : {}, value)
          : value;
    status = setMember(status, key, after);
  }
  return status;
}

function mergeDifference(before: JsonObject, after: JsonObject): JsonObject {
  const patch: Record<string, Json> = {};
  for (const key of Object.keys(before)) {
    if (after[key] === undefined) patch[key] = null;
  }
  for (const key of Object.keys(after)) {
    const next = after[key];
    const last = before[key];
    if (next === undefined || isDeepEqual(last, next)) continue;
    patch[key] = isJsonObject(next) && isJsonObject(last) ? mergeDifference(last, next) : next;
  }
  return patch;
}
