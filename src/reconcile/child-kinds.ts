/**
 * Where a custom resource has children: kinds, and whether some are outside of its namespace. Beside
 * those that the program names there are kinds that only a template names, and those of earlier
 * Katalogs. Its marks tell all of them, so that what is declared no more is found after a restart,
 * whatever the Katalog of today says.
 *
 * Guarantees: the mark names a kind before the first child of that kind is made, and until the last
 * one is gone. A kind with no children left costs nothing; it leaves the mark with the next write.
 */
import { isOwnedBy, labelValue } from "../apply/inventory.ts";
import type { ObservedChild } from "../apply/prune.ts";
import { MANAGED_LABEL, OWNER_LABEL } from "../kube/marks.ts";
import { apiVersionOf, type KubeObject, type ResourceType } from "../schema/object.ts";
import type { PassContext } from "./context.ts";
import { ReconcileError } from "./error.ts";
import type { Instance } from "./expand.ts";
import { CHILD_KINDS_ANNOTATION, type PlacesMark } from "./marks.ts";
import { observe, openCache } from "./observe.ts";
import { patchMarks } from "./patch-marks.ts";
import { NO_PLACES, nameOf, namesOf, type Places, placesOf, readPlaces } from "./places.ts";
import { type ChildKindReference, hasFixedKind } from "./program.ts";

/**
 * Makes the kinds of the program and those of the marks known, so that they are observed even when
 * no entry is active. One that the cluster does not serve is left to the entry that needs it.
 *
 * An API that does not answer must not stop the children of other kinds: what it says comes back,
 * and nothing of that kind is forgotten. A deletion cannot go on without having seen all, and throws.
 */
export async function findKinds(
  object: KubeObject,
  context: PassContext,
): Promise<readonly Error[]> {
  const { kinds, needed, signal, unseen } = context;
  const isDeleted = object.metadata.deletionTimestamp !== undefined;
  const errors: Error[] = [];
  const today = placesOfToday(context);
  const former = formerPlaces(object, today);
  for (const place of former.length === 0 ? today.list : [...today.list, ...former]) {
    try {
      const type = await kinds.find(place.apiVersion, place.kind, signal);
      needed.add(type);
      if (place.isFar && type.namespaced) await findFar(type, context);
    } catch (error) {
      if (error instanceof ReconcileError) continue;
      if (isDeleted || signal.aborted || !(error instanceof Error)) throw error;
      unseen.add(nameOf(place));
      errors.push(error);
    }
  }
  return errors;
}

/**
 * A box whose Katalog stays in one namespace watches that one alone. Children that an earlier Katalog
 * placed elsewhere are asked for, in one request.
 */
async function findFar(type: ResourceType, context: PassContext): Promise<void> {
  const { owner, surroundings, signal, far } = context;
  const { selection } = await openCache(type, context);
  if (selection?.namespace === undefined) return;
  const labelSelector = `${MANAGED_LABEL}=true,${OWNER_LABEL}=${labelValue(owner.name)}`;
  const { items } = await surroundings.client.list(type, { labelSelector, signal });
  for (const object of items) {
    const isCovered = object.metadata.namespace === selection.namespace;
    if (!isCovered && isOwnedBy(object, owner.uid)) far.push({ type, object });
  }
}

/** The mark as it should be: the places of today, and former ones where children still are. */
export async function planPlaces(object: KubeObject, context: PassContext): Promise<PlacesMark> {
  const today = placesOfToday(context);
  const text = markOf(object);
  if (text === undefined) return { text: today.text, isDue: today.list.length > 0 };
  if (text === today.text) return { text, isDue: false };
  const former = formerPlaces(object, today);
  const { owned } = former.length === 0 ? { owned: [] } : await observe(context);
  const kept = former.flatMap((place) => whatIsLeft(place, owned, context));
  const wanted = placesOf([...today.list, ...kept]);
  const marked = readPlaces(text);
  const [markedNames, wantedNames] = [namesOf(marked), namesOf(wanted.list)];
  const lacks = wanted.list.some((place) => !markedNames.has(nameOf(place)));
  const asksInVain = marked.some(
    (place) => place.isFar === true && !wantedNames.has(nameOf(place)),
  );
  return { text: wanted.text, isDue: lacks || asksInVain };
}

/** Places that a request has to ask for are still in the mark. */
export function asksForFar(object: KubeObject, context: PassContext): boolean {
  return formerPlaces(object, placesOfToday(context)).some(({ isFar }) => isFar === true);
}

/**
 * Before the children of `instances` are made: puts kinds into the mark that only a template names.
 * Gives the object as it is then.
 */
export async function markPlaces(
  object: KubeObject,
  instances: readonly Instance[],
  context: PassContext,
): Promise<KubeObject> {
  context.memory.childKinds = templatedPlaces(instances, context);
  const today = placesOfToday(context);
  const text = markOf(object);
  if (text === today.text) return object;
  const marked = readPlaces(text ?? "");
  const known = namesOf(marked);
  if (today.list.every((place) => known.has(nameOf(place)))) return object;
  const places = placesOf([...marked, ...today.list]);
  return patchMarks(object, { annotations: { [CHILD_KINDS_ANNOTATION]: places.text } }, context);
}

function templatedPlaces(
  instances: readonly Instance[],
  { owner }: PassContext,
): readonly ChildKindReference[] {
  const templated = instances.filter(({ program }) => !hasFixedKind(program));
  if (templated.length === 0) return NO_PLACES;
  return templated.map(({ type, namespace }) => {
    const isFar = namespace !== undefined && namespace !== owner.namespace;
    return { apiVersion: apiVersionOf(type), kind: type.kind, isFar };
  });
}

function placesOfToday({ places, memory }: PassContext): Places {
  const { childKinds } = memory;
  return childKinds.length === 0 ? places : placesOf([...places.list, ...childKinds]);
}

function formerPlaces(object: KubeObject, today: Places): readonly ChildKindReference[] {
  const text = markOf(object);
  if (text === undefined || text === today.text) return NO_PLACES;
  const known = namesOf(today.list);
  return readPlaces(text).filter((place) => !known.has(nameOf(place)));
}

function markOf({ metadata }: KubeObject): string | undefined {
  return metadata.annotations?.[CHILD_KINDS_ANNOTATION];
}

function whatIsLeft(
  place: ChildKindReference,
  owned: readonly ObservedChild[],
  { owner, unseen }: PassContext,
): readonly ChildKindReference[] {
  if (unseen.has(nameOf(place))) return [place];
  const { apiVersion, kind } = place;
  const left = owned.filter(({ type }) => type.kind === kind && apiVersionOf(type) === apiVersion);
  const isFar = left.some(
    ({ object: { metadata } }) =>
      metadata.namespace !== undefined && metadata.namespace !== owner.namespace,
  );
  return left.length === 0 ? [] : [{ apiVersion, kind, isFar: isFar && place.isFar === true }];
}
