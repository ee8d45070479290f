/** PUT, and what every patch ends in: a new state for an object that exists. */
import type { KubeObject, ObjectMeta } from "../../schema/object.ts";
import type { Json } from "../../std/json.ts";
import {
  badRequest,
  conflict,
  forbiddenField,
  invalid,
  invalidValue,
  notFound,
  STALE_OBJECT,
} from "../api-error.ts";
import { inServedForm } from "../kinds/conversion.ts";
import { generationAfter } from "../kinds/generation.ts";
import { strategyOf } from "../kinds/strategies.ts";
import type { Site } from "../site.ts";
import { checkNamespaceOf } from "./create.ts";
import { decodeObject } from "./decode.ts";
import {
  commitUpdate,
  ownersAfterUpdate,
  ownershipOf,
  validateObject,
  withOwners,
} from "./finish.ts";
import { keyOf, kindSubject, resourceSubject, type Target, type WriteOptions } from "./request.ts";

/** @throws ApiError with the status that a real server answers. */
export function replaceObject(
  site: Site,
  request: { readonly target: Target; readonly body: Json },
  options: WriteOptions,
): KubeObject {
  const { target } = request;
  const decoded = decodeObject(request.body, target, options);
  checkNames(decoded, target);
  const current = currentObject(site, target);
  checkVersionGiven(decoded, target);
  return updateTo(site, { current, decoded }, { target, options });
}

export function currentObject(site: Site, target: Target): KubeObject {
  const found = site.store.get(target.kind.collection, keyOf(target));
  if (found === undefined) throw notFound(resourceSubject(target));
  return inServedForm(found, target.kind);
}

/** Brings `current` to the state that `decoded` describes, and says what was stored. */
export function updateTo(
  site: Site,
  { current, decoded }: { readonly current: KubeObject; readonly decoded: KubeObject },
  { target, options }: { readonly target: Target; readonly options: WriteOptions },
): KubeObject {
  checkNames(decoded, target);
  checkPreconditions(decoded.metadata, current.metadata, target);
  const prepared = prepareUpdated(decoded, current, target);
  const context = ownershipOf(site, target, { manager: options.manager, operation: "Update" });
  const managers = ownersAfterUpdate(decoded, current, context);
  const updated = withOwners(prepared, managers);
  return commitUpdate(site, { current, updated }, { target, options });
}

/** The new state, but for its owners: what clients may not change is taken from `current`. */
export function prepareUpdated(
  decoded: KubeObject,
  current: KubeObject,
  target: Target,
): KubeObject {
  const { kind } = target;
  const metadata = updatedMetadata(decoded.metadata, current.metadata);
  const merged = mergeSubresource({ ...decoded, metadata }, current, target);
  const prepared =
    target.subresource === "status"
      ? merged
      : (strategyOf(kind).prepareUpdate?.(merged, current) ?? merged);
  const generation = generationAfter(kind, current, prepared);
  const updated = {
    ...prepared,
    metadata: { ...prepared.metadata, ...(generation !== undefined && { generation }) },
  };
  checkFinalizers(updated, current, target);
  validateObject(updated, current, target);
  return updated;
}

function checkNames(decoded: KubeObject, target: Target): void {
  const { name } = decoded.metadata;
  if (name && name !== target.name) {
    throw badRequest(
      `the name of the object (${name}) does not match the name on the URL (${target.name})`,
    );
  }
  checkNamespaceOf(decoded, target);
}

/** Custom objects, unlike built-in ones, cannot be replaced blindly. */
function checkVersionGiven({ metadata }: KubeObject, target: Target): void {
  if (target.kind.custom === undefined || metadata.resourceVersion) return;
  const why = "must be specified for an update";
  const field = "metadata.resourceVersion";
  const message = `Invalid value: 0: ${why}`;
  throw invalid(resourceSubject(target), [{ ...invalidValue(field, 0, why), message }]);
}

function checkPreconditions(given: ObjectMeta, current: ObjectMeta, target: Target): void {
  if (given.uid && given.uid !== current.uid) {
    const { namespace, name, kind } = target;
    const path = ["/registry", kind.collection, namespace, name].filter(Boolean).join("/");
    throw conflict(
      resourceSubject(target),
      `StorageError: invalid object, Code: 4, Key: ${path}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${given.uid}, UID in object meta: ${current.uid}`,
    );
  }
  if (given.resourceVersion && given.resourceVersion !== current.resourceVersion) {
    throw conflict(resourceSubject(target), STALE_OBJECT);
  }
}

function updatedMetadata(given: ObjectMeta, current: ObjectMeta): ObjectMeta {
  const {
    managedFields: _managed,
    deletionTimestamp: _deletion,
    deletionGracePeriodSeconds: _grace,
    generation: _generation,
    ...rest
  } = given;
  return { ...rest, ...serverMetadata(current) };
}

/** What only the server sets. */
function serverMetadata(current: ObjectMeta): ObjectMeta {
  const { name, namespace, uid, resourceVersion, generation } = current;
  const { creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds } = current;
  return {
    name,
    ...(namespace !== undefined && { namespace }),
    ...(uid !== undefined && { uid }),
    ...(resourceVersion !== undefined && { resourceVersion }),
    ...(generation !== undefined && { generation }),
    ...(creationTimestamp !== undefined && { creationTimestamp }),
    ...(deletionTimestamp !== undefined && { deletionTimestamp }),
    ...(deletionGracePeriodSeconds !== undefined && { deletionGracePeriodSeconds }),
  };
}

/** Writes to the object leave its status; writes to `/status` leave the rest. */
function mergeSubresource(given: KubeObject, current: KubeObject, target: Target): KubeObject {
  const { kind, subresource } = target;
  if (!kind.resource.hasStatus) return given;
  if (subresource !== "status") return withStatus(given, current.status);
  const metadata = kind.custom === undefined ? statusMetadata(given, current) : current.metadata;
  return withStatus({ ...current, metadata }, given.status);
}

/** Controllers annotate through `/status`; labels stay. */
function statusMetadata({ metadata }: KubeObject, current: KubeObject): ObjectMeta {
  const { labels: _, ...rest } = metadata;
  const { labels } = current.metadata;
  return labels === undefined ? rest : { ...rest, labels };
}

function withStatus(object: KubeObject, status: Json | undefined): KubeObject {
  const { status: _, ...rest } = object;
  return (status === undefined ? rest : { ...rest, status }) as KubeObject;
}

function checkFinalizers(updated: KubeObject, current: KubeObject, target: Target): void {
  if (current.metadata.deletionTimestamp === undefined) return;
  const before = new Set(current.metadata.finalizers ?? []);
  const added = (updated.metadata.finalizers ?? []).filter((name) => !before.has(name));
  if (added.length === 0) return;
  const list = added.map((name) => JSON.stringify(name)).join(", ");
  const why = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`;
  const wrong = forbiddenField("metadata.finalizers", why);
  // Twice, as two layers of the server say it.
  throw invalid(kindSubject(target), [wrong, wrong]);
}
