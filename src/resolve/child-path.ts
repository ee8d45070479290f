/** Where the entry of a child stands. */
import type { PathSegment } from "../std/json.ts";

/** `onReconcile.deployments[0]` → its path below the CRD entry. */
export function entryPath(id: string): readonly PathSegment[] {
  const steps = id.split(".").flatMap((part): PathSegment[] => {
    const match = /^(.*)\[(\d+)\]$/.exec(part);
    return match ? [match[1] ?? "", Number(match[2])] : [part];
  });
  return ["operatorBox", "reconcile", ...steps];
}
