/** A custom resource as others need it: as the owner of children, as an address of requests. */
import type { Owner } from "../apply/inventory.ts";
import type { ObjectReference } from "../kube/client.ts";
import type { KubeObject, ResourceType } from "../schema/object.ts";
import { invariant } from "../std/invariant.ts";

export function ownerOf({ metadata }: KubeObject, type: ResourceType): Owner {
  const { name, namespace, uid } = metadata;
  invariant(uid !== undefined, "an object of the API server has a uid");
  return { type, name, uid, ...(namespace === undefined ? {} : { namespace }) };
}

export function addressOf({ metadata }: KubeObject, type: ResourceType): ObjectReference {
  const { name, namespace } = metadata;
  return { type, name, ...(namespace === undefined ? {} : { namespace }) };
}
