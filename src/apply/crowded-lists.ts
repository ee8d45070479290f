/**
 * Lists in which somebody else changed the key of our item. A server-side apply takes his item for
 * another one and puts ours beside it; where the two cannot be together (two ports of a Service
 * without names, for example) the server refuses that with 422, at every try. Then the declared list
 * takes the place of the whole list, guarded by the version that was read.
 */
import type { KubeClient, ObjectReference } from "../kube/client.ts";
import { isInvalid } from "../kube/error.ts";
import { FIELD_MANAGER } from "../kube/kube-client.ts";
import type { KubeObject, ResourceType } from "../schema/object.ts";
import { isJsonObject, type Json } from "../std/json.ts";
import type { FieldChange } from "./changes.ts";
import { immutableFields, isAnotherObject } from "./rejection.ts";

/**
 * Dotted paths of the lists that may be replaced because of this refusal; empty when it is about
 * something else. Only lists that are in no list themselves.
 */
export function crowdedLists(error: unknown, fields: readonly FieldChange[]): readonly string[] {
  if (!isInvalid(error) || isAnotherObject(error)) return [];
  if (immutableFields(error).length > 0) return [];
  const lists = fields.flatMap(({ path, before }) => {
    const [list = "", ...rest] = path.split("[");
    return before === undefined && rest.length === 1 && path.endsWith("]") ? [list] : [];
  });
  return [...new Set(lists)];
}

export interface Replacement {
  readonly type: ResourceType;
  /** What is declared. */
  readonly object: KubeObject;
  /** The object that is meant; another one of that name is left alone. */
  readonly uid: string;
  readonly lists: readonly string[];
  readonly signal: AbortSignal;
}

/** Throws a conflict when the object changes meanwhile. */
export async function replaceLists(
  client: Pick<KubeClient, "get" | "patch">,
  { type, object, uid, lists, signal }: Replacement,
): Promise<void> {
  const { name, namespace } = object.metadata;
  const reference: ObjectReference = { type, name, ...(namespace !== undefined && { namespace }) };
  const live = await client.get(reference, { signal });
  if (live.metadata.uid !== uid) return;
  const patch = replacementPatch(object, lists, live.metadata.resourceVersion ?? "");
  await client.patch(reference, patch, { patchType: "json", fieldManager: FIELD_MANAGER, signal });
}

/** The JSON patch (RFC 6902) that puts the declared lists in the place of those that are there. */
export function replacementPatch(
  object: KubeObject,
  lists: readonly string[],
  resourceVersion: string,
): Json {
  const replacements = lists.flatMap((list) => {
    const names = list.split(".");
    const value = names.reduce<Json | undefined>(
      (inner, name) => (inner !== undefined && isJsonObject(inner) ? inner[name] : undefined),
      object as unknown as Json,
    );
    const path = names.map((name) => `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`);
    return Array.isArray(value) ? [{ op: "add", path: path.join(""), value }] : [];
  });
  // Writing the version that was read makes the server refuse the patch when there is a newer one.
  return [
    { op: "replace", path: "/metadata/resourceVersion", value: resourceVersion },
    ...replacements,
  ];
}
