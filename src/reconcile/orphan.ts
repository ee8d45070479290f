/**
 * `kubectl delete --cascade=orphan`: children are to stay. The garbage collector marks that with a
 * finalizer of its own and takes it away when it has freed the children, which may be long before a
 * cleanup with Jobs is through; so what was seen once is remembered on the custom resource.
 * Source: https://kubernetes.io/docs/concepts/architecture/garbage-collection/#orphan-dependents.
 */
import { FIELD_MANAGER } from "../kube/kube-client.ts";
import type { KubeObject } from "../schema/object.ts";
import type { PassContext } from "./context.ts";
import { addressOf } from "./owner.ts";
import { writeThrough } from "./write-through.ts";

const ORPHAN_FINALIZER = "orphan";
const ORPHAN_ANNOTATION = "orkestra.orkspace.io/orphan-children";

export function isOrphaning({ metadata }: KubeObject): boolean {
  return (
    metadata.finalizers?.includes(ORPHAN_FINALIZER) === true ||
    metadata.annotations?.[ORPHAN_ANNOTATION] === "true"
  );
}

/** Writes it down when there is a cleanup to wait for. Gives the object as it is then. */
export async function rememberOrphaning(
  object: KubeObject,
  { program, surroundings, signal }: PassContext,
): Promise<KubeObject> {
  const { metadata } = object;
  const isKnown = metadata.annotations?.[ORPHAN_ANNOTATION] === "true";
  if (isKnown || !isOrphaning(object) || program.onDelete.groups.length === 0) return object;
  const { primary, client, type } = surroundings;
  // By uid and not by version: the garbage collector writes at the same time, and after a conflict
  // there would be nothing left to see.
  const patch = {
    metadata: {
      ...(metadata.uid === undefined ? {} : { uid: metadata.uid }),
      annotations: { [ORPHAN_ANNOTATION]: "true" },
    },
  };
  return writeThrough(primary, metadata, () =>
    client.patch(addressOf(object, type), patch, {
      patchType: "merge",
      fieldManager: FIELD_MANAGER,
      signal,
    }),
  );
}
