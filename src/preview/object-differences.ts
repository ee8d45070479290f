/**
 * What differs between an object before and after, field by field and both ways: what is set, what is
 * changed, what goes. Values that may be secret are never part of it. Pure.
 */
import type { FieldChange } from "../apply/changes.ts";
import { strip } from "../kube/store.ts";
import { conditionChanges } from "../runtime/own-changes.ts";
import { fieldDifferences } from "../schema/differences.ts";
import { fieldPath } from "../schema/field-path.ts";
import type { SchemaNode } from "../schema/node.ts";
import type { KubeObject } from "../schema/object.ts";
import { isJsonObject, type Json, type JsonObject } from "../std/json.ts";
import { redact } from "../telemetry/redact.ts";

export function objectDifferences(
  before: KubeObject,
  after: KubeObject,
  schema?: SchemaNode,
): readonly FieldChange[] {
  const [was, is] = [before, after].map(comparable) as [JsonObject, JsonObject];
  const conditions = conditionChanges(conditionsOf(before), conditionsOf(after));
  const set = fieldDifferences(is, was, schema);
  const known = new Set(set.map(({ path }) => path));
  const gone = fieldDifferences(was, is, schema).filter(
    ({ path, before: rest }) => rest === undefined && isGone(path, known),
  );
  const changes: FieldChange[] = [
    ...set,
    ...gone.map(({ path, after: value }) => ({
      path,
      ...(value !== undefined && { before: value }),
    })),
    ...conditions,
  ];
  return changes.map((change) => hideSecrets(change, after.kind));
}

/** What the author of an object says beside its name, field by field. */
export function createdFields({ kind, ...object }: KubeObject): readonly FieldChange[] {
  const { apiVersion: _, metadata: __, ...said } = object;
  return leavesOf(said as unknown as JsonObject, "").map((field) => hideSecrets(field, kind));
}

/** Lists are told as a whole. */
function leavesOf(value: JsonObject, path: string): readonly FieldChange[] {
  return Object.entries(value).flatMap(([key, after]) => {
    if (after === undefined) return [];
    const own = fieldPath(path, key);
    const isBranch = isJsonObject(after) && Object.keys(after).length > 0;
    return isBranch ? leavesOf(after, own) : [{ path: own, after }];
  });
}

/** They are told by their type, whatever the CRD says of the list. */
function conditionsOf({ status }: KubeObject): Json | undefined {
  const conditions = isJsonObject(status) ? status["conditions"] : undefined;
  return Array.isArray(conditions) ? conditions : undefined;
}

/** What lies within a field that is told as a whole is told with it. */
function isGone(path: string, known: ReadonlySet<string>): boolean {
  for (const other of known) {
    if (path.startsWith(`${other}.`) || path.startsWith(`${other}[`)) return false;
  }
  return true;
}

/** What the server counts by itself, and what it keeps books of. */
function comparable(object: KubeObject): JsonObject {
  const { metadata, ...all } = strip(object);
  const rest = conditionsOf(object) ? { ...all, status: withoutConditions(all.status) } : all;
  const {
    resourceVersion: _,
    generation: __,
    uid: ___,
    creationTimestamp: ____,
    ...meta
  } = metadata;
  return { ...rest, metadata: meta } as unknown as JsonObject;
}

function withoutConditions(status: Json | undefined): Json | undefined {
  if (!isJsonObject(status)) return status;
  const { conditions: _, ...rest } = status;
  return rest;
}

function hideSecrets(change: FieldChange, kind: string): FieldChange {
  const { path } = change;
  if (kind === "Secret" && /^(data|stringData)\b/.test(path)) return { path };
  // By the name of the field, as the log does it, and of the fields below.
  const name = path.split(/[.[]/).at(-1) ?? path;
  return {
    path,
    ...(change.before !== undefined && { before: shown(name, change.before) }),
    ...(change.after !== undefined && { after: shown(name, change.after) }),
  };
}

function shown(name: string, value: Json): Json {
  return redact({ [name]: value })[name] as Json;
}
