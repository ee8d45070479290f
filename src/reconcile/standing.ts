/** What stands of all that is declared, before anything undeclared goes: the input of `apply/hold-back.ts`. */
import { type ChildResult, writtenChildren } from "../apply/apply.ts";
import type { Change } from "../apply/changes.ts";
import { childKey, childTitle } from "../apply/child.ts";
import type { HeldBack, Standing } from "../apply/hold-back.ts";
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
}

interface StandingContext {
  readonly surroundings: Pick<Surroundings, "isPlan">;
  readonly memory: Pick<KeyMemory, "successors">;
}

export function standingOf(declared: Declared, context: StandingContext): Standing {
  const { instances, results, observed, jobs } = declared;
  const { surroundings, memory } = context;
  memory.successors = successorsOf(declared, memory);
  const done = results.filter((result) => result.kind === "done");
  const keys = new Set(done.map(({ change }) => childKey(change.type, change)));
  const isMissing = (one: Instance) =>
    one.verdict === "active" &&
    !keys.has(childKey(one.type, one)) &&
    // A Job that finished and was removed is not made again.
    (observed.find(one.type, one) !== undefined || !jobs.hasFinished(one.type, one));
  const refused = results.flatMap(({ kind, desired: { type, object } }) =>
    kind === "done" ? [] : [{ type, ...object.metadata }],
  );
  return {
    unwritten: [...instances.filter(isMissing), ...refused],
    // A plan cannot wait for what it does not make: it tells what follows in the end.
    written: surroundings.isPlan ? [] : writtenChildren(results),
    successors: memory.successors,
  };
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
