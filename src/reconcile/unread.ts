/**
 * Did somebody else change a custom resource while a pass over it was under way? The answer to our
 * status write is then an object that no pass has read, although its version is the current one: to
 * call that version settled would skip the change for ever.
 */
import { withoutLastApplied } from "../kube/marks.ts";
import type { KubeObject, ObjectMeta } from "../schema/object.ts";
import { statusOf } from "../status/status.ts";
import { isDeepEqual, type JsonObject } from "../std/json.ts";

export interface PassEnds {
  /** What the pass went by. */
  readonly read: KubeObject;
  /** The status that it came to. */
  readonly status: JsonObject;
  /** What the server holds since the status was written. */
  readonly stored: KubeObject;
}

/** Whether `stored` holds anything but what was read and written. Pure. */
export function holdsUnread({ read, status, stored }: PassEnds): boolean {
  if (read === stored) return false;
  return !isDeepEqual(statusOf(stored), status) || !saysTheSame(stored, read);
}

/** Whether two versions of a custom resource differ in nothing that people and other programs write, but for its status. */
export function saysTheSame(left: KubeObject, right: KubeObject): boolean {
  return (
    isDeepEqual(declared(left), declared(right)) &&
    isDeepEqual(told(left.metadata), told(right.metadata))
  );
}

function declared(object: KubeObject): unknown {
  return { ...object, metadata: undefined, status: undefined };
}

/** The metadata that people and other programs write. One of the two is not stripped. */
function told(metadata: ObjectMeta) {
  const { labels = {}, annotations = {}, finalizers = [], ownerReferences = [] } = metadata;
  const { generation, deletionTimestamp } = metadata;
  return {
    labels,
    annotations: withoutLastApplied(annotations),
    finalizers,
    ownerReferences,
    generation,
    deletionTimestamp,
  };
}
