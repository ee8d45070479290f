/**
 * Who owns what after a write. `recordUpdate` follows creates, updates and patches; `applyFields` is
 * server-side apply. Source: https://kubernetes.io/docs/reference/using-api/server-side-apply/.
 *
 * Guarantees: pure; the objects given are not changed. Fields that identify an object or that only
 * the server sets are never owned.
 */
import type { SchemaNode } from "../../schema/node.ts";
import { isDeepEqual, type Json, type JsonObject } from "../../std/json.ts";
import { collectFields, withNamedFields } from "./collect.ts";
import { compareObjects } from "./compare.ts";
import { type FieldPath, FieldSet } from "./field-set.ts";
import { type ManagerEntry, type Managers, type Writer, writerKey } from "./managers.ts";
import { mergeObjects } from "./merge.ts";
import { removeFields } from "./remove.ts";

/** What a write must know about the kind that it writes. */
export interface OwnershipContext {
  readonly node: SchemaNode;
  readonly writer: Writer;
  /** RFC 3339 text for entries that change. */
  readonly now: string;
  /** Fields that this endpoint never writes: `status` on the object, the rest on `/status`. */
  readonly ignored: FieldSet;
}

export interface FieldConflict {
  readonly entry: ManagerEntry;
  readonly path: FieldPath;
}

const SERVER_FIELDS = FieldSet.of(
  ["f:apiVersion"],
  ["f:kind"],
  ["f:metadata"],
  ...[
    "name",
    "namespace",
    "creationTimestamp",
    "selfLink",
    "uid",
    "clusterName",
    "generation",
    "managedFields",
    "resourceVersion",
  ].map((field) => ["f:metadata", `f:${field}`]),
);

/** The owners after `updated` replaced `live`. */
export function recordUpdate(
  live: Json,
  updated: Json,
  context: OwnershipContext & { readonly managers: Managers },
): Managers {
  const { node, writer, now, ignored } = context;
  const { added, modified, removed } = compareObjects(node, live, updated);
  const taken = strip(modified.union(added)).without(ignored);
  const gone = removed.without(ignored);
  const managers = release(context.managers, { taken, gone, except: undefined });
  if (taken.isEmpty) return managers;
  const key = writerKey(writer);
  const former = managers.get(key)?.fields ?? new FieldSet();
  managers.set(key, { ...writer, time: now, fields: former.union(taken) });
  return managers;
}

export type ApplyResult =
  | { readonly kind: "applied"; readonly object: Json; readonly managers: Managers }
  | { readonly kind: "conflict"; readonly conflicts: readonly FieldConflict[] };

/** `live` merged with `applied`, less what the applier owned alone and no longer states. */
export function applyFields(
  live: Json,
  applied: Json,
  context: OwnershipContext & {
    readonly managers: Managers;
    readonly force: boolean;
  },
): ApplyResult {
  const { node, writer, now, ignored, force } = context;
  const key = writerKey(writer);
  const former = context.managers.get(key);
  const stated = strip(collectFields(node, applied).without(ignored));
  const managers = new Map(context.managers);
  // Without a change the entry keeps its time, and a new one has none.
  managers.set(key, { ...writer, time: former?.time ?? "", fields: stated });

  const merged = mergeObjects(node, live, removeFields(node, applied, ignored));
  const object = former ? prune(node, merged, { managers, former: former.fields }) : merged;
  const { added, modified, removed } = compareObjects(node, live, object);
  const taken = modified.union(added).without(ignored);
  const conflicts = findConflicts(managers, key, taken);
  if (conflicts.length > 0 && !force) return { kind: "conflict", conflicts };

  const gone = removed.without(ignored);
  const after = release(managers, { taken, gone, except: key });
  const own = after.get(key);
  if (own !== undefined && !isDeepEqual(live, object)) after.set(key, { ...own, time: now });
  if (own?.fields.isEmpty) after.delete(key);
  return { kind: "applied", object, managers: after };
}

/** Takes back what the applier no longer states, unless somebody (itself included) owns it. */
function prune(
  node: SchemaNode,
  merged: Json,
  { managers, former }: { readonly managers: Managers; readonly former: FieldSet },
): Json {
  const candidates = withNamedFields(former, node);
  const present = withNamedFields(collectFields(node, merged), node);
  let owned = new FieldSet();
  for (const entry of managers.values()) owned = owned.union(entry.fields);
  const kept = withNamedFields(owned, node);
  const without = removeFields(node, merged, candidates);
  const left = withNamedFields(collectFields(node, without), node);
  const lost = present.difference(left).difference(kept);
  return removeFields(node, merged, lost.intersection(candidates));
}

/** Other managers lose what was taken from them or removed from the object. */
function release(
  managers: Managers,
  change: {
    readonly taken: FieldSet;
    readonly gone: FieldSet;
    readonly except: string | undefined;
  },
): Map<string, ManagerEntry> {
  const result = new Map<string, ManagerEntry>();
  for (const [key, entry] of managers) {
    const fields =
      key === change.except
        ? entry.fields
        : entry.fields.difference(change.taken).difference(change.gone);
    if (!fields.isEmpty || key === change.except) result.set(key, { ...entry, fields });
  }
  return result;
}

function findConflicts(managers: Managers, own: string, taken: FieldSet): FieldConflict[] {
  const conflicts: FieldConflict[] = [];
  for (const [key, entry] of managers) {
    if (key === own) continue;
    for (const path of entry.fields.intersection(taken).paths()) conflicts.push({ entry, path });
  }
  return conflicts;
}

function strip(fields: FieldSet): FieldSet {
  return fields.difference(SERVER_FIELDS);
}

/** Field sets of other managers for the object that a caller sends with `managedFields` of its own. */
export function isManagersReset(managedFields: Json | undefined): boolean {
  if (!Array.isArray(managedFields)) return false;
  if (managedFields.length === 0) return true;
  const only = managedFields[0] as JsonObject | null;
  return managedFields.length === 1 && only !== null && Object.keys(only).length === 0;
}
