/**
 * The last steps that every write shares: validation, ownership, the decision whether anything
 * changed at all, and the store.
 */
import type { KubeObject } from "../../schema/object.ts";
import { isDeepEqual, type Json, type JsonObject } from "../../std/json.ts";
import { type FieldError, invalid } from "../api-error.ts";
import { FieldSet } from "../fields/field-set.ts";
import { decodeManagers, encodeManagers, type Managers, type Writer } from "../fields/managers.ts";
import { isManagersReset, type OwnershipContext, recordUpdate } from "../fields/ownership.ts";
import { skeletonOf } from "../fields/skeleton.ts";
import { customErrors } from "../kinds/custom-validation.ts";
import { metadataErrors } from "../kinds/names.ts";
import { strategyOf } from "../kinds/strategies.ts";
import { type Site, timestamp } from "../site.ts";
import { keyOf, kindSubject, type Target, type WriteOptions } from "./request.ts";

/** @throws ApiError 422 with everything that is wrong with the object. */
export function validateObject(
  object: KubeObject,
  current: KubeObject | undefined,
  target: Target,
): void {
  const { kind } = target;
  const strategy = strategyOf(kind);
  const errors: FieldError[] = [
    ...metadataErrors(object, strategy.names),
    ...(kind.custom === undefined ? [] : customErrors(object, kind.custom, target.subresource)),
    ...(strategy.validate?.(object, current) ?? []),
  ];
  if (errors.length === 0) return;
  throw invalid(kindSubject({ ...target, name: object.metadata.name }), errors);
}

const STATUS_FIELDS = FieldSet.of(["f:status"]);
const SPEC_FIELDS = FieldSet.of(["f:spec"], ["f:metadata", "f:deletionTimestamp"]);
const NOTHING = new FieldSet();

export function ownershipOf(
  site: Site,
  target: Target,
  writer: Pick<Writer, "manager" | "operation">,
): OwnershipContext {
  const { kind, subresource } = target;
  return {
    node: kind.schema,
    writer: { ...writer, apiVersion: kind.apiVersion, subresource },
    now: timestamp(site.clock),
    ignored: ignoredFields(target),
  };
}

function ignoredFields({ kind, subresource }: Target): FieldSet {
  if (!kind.resource.hasStatus) return NOTHING;
  if (subresource === "") return STATUS_FIELDS;
  if (kind.custom === undefined || kind.schema.type !== "object") return SPEC_FIELDS;
  const others = Object.keys(kind.schema.fields).filter((field) => field !== "status");
  return FieldSet.of(...others.map((field) => [`f:${field}`]));
}

/**
 * The owners that an update leaves, by what the client sent: values that the server adds to that
 * (addresses, selectors) belong to nobody.
 */
export function ownersAfterUpdate(
  decoded: KubeObject,
  current: KubeObject | undefined,
  context: OwnershipContext,
): Managers {
  const live = current ?? skeletonOf(context.node, decoded);
  const managers = managersBefore(current, decoded.metadata.managedFields as Json | undefined);
  if (current !== undefined && managers.size === 0) return managers;
  return recordUpdate(withoutOwners(live), withoutOwners(decoded), { ...context, managers });
}

/** A client may hand owners in: its list replaces the stored one, `[{}]` empties it. */
function managersBefore(current: KubeObject | undefined, sent: Json | undefined): Managers {
  if (isManagersReset(sent)) return new Map();
  const given = decodeManagers(sent);
  return given.size > 0 ? given : decodeManagers(current?.metadata.managedFields);
}

export function withoutOwners(object: KubeObject): Json {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...(object as unknown as JsonObject), metadata: metadata as unknown as JsonObject };
}

export function withOwners(object: KubeObject, managers: Managers): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  if (managers.size === 0) return { ...object, metadata };
  return { ...object, metadata: { ...metadata, managedFields: encodeManagers(managers) } };
}

/** Stores an update, unless nothing changed; an object that nothing holds any more goes away. */
export function commitUpdate(
  site: Site,
  change: { readonly current: KubeObject; readonly updated: KubeObject },
  { target, options }: { readonly target: Target; readonly options: WriteOptions },
): KubeObject {
  const { current, updated } = change;
  const { collection } = target.kind;
  if (isDeepEqual(current, updated)) return current;
  if (target.subresource === "") {
    options.warnings.push(...(strategyOf(target.kind).warn?.(updated) ?? []));
  }
  if (isReleased(updated)) {
    if (options.dryRun) return updated;
    const removed = site.store.remove(collection, keyOf(target));
    const { resourceVersion = "" } = removed?.metadata ?? updated.metadata;
    return { ...updated, metadata: { ...updated.metadata, resourceVersion } };
  }
  return options.dryRun ? updated : site.store.put(collection, updated);
}

/** Being deleted, and neither a finalizer nor a namespace's contents hold it. */
export function isReleased({ metadata, kind, apiVersion, spec }: KubeObject): boolean {
  if (metadata.deletionTimestamp === undefined) return false;
  if ((metadata.finalizers ?? []).length > 0) return false;
  const isNamespace = kind === "Namespace" && apiVersion === "v1";
  const held = isNamespace ? (spec as { finalizers?: readonly string[] } | undefined) : undefined;
  return (held?.finalizers ?? []).length === 0;
}
