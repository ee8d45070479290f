/**
 * `onCreate` and `onReconcile` → child entries in their resolved form. Nothing is rendered; what a
 * shorthand's fields mean is the business of its kind.
 */

import type { ChildEntryDocument, PhaseDocument } from "../katalog/child-entry.ts";
import { CHILD_KEYS } from "../katalog/child-keys.ts";
import { pairs } from "../katalog/children/read.ts";
import type { ChildEntry, ChildKey, Conditional } from "../katalog/resolved.ts";
import { isJsonObject, type Json, type JsonObject, type PathSegment } from "../std/json.ts";
import { checkChildFields } from "./child-fields.ts";
import { resolveConditional, within } from "./conditions.ts";
import type { EntryScope } from "./entry.ts";

export interface ChildSource {
  readonly key: ChildKey;
  readonly entry: ChildEntryDocument;
  /** Below the CRD entry. */
  readonly path: readonly PathSegment[];
  readonly id: string;
  readonly mode: ChildEntry["mode"];
  /** Conditions of the blocks around the entry. */
  readonly outer: Conditional;
  /** Default of the box. */
  readonly forceConflict?: boolean | undefined;
}

/** The two phases that keep children, and what an entry of each is by default. */
const PHASES = [
  { phase: "onCreate", isKept: false },
  { phase: "onReconcile", isKept: true },
] as const;

export interface Phases {
  readonly onCreate?: PhaseDocument;
  readonly onReconcile?: PhaseDocument;
  readonly forceConflict?: boolean;
}

/** Children in the order of the phases, then of the kinds, then of the lists. */
export function resolveChildren(
  scope: EntryScope,
  phases: Phases,
  path: readonly PathSegment[],
): readonly ChildEntry[] {
  return PHASES.flatMap(({ phase, isKept }) => {
    const block = phases[phase];
    if (!block) return [];
    const outer = resolveConditional(scope, block, [...path, phase]);
    return CHILD_KEYS.flatMap((key) =>
      (block[key] ?? []).map((entry, index) =>
        resolveChild(scope, {
          key,
          entry,
          path: [...path, phase, key, index],
          id: `${phase}.${key}[${index}]`,
          mode: modeOf(key, entry, isKept),
          outer,
          forceConflict: phases.forceConflict,
        }),
      ),
    );
  });
}

/** A Job is made once: only `recreate` lets a later template reach it. */
function modeOf(key: ChildKey, entry: ChildEntryDocument, isKept: boolean): ChildEntry["mode"] {
  if (key === "jobs" && entry.recreate !== true) return "create";
  return (entry.reconcile ?? isKept) ? "reconcile" : "create";
}

export function resolveChild(scope: EntryScope, source: ChildSource): ChildEntry {
  const { entry, key, path } = source;
  const identity = key === "custom" ? customIdentity(entry) : {};
  checkChildFields(scope, source);
  if (key === "custom") requireIdentity(scope, source, identity);
  const conditional = within(source.outer, resolveConditional(scope, entry, path), () =>
    scope.report(TWO_ORS, path),
  );
  const name = entry.name ?? identity.name;
  const namespace = entry.namespace ?? identity.namespace;
  return {
    id: source.id,
    key,
    mode: source.mode,
    ...(entry.forEach && {
      forEach: { field: entry.forEach.field, as: entry.forEach.as ?? "item" },
    }),
    fields: key === "custom" ? withoutMetadata(entry.fields) : entry.fields,
    ...(name !== undefined && { name }),
    ...(namespace !== undefined && { namespace }),
    labels: { ...identity.labels, ...defined(entry.labels) },
    annotations: { ...identity.annotations, ...defined(entry.annotations) },
    ...(entry.patch && { patch: entry.patch }),
    ...treatment(scope, source),
    ...conditional,
  };
}

/** How the child is applied and let go: what the entry says, else the box, else the defaults. */
function treatment(scope: EntryScope, { entry, forceConflict }: ChildSource) {
  return {
    forceConflict: entry.forceConflict ?? forceConflict ?? true,
    adopt: entry.adopt ?? false,
    recreate: entry.recreate ?? false,
    whenFalse: entry.whenFalse ?? "delete",
    crossNamespace: entry.crossNamespace ?? scope.settings.allowCrossNamespace,
  } as const;
}

/** What a custom child says of itself: kind, and what stands in its `metadata`. */
export interface CustomIdentity {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, Json>>;
  readonly annotations?: Readonly<Record<string, Json>>;
}

export function customIdentity(entry: ChildEntryDocument): CustomIdentity {
  const { apiVersion, kind, metadata } = entry.fields;
  const meta = isJsonObject(metadata) ? metadata : {};
  return {
    ...textEntry("apiVersion", apiVersion),
    ...textEntry("kind", kind),
    ...textEntry("name", meta["name"]),
    ...textEntry("namespace", meta["namespace"]),
    labels: textMap(meta["labels"]),
    annotations: textMap(meta["annotations"]),
  };
}

/** A map, or a list of `{key, value}`; anything else was reported with the fields. */
function textMap(value: Json | undefined): Readonly<Record<string, Json>> {
  if (Array.isArray(value)) return defined(Object.fromEntries(pairs(value) ?? []));
  return isJsonObject(value) ? defined(value) : {};
}

/** What `metadata` of a custom child may say; everything else of it would be lost. */
const METADATA_KEYS = ["name", "namespace", "labels", "annotations", "namespaced"];

function requireIdentity(
  scope: EntryScope,
  { entry, path, id }: ChildSource,
  { name }: CustomIdentity,
): void {
  const { metadata } = entry.fields;
  // A `metadata` that is no map was reported with the fields.
  const isReadable = metadata === undefined || isJsonObject(metadata);
  if (isReadable && name === undefined && entry.name === undefined) {
    const message = `The key "metadata.name" is missing in ${id}`;
    scope.report({ code: "missing-key", message }, path);
  }
  for (const key of isJsonObject(metadata) ? Object.keys(metadata) : []) {
    if (METADATA_KEYS.includes(key)) continue;
    const message = `Cannot set "metadata.${key}" of ${id}: expected ${METADATA_KEYS.join(", ")}`;
    scope.report({ code: "unsupported", message }, [...path, "metadata", key]);
  }
}

/** Both a block and the one around it have an `or`: the resolved form has room for one. */
export const TWO_ORS = {
  code: "two-ors",
  message: 'An "or" inside a block that has an "or" is not supported by this build',
  hint: 'Move one of the two into "when"',
};

function withoutMetadata(fields: JsonObject): JsonObject {
  const { metadata: _, ...rest } = fields;
  return rest;
}

function textEntry<K extends string>(
  key: K,
  value: Json | undefined,
): { readonly [k in K]?: string } {
  const isText =
    typeof value === "string" || typeof value === "number" || typeof value === "boolean";
  return (isText ? { [key]: String(value) } : {}) as { readonly [k in K]?: string };
}

function defined(map: JsonObject | undefined): Readonly<Record<string, Json>> {
  return (map ?? {}) as Readonly<Record<string, Json>>;
}
