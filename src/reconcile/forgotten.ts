/**
 * Children that the caches do not know of. After a restart or a reconnect a cache may be behind the
 * server, and a child that no garbage collector takes is tied to its owner by nothing but our
 * finalizer: before that goes, the server itself says what is left.
 *
 * Costs one list for each kind that may have such children, once per deleted custom resource, and one for
 * all that are deleted at the same time (`owner-lists.ts`); nothing where all children live in the custom
 * resource's own namespace.
 */
import { isOwnedBy, ownerReference } from "../apply/inventory.ts";
import type { ObservedChild } from "../apply/prune.ts";
import { apiVersionOf, type KubeObject, type ResourceType } from "../schema/object.ts";
import { getPath } from "../std/json.ts";
import type { PassContext } from "./context.ts";
import { openCache } from "./observe.ts";
import type { EntryProgram, Program } from "./program.ts";
import type { ObjectCache } from "./surroundings.ts";

/** What the server holds of the owner's children and no garbage collector takes. */
export async function findForgotten(context: PassContext): Promise<readonly ObservedChild[]> {
  const { needed, owner, ownerLists, signal } = context;
  const found: ObservedChild[] = [];
  for (const type of needed) {
    if (!mayBeUncollected(type, context)) continue;
    const cache = await openCache(type, context);
    for (const object of await ownerLists.find(type, owner.name, signal)) {
      const isCollected = ownerReference(owner, object.metadata) !== undefined;
      if (isCollected || !isOwnedBy(object, owner.uid)) continue;
      // So that its end is told, too; a cache of another namespace would never hear of it.
      if (covers(cache, object)) cache.remember(object);
      found.push({ type, object });
    }
  }
  return found;
}

function covers({ selection }: ObjectCache, { metadata }: KubeObject): boolean {
  const { namespace } = metadata;
  return namespace === undefined || (selection?.namespace ?? namespace) === namespace;
}

function mayBeUncollected(type: ResourceType, { program, owner }: PassContext): boolean {
  if (owner.namespace === undefined) return false;
  if (!type.namespaced || namesNamespaces(program)) return true;
  // Of an earlier Katalog: what that one said is not known.
  return !program.childKinds.some(
    ({ apiVersion, kind }) => kind === type.kind && apiVersion === apiVersionOf(type),
  );
}

function namesNamespaces({ entries, onDelete, crd: { box } }: Program): boolean {
  const managed = [box.hooks, box.remote].flatMap((code) => code?.managedResources ?? []);
  if (managed.some(({ namespace }) => namespace !== undefined)) return true;
  const runs = onDelete.groups.flat().flatMap((step) => (step.kind === "run" ? [step.run] : []));
  return [...entries, ...runs].some(namesNamespace);
}

function namesNamespace({ entry }: EntryProgram): boolean {
  const written = getPath(entry.fields, ["metadata", "namespace"]);
  return entry.namespace !== undefined || (entry.key === "custom" && written !== undefined);
}
