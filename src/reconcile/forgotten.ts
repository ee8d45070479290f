/**
 * Children that the caches do not know of. After a restart or a reconnect a cache may be behind the
 * server, and a child that no garbage collector takes is tied to its owner by nothing but our
 * finalizer: before that goes, the server itself says what is left.
 *
 * Costs one list for each kind that may have such children, once per deleted custom resource, and one for
 * all that are deleted at the same time (`owner-lists.ts`); nothing where all children live in the custom
 * resource's own namespace.
 */
import { isOwnedBy, ownerReference, ownerText } from "../apply/inventory.ts";
import type { ObservedChild } from "../apply/prune.ts";
import { isOfNamesake, isTampered, type Namesake } from "../apply/reclaim.ts";
import { apiVersionOf, type KubeObject, type ResourceType } from "../schema/object.ts";
import { getPath } from "../std/json.ts";
import type { PassContext } from "./context.ts";
import { openCache } from "./observe.ts";
import type { EntryProgram, Program } from "./program.ts";
import type { ObjectCache } from "./surroundings.ts";

export interface Forgotten {
  readonly children: readonly ObservedChild[];
  /** Name this owner, and are of an earlier one of the name. */
  readonly leftBehind: readonly ObservedChild[];
}

/** What the server holds of the owner's children and no garbage collector takes, whatever became of their marks. */
export async function findForgotten(object: KubeObject, context: PassContext): Promise<Forgotten> {
  const { needed, owner, ownerLists, signal } = context;
  const bornAt = object.metadata.creationTimestamp ?? undefined;
  const namesake = { text: ownerText(owner), uid: owner.uid, bornAt };
  const children: ObservedChild[] = [];
  const leftBehind: ObservedChild[] = [];
  for (const type of needed) {
    if (!mayBeUncollected(type, context)) continue;
    const cache = await openCache(type, context);
    const found = await ownerLists.find(type, owner.name, signal);
    const uncollected = found.filter((one) => ownerReference(owner, one.metadata) === undefined);
    const { ours, earlier } = sort(uncollected, namesake);
    // So that its end is told, too; a cache of another namespace would never hear of it.
    for (const one of ours) if (covers(cache, one)) cache.remember(one);
    children.push(...ours.map((one) => ({ type, object: one })));
    leftBehind.push(...earlier.map((one) => ({ type, object: one })));
  }
  return { children, leftBehind };
}

/** Owners of other namespaces, and of other kinds, may have the same name. */
function sort(found: readonly KubeObject[], namesake: Namesake) {
  const ours = found.filter((one) => isOwnedBy(one, namesake.uid) || isTampered(one, namesake));
  const earlier = found.filter((one) => !ours.includes(one) && isOfNamesake(one, namesake));
  return { ours, earlier };
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
