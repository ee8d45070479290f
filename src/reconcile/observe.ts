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
  const owned = new Map(
    far.map((child) => [childKey(child.type, child.object.metadata), child] as const),
  );
  for (const type of kinds.known) {
    const cache = needed.has(type)
      ? await openCache(type, context)
      : surroundings.children.get(type);
    for (const object of cache?.store.byOwner(owner.uid) ?? []) {
      if (isOwnedBy(object, owner.uid))
        owned.set(childKey(type, object.metadata), { type, object });
    }
  }
  return {
    owned: [...owned.values()],
    find: (type, metadata) => surroundings.children.get(type)?.store.get(objectKey(metadata)),
  };
}

export async function openCache(
  type: ResourceType,
  { surroundings, signal }: Pick<PassContext, "surroundings" | "signal">,
): Promise<ObjectCache> {
  const { children } = surroundings;
  return children.get(type) ?? (await children.open(type, signal));
}
