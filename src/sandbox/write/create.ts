/** POST: a new object. */
import type { KubeObject, ObjectMeta } from "../../schema/object.ts";
import type { Json } from "../../std/json.ts";
import { alreadyExists, badRequest, forbidden, notFound } from "../api-error.ts";
import { generationOfNew } from "../kinds/generation.ts";
import { strategyOf } from "../kinds/strategies.ts";
import { type Site, timestamp } from "../site.ts";
import { decodeObject } from "./decode.ts";
import { ownersAfterUpdate, ownershipOf, validateObject, withOwners } from "./finish.ts";
import { keyOf, resourceSubject, type Target, type WriteOptions } from "./request.ts";

const GENERATED_SUFFIX = 5;
const NAME_MAX = 63;
/** Names are made again when they are taken, as the server does. */
const NAME_ATTEMPTS = 8;

/** @throws ApiError with the status that a real server answers. */
export function createObject(
  site: Site,
  request: { readonly target: Target; readonly body: Json },
  options: WriteOptions,
): KubeObject {
  const { target } = request;
  const decoded = decodeObject(request.body, target, options);
  const object = prepareNew(site, decoded, target);
  const context = ownershipOf(site, target, { manager: options.manager, operation: "Update" });
  const managers = ownersAfterUpdate(decoded, undefined, context);
  return storeNew(site, withOwners(object, managers), { target, options });
}

/** The object as it will be stored, but for its owners: identity, prepared, validated. */
export function prepareNew(site: Site, decoded: KubeObject, target: Target): KubeObject {
  checkNamespaceOf(decoded, target);
  const named = { ...decoded, metadata: newMetadata(site, decoded.metadata, target) };
  checkNamespaceIsOpen(site, target, named.metadata.name);
  const { kind } = target;
  const bare = kind.resource.hasStatus ? withoutStatus(named) : named;
  const prepared = strategyOf(kind).prepareCreate?.(bare, site) ?? bare;
  validateObject(prepared, undefined, target);
  return prepared;
}

export function storeNew(
  site: Site,
  object: KubeObject,
  { target, options }: { readonly target: Target; readonly options: WriteOptions },
): KubeObject {
  const { collection } = target.kind;
  const { name } = object.metadata;
  const key = keyOf({ namespace: target.namespace, name });
  if (site.store.get(collection, key) !== undefined) {
    throw alreadyExists(resourceSubject({ ...target, name }));
  }
  options.warnings.push(...(strategyOf(target.kind).warn?.(object) ?? []));
  return options.dryRun ? object : site.store.put(collection, object);
}

export function checkNamespaceOf({ metadata }: KubeObject, { kind, namespace }: Target): void {
  const given = metadata.namespace ?? "";
  if (!kind.resource.namespaced || given === "" || given === namespace) return;
  throw badRequest(
    "the namespace of the provided object does not match the namespace sent on the request",
  );
}

function newMetadata(site: Site, given: ObjectMeta, target: Target): ObjectMeta {
  const {
    deletionTimestamp: _deletion,
    deletionGracePeriodSeconds: _grace,
    resourceVersion,
    generation: _generation,
    managedFields: _managed,
    namespace: _namespace,
    ...rest
  } = given;
  if (resourceVersion !== undefined && resourceVersion !== "") {
    throw badRequest("resourceVersion should not be set on objects to be created");
  }
  const generation = generationOfNew(target.kind);
  return {
    ...rest,
    name: given.name || generateName(site, given.generateName ?? "", target),
    ...(target.kind.resource.namespaced && { namespace: target.namespace }),
    uid: site.random.uuid(),
    creationTimestamp: timestamp(site.clock),
    ...(generation !== undefined && { generation }),
  };
}

function generateName(site: Site, prefix: string, target: Target): string {
  if (prefix === "") return "";
  const base = prefix.slice(0, NAME_MAX - GENERATED_SUFFIX);
  for (let attempt = 1; ; attempt++) {
    const name = base + site.random.suffix(GENERATED_SUFFIX);
    const key = keyOf({ namespace: target.namespace, name });
    const isTaken = site.store.get(target.kind.collection, key) !== undefined;
    if (!isTaken || attempt === NAME_ATTEMPTS) return name;
  }
}

/** Contents need a namespace that exists and is not going away. */
function checkNamespaceIsOpen(site: Site, target: Target, name: string): void {
  const { namespace, kind } = target;
  if (!kind.resource.namespaced) return;
  const found = site.store.get("namespaces", namespace);
  if (found === undefined) throw notFound({ group: "", kind: "namespaces", name: namespace });
  if (found.metadata.deletionTimestamp === undefined) return;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const cause = {
    reason: "NamespaceTerminating",
    message: `namespace ${namespace} is being terminated`,
    field: "metadata.namespace",
  };
  throw forbidden(resourceSubject({ ...target, name }), why, [cause]);
}

function withoutStatus(object: KubeObject): KubeObject {
  const { status: _, ...rest } = object;
  return rest as KubeObject;
}
