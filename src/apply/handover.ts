/**
 * From create to apply: the fields that a POST left with our `Update` entry in `managedFields` are
 * handed to our `Apply` entry, which alone lets a later apply remove what it no longer names
 * (https://kubernetes.io/docs/reference/using-api/server-side-apply/#migration-between-client-side-and-server-side-apply).
 *
 * Needed once in the life of a child, and only when the set of its declared fields, or of the keys of
 * its keyed lists, changes: one read, and one patch if the entry is still there. The patch changes
 * nothing but the bookkeeping.
 *
 * While that set stays as it was created, both entries hold the same fields. So where there is an
 * `Apply` entry the other one is dropped, and where there is none it becomes one.
 *
 * Fields that are to stay as they are although they are declared no more (`let-go.ts`) leave our entry with that.
 */
import type { KubeClient, ObjectReference } from "../kube/client.ts";
import { FIELD_MANAGER } from "../kube/kube-client.ts";
import type { KubeObject, ResourceType } from "../schema/object.ts";
import type { Json, JsonObject } from "../std/json.ts";
import { type FieldKeys, fieldsToLetGo, releaseFields } from "./let-go.ts";

export interface HandOver {
  readonly type: ResourceType;
  /** What is about to be applied. */
  readonly object: KubeObject;
  /** The object that is meant. */
  readonly uid: string;
  readonly signal: AbortSignal;
}

/** Throws a conflict when the object changes meanwhile. Another object is left alone. */
export async function handOver(
  client: Pick<KubeClient, "get" | "patch">,
  { type, object, uid, signal }: HandOver,
): Promise<void> {
  const { name, namespace } = object.metadata;
  const reference: ObjectReference = { type, name, ...(namespace !== undefined && { namespace }) };
  const live = await client.get(reference, { signal });
  if (live.metadata.uid !== uid) return;
  const patch = handOverPatch(live, fieldsToLetGo(type, object));
  if (patch) await client.patch(reference, patch, { patchType: "json", signal });
}

/**
 * The JSON patch (RFC 6902) that hands over and takes `letGo` out of what we hold, or `undefined` when there is
 * nothing to do.
 */
export function handOverPatch(
  { metadata }: KubeObject,
  letGo: readonly FieldKeys[] = [],
): Json | undefined {
  const entries = metadata.managedFields ?? [];
  const created = entries.findIndex((entry) => isOurs(entry, "Update"));
  const applied = entries.findIndex((entry) => isOurs(entry, "Apply"));
  const kept = applied < 0 ? created : applied;
  const pathOf = (index: number) => `/metadata/managedFields/${index}`;
  const handed =
    applied < 0
      ? { op: "replace", path: `${pathOf(created)}/operation`, value: "Apply" }
      : { op: "remove", path: pathOf(created) };
  const operations = [
    ...releaseFields(entries[kept] ?? {}, pathOf(kept), letGo),
    // Last, for it moves the entries behind it.
    ...(created < 0 ? [] : [handed]),
  ];
  if (operations.length === 0) return undefined;
  const version = metadata.resourceVersion ?? "";
  // Writing the version that was read makes the server refuse the patch when there is a newer one.
  return [{ op: "replace", path: "/metadata/resourceVersion", value: version }, ...operations];
}

/** Entries of subresources (`status`) are about other fields. */
function isOurs(entry: JsonObject, operation: "Apply" | "Update"): boolean {
  return (
    entry["manager"] === FIELD_MANAGER && entry["operation"] === operation && !entry["subresource"]
  );
}
