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
import { type ChildKindReference, hasFixedKind } from "./program.ts";

const FAR = "@*";

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
  const isDeleted = object.metadata.deletionTimestamp !== undefined;
  const errors: Error[] = [];
  for (const place of [...placesOfToday(context), ...formerPlaces(object, context)]) {
    try {
      await findPlace(place, context);
    } catch (error) {
      if (error instanceof ReconcileError) continue;
      if (isDeleted || context.signal.aborted || !(error instanceof Error)) throw error;
      context.unseen.add(nameOf(place));
      errors.push(error);
    }
  }
  return errors;
}

async function findPlace(place: ChildKindReference, context: PassContext): Promise<void> {
  const { kinds, needed, signal } = context;
  const type = await kinds.find(place.apiVersion, place.kind, signal);
  needed.add(type);
  if (place.isFar && type.namespaced) await findFar(type, context);
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
  const former = formerPlaces(object, context);
  const { owned } = former.length === 0 ? { owned: [] } : await observe(context);
  const kept = former.flatMap((place) => whatIsLeft(place, owned, context));
  const wanted = [...placesOfToday(context), ...kept];
  const marked = markedPlaces(object);
  const [markedNames, wantedNames] = [namesOf(marked), namesOf(wanted)];
  const lacks = wanted.some((place) => !markedNames.has(nameOf(place)));
  const asksInVain = marked.some(
    (place) => place.isFar === true && !wantedNames.has(nameOf(place)),
  );
  return { text: textOf(wanted), isDue: lacks || asksInVain };
}

/** Places that a request has to ask for are still in the mark. */
export function asksForFar(object: KubeObject, context: PassContext): boolean {
  return formerPlaces(object, context).some(({ isFar }) => isFar === true);
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
  context.memory.childKinds = instances.flatMap((instance) => templatedPlace(instance, context));
  const marked = markedPlaces(object);
  const known = namesOf(marked);
  const today = placesOfToday(context);
  if (today.every((place) => known.has(nameOf(place)))) return object;
  return patchMarks(
    object,
    { annotations: { [CHILD_KINDS_ANNOTATION]: textOf([...marked, ...today]) } },
    context,
  );
}

function templatedPlace(
  { program, type, namespace }: Instance,
  { owner }: PassContext,
): readonly ChildKindReference[] {
  if (hasFixedKind(program)) return [];
  const isFar = namespace !== undefined && namespace !== owner.namespace;
  return [{ apiVersion: apiVersionOf(type), kind: type.kind, isFar }];
}

function placesOfToday({ program, memory }: PassContext): readonly ChildKindReference[] {
  return memory.childKinds.length === 0
    ? program.childKinds
    : [...program.childKinds, ...memory.childKinds];
}

function formerPlaces(object: KubeObject, context: PassContext): readonly ChildKindReference[] {
  const today = placesOfToday(context);
  const text = object.metadata.annotations?.[CHILD_KINDS_ANNOTATION];
  if (text === undefined || text === textOf(today)) return [];
  const known = namesOf(today);
  return markedPlaces(object).filter((place) => !known.has(nameOf(place)));
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

/** What the mark says. Whatever cannot be a kind is not taken over. */
function markedPlaces({ metadata }: KubeObject): readonly ChildKindReference[] {
  const text = metadata.annotations?.[CHILD_KINDS_ANNOTATION] ?? "";
  return text.split(",").flatMap((entry) => {
    const isFar = entry.endsWith(FAR);
    const name = isFar ? entry.slice(0, -FAR.length) : entry;
    const slash = name.lastIndexOf("/");
    if (slash <= 0) return [];
    return [{ apiVersion: name.slice(0, slash), kind: name.slice(slash + 1), isFar }];
  });
}

/** A kind that may be far may be near, too. */
function namesOf(places: readonly ChildKindReference[]): ReadonlySet<string> {
  return new Set(places.flatMap((place) => [nameOf(place), nameOf({ ...place, isFar: false })]));
}

function nameOf({ apiVersion, kind, isFar = false }: ChildKindReference): string {
  return `${apiVersion}/${kind}${isFar ? FAR : ""}`;
}

function textOf(places: readonly ChildKindReference[]): string {
  const names = new Set(places.map(nameOf));
  return [...names]
    .filter((name) => !names.has(`${name}${FAR}`))
    .sort()
    .join(",");
}
