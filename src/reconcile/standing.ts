/** What stands of all that is declared, before anything undeclared goes: the input of `apply/hold-back.ts`. */
import { type ChildResult, writtenChildren } from "../apply/apply.ts";
import type { Change } from "../apply/changes.ts";
import { childKey, childTitle } from "../apply/child.ts";
import type { HeldBack, Standing, Unwritten } from "../apply/hold-back.ts";
import { isOwnedBy } from "../apply/inventory.ts";
import type { ObservedChild } from "../apply/prune.ts";
import type { Instance } from "./expand.ts";
import type { JobRecord } from "./jobs.ts";
import type { KeyMemory } from "./memory.ts";
import type { Observed } from "./observe.ts";
import type { Surroundings } from "./surroundings.ts";

export interface Declared {
  readonly instances: readonly Instance[];
  /** Of the entries, and of the code of the box. */
  readonly results: readonly ChildResult[];
  readonly observed: Observed;
  readonly jobs: JobRecord;
  readonly undeclared: readonly ObservedChild[];
  readonly ownerUid: string;
}

interface StandingContext {
  readonly surroundings: Pick<Surroundings, "isPlan">;
  readonly memory: Pick<KeyMemory, "successors" | "strangers" | "unwritten">;
}

/** Remembers what could not be written, for the pass that finds something undeclared. */
export function standingOf(
  declared: Declared,
  { surroundings, memory }: StandingContext,
): Standing {
  const { instances, results, undeclared } = declared;
  const unwritten = unwrittenOf(declared);
  const successors = successorsOf(declared, memory);
  const strangers = strangersOf(undeclared, memory);
  Object.assign(memory, { successors, strangers });
  noteUnwritten(unwritten, memory);
  const inactive = instances.filter(({ verdict }) => verdict === "inactive");
  return {
    unwritten,
    // A plan cannot wait for what it does not make: it tells what follows in the end.
    written: surroundings.isPlan ? [] : writtenChildren(results),
    successors,
    strangers,
    revoked: new Set(inactive.map((one) => childKey(one.type, one))),
  };
}

/** Where nothing is undeclared. `isWhole`: all that is declared was written. */
export function forgetStanding(
  declared: Declared,
  isWhole: boolean,
  { memory }: Pick<StandingContext, "memory">,
): void {
  if (memory.successors) delete memory.successors;
  if (memory.strangers) delete memory.strangers;
  if (!isWhole) noteUnwritten(unwrittenOf(declared), memory);
  else if (memory.unwritten) delete memory.unwritten;
}

function noteUnwritten(
  unwritten: readonly Unwritten[],
  memory: Pick<KeyMemory, "unwritten">,
): void {
  memory.unwritten = new Set(unwritten.map((one) => childKey(one.type, one)));
}

function unwrittenOf(declared: Declared): readonly Unwritten[] {
  const { instances, results, observed, jobs, ownerUid } = declared;
  const done = results.filter((result) => result.kind === "done");
  const keys = new Set(done.map(({ change }) => childKey(change.type, change)));
  const isMissing = (one: Instance) =>
    one.verdict === "active" &&
    !keys.has(childKey(one.type, one)) &&
    // A Job that finished and was removed is not made again.
    (observed.find(one.type, one) !== undefined || !jobs.hasFinished(one.type, one));
  const twice = twiceDeclared(instances);
  const missing = instances.filter(isMissing).map(({ type, name, namespace }) => ({
    type,
    name,
    ...(namespace !== undefined && { namespace }),
  }));
  const refused = results.flatMap(({ kind, desired: { type, object } }) =>
    kind === "done" ? [] : [{ type, ...object.metadata }],
  );
  return [...missing, ...refused].map((one) => {
    const present = observed.find(one.type, one);
    const isThere =
      present !== undefined &&
      present.metadata.deletionTimestamp === undefined &&
      isOwnedBy(present, ownerUid) &&
      // Which of the two the present one is, nobody can tell.
      !twice.has(childKey(one.type, one));
    return isThere ? { ...one, present } : one;
  });
}

/** Keys that two entries, or elements, would give to a child. */
function twiceDeclared(instances: readonly Instance[]): ReadonlySet<string> {
  const [seen, twice] = [new Set<string>(), new Set<string>()];
  for (const one of instances) {
    if (one.verdict !== "active") continue;
    const key = childKey(one.type, one);
    if (seen.has(key)) twice.add(key);
    seen.add(key);
  }
  return twice;
}

/** Of one that is newly undeclared what the last pass could not write: it was still declared then. */
function strangersOf(
  undeclared: readonly ObservedChild[],
  { strangers: before, unwritten }: StandingContext["memory"],
): ReadonlyMap<string, ReadonlySet<string>> {
  const uids = undeclared.map(({ object }) => object.metadata.uid ?? "");
  return new Map(uids.map((uid) => [uid, before?.get(uid) ?? unwritten ?? new Set()]));
}

/** Of all that is undeclared now; what is declared again, or gone, is forgotten. */
function successorsOf(
  { results, undeclared }: Declared,
  { successors: before }: StandingContext["memory"],
): ReadonlyMap<string, ReadonlySet<string>> {
  const fresh = results.filter(
    (result) =>
      (result.kind === "done" && result.change.action === "created") ||
      (result.kind === "failed" && result.isUnseen),
  );
  const keys = fresh.map(({ desired: { type, object } }) => childKey(type, object.metadata));
  const uids = undeclared.map(({ object }) => object.metadata.uid ?? "");
  return new Map(uids.map((uid) => [uid, new Set([...(before?.get(uid) ?? []), ...keys])]));
}

/** For the status. */
export function keptText({ child: { type, object }, reason }: HeldBack): string {
  return `${childTitle(type, object.metadata)} is ${reason}`;
}

/** For `ork why`. */
export function keptChange({ child: { type, object }, reason }: HeldBack): Change {
  const { name, namespace } = object.metadata;
  return { action: "skipped", type, name, ...(namespace !== undefined && { namespace }), reason };
}
