/** What controllers do to objects, by the same ways as clients: defaults, owners and watches included. */
import type { KubeObject, OwnerReference } from "../../schema/object.ts";
import type { Json, JsonObject } from "../../std/json.ts";
import { knownKind } from "../kinds/registry.ts";
import type { Site } from "../site.ts";
import { createObject } from "../write/create.ts";
import { complete } from "../write/decode.ts";
import { deleteObject } from "../write/delete.ts";
import { patchObject } from "../write/patch.ts";
import { internalWrite, type Target } from "../write/request.ts";
import { updateTo } from "../write/update.ts";

const MANAGER = "kube-controller-manager";

function targetOf(
  site: Site,
  { apiVersion, kind, metadata }: KubeObject,
  subresource: Target["subresource"] = "",
): Target {
  const { namespace = "", name } = metadata;
  return { kind: knownKind(site.registry, apiVersion, kind), namespace, name, subresource };
}

/** Writes the whole status; an equal one costs no version. */
export function setStatus(site: Site, object: KubeObject, status: JsonObject): KubeObject {
  return setStatusAs(site, object, { status, manager: MANAGER });
}

/** The same in the name of another program. */
export function setStatusAs(
  site: Site,
  object: KubeObject,
  { status, manager }: { readonly status: JsonObject; readonly manager: string },
): KubeObject {
  const target = targetOf(site, object, "status");
  const decoded = complete({ ...object, status }, target);
  return updateTo(site, { current: object, decoded }, { target, options: internalWrite(manager) });
}

export function patch(site: Site, object: KubeObject, change: Json): KubeObject {
  const target = targetOf(site, object);
  return patchObject(site, { target, type: "merge", patch: change }, internalWrite(MANAGER));
}

/** `body` carries apiVersion, kind and metadata with its namespace. */
export function create(
  site: Site,
  body: JsonObject & { readonly metadata: JsonObject },
): KubeObject {
  const { apiVersion, kind, metadata } = body;
  const target: Target = {
    kind: knownKind(site.registry, String(apiVersion), String(kind)),
    namespace: String(metadata["namespace"] ?? ""),
    name: "",
    subresource: "",
  };
  return createObject(site, { target, body }, internalWrite(MANAGER));
}

export function remove(site: Site, object: KubeObject, gracePeriodSeconds?: number): void {
  const { uid } = object.metadata;
  deleteObject(site, targetOf(site, object), {
    dryRun: false,
    uid,
    propagation: "Background",
    gracePeriodSeconds,
  });
}

/** The reference that makes `owner` the controller of what carries it. */
export function controllerReference({ apiVersion, kind, metadata }: KubeObject): JsonObject {
  const { name, uid = "" } = metadata;
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

export function controllerOf({ metadata }: KubeObject): OwnerReference | undefined {
  return metadata.ownerReferences?.find(({ controller }) => controller === true);
}

/** Objects of a collection in the owner's namespace that it controls. */
export function controlled(site: Site, collection: string, owner: KubeObject): KubeObject[] {
  const { namespace = "", uid } = owner.metadata;
  return site.store
    .list(collection, namespace)
    .filter((object) => controllerOf(object)?.uid === uid);
}

/** `namespace/name` of the controller of `object`, when it is of that kind. */
export function controllerKey(object: KubeObject, kind: string): readonly string[] {
  const owner = controllerOf(object);
  return owner?.kind === kind ? [`${object.metadata.namespace}/${owner.name}`] : [];
}
