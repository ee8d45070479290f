/** The children of a custom resource as the caches hold them. No requests. */
import { childKey } from "../apply/child.ts";
import { isOwnedBy } from "../apply/inventory.ts";
import type { ObservedChild } from "../apply/prune.ts";
import type { KubeObject, ResourceType } from "../schema/object.ts";
import { objectKey } from "../schema/object.ts";
import type { PassContext } from "./context.ts";
import type { ObjectCache } from "./surroundings.ts";

export interface Observed {
  /** Everything that carries our marks for this owner. */
  readonly owned: readonly ObservedChild[];
  /** Whatever is known under that address, ours or not. */
  find(
    type: ResourceType,
    metadata: { readonly namespace?: string; readonly name: string },
  ): KubeObject | undefined;
}

/** Opens the caches of needed kinds that no pass met before, which waits for their first list. */
export async function observe(context: PassContext): Promise<Observed> {
  const { kinds, needed, owner, surroundings, far } = context;
  const owned: ObservedChild[] = [];
  for (const type of kinds.known) {
    const open = surroundings.children.get(type);
    const cache = open ?? (needed.has(type) ? await openCache(type, context) : undefined);
    for (const object of cache?.store.byOwner(owner.uid) ?? []) {
      if (isOwnedBy(object, owner.uid)) owned.push({ type, object });
    }
  }
  return {
    owned: far.length > 0 || kinds.hasTwins ? eachOnce([...far, ...owned]) : owned,
    find: (type, metadata) => surroundings.children.get(type)?.store.get(objectKey(metadata)),
  };
}

/** Of one child the last: a cache is younger than what the server told at the start of the pass. */
function eachOnce(children: readonly ObservedChild[]): readonly ObservedChild[] {
  const found = new Map<string, ObservedChild>();
  for (const child of children) found.set(childKey(child.type, child.object.metadata), child);
  return [...found.values()];
}

export async function openCache(
  type: ResourceType,
  { surroundings, signal }: Pick<PassContext, "surroundings" | "signal">,
): Promise<ObjectCache> {
  const { children } = surroundings;
  return children.get(type) ?? (await children.open(type, signal));
}
