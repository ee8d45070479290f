/** What nobody can make again once an object is deleted: a plan says so in words. Pure. */
import { GENERATED_ANNOTATION } from "../kube/marks.ts";
import type { KubeObject } from "../schema/object.ts";

/**
 * Goes on after the object: `its generated value is lost`; `undefined`: it could be made again. What is made anew in
 * the same pass keeps the random values that it had, and not what was stored in it.
 */
export function lostData(
  { kind, apiVersion, metadata }: KubeObject,
  action: "delete" | "recreate",
): string | undefined {
  if (kind === "PersistentVolumeClaim" && apiVersion === "v1") return CLAIM;
  const isGenerated = metadata.annotations?.[GENERATED_ANNOTATION] === "true";
  return isGenerated && action === "delete" ? "its generated value is lost" : undefined;
}

/** https://kubernetes.io/docs/concepts/storage/persistent-volumes/#reclaiming */
const CLAIM = "the data of its volume is lost, unless the volume is one that is retained";
