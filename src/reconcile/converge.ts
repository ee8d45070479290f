/**
 * Steps 9 to 13 of a reconcile: expand → declare → render → apply → prune. One call makes the
 * children what the custom resource, with this status, says they should be.
 *
 * Guarantees: what is equal costs no request; every independent child is tried whatever happens to
 * its siblings; nothing is pruned while it is unclear what is declared.
 */
import { applyChildren, type ChildResult } from "../apply/apply.ts";
import type { Change } from "../apply/changes.ts";
import { childKey, type DesiredChild } from "../apply/child.ts";
import { holdBack, type Sorted } from "../apply/hold-back.ts";
import { type ObservedChild, planPrune, pruneChildren } from "../apply/prune.ts";
import type { KubeObject, ResourceType } from "../schema/object.ts";
import type { Scope } from "../template/template.ts";
import { isNews } from "./announce.ts";
import { applyContext } from "./apply-context.ts";
import { markPlaces } from "./child-kinds.ts";
import { confirmCurrent } from "./confirm.ts";
import type { PassContext } from "./context.ts";
import { type Declaration, declare } from "./declare.ts";
import { expandEntries, type Instance } from "./expand.ts";
import { madeByCode } from "./hook-object.ts";
import type { JobRecord } from "./jobs.ts";
import { type HiddenChild, type KeyMemory, noteRemoved } from "./memory.ts";
import { type Observed, openCache } from "./observe.ts";
import { renderChild } from "./render.ts";
import { sooner } from "./requeue.ts";
import type { HookOutcome } from "./run-hook.ts";
import { type Declared, forgetStanding, keptChange, keptText, standingOf } from "./standing.ts";

export interface Converged {
  /** The custom resource as stored now. */
  readonly object: KubeObject;
  readonly changes: readonly Change[];
  readonly errors: readonly Error[];
  readonly waiting: readonly string[];
  /** When the first of what waits may go on, where that is known; by the wall clock. */
  readonly dueMs?: number | undefined;
  /** Undeclared children that stay for now, each with the reason. */
  readonly kept: readonly string[];
  /** Children as they are now, wanted ones first and in the order of the Katalog. */
  readonly children: readonly LiveChild[];
  readonly jobs: JobRecord;
}

export interface LiveChild extends ObservedChild {
  /** Declared and active: its readiness counts. */
  readonly isWanted: boolean;
}

export interface ConvergeInput {
  readonly object: KubeObject;
  readonly scope: Scope;
  readonly observed: Observed;
  readonly jobs: JobRecord;
  /** The user's code: asked once the declared children are applied, at the latest. */
  callHook?(children: readonly ObservedChild[]): Promise<HookOutcome>;
}

export async function converge(input: ConvergeInput, context: PassContext): Promise<Converged> {
  const { scope, observed } = input;
  const { program, environment, evaluations, kinds, signal, owner } = context;
  forgetGone(observed, context);
  const expansion = await expandEntries(program.entries, {
    owner: input.object,
    allowedNamespaces: program.crd.allowedNamespaces,
    scope,
    environment,
    evaluations,
    kinds,
    signal,
  });
  // A kind that only a template names may be new: its cache has to be there before its children.
  for (const { type } of expansion.instances) {
    if (!context.surroundings.children.get(type)) await openCache(type, context);
  }
  const object = await markPlaces(input.object, expansion.instances, context);
  const declaration = declare(expansion.instances);
  const rendered = await renderAll(declaration, expansion.instances, { input, context });
  const results = await applyChildren(rendered.children, applyContext(object, observed, context));
  const hook = await input.callHook?.(
    liveChildren({ results, observed, pruned: NOTHING_PRUNED.keys, context }),
  );
  const own = hook ? [...results, ...hook.results] : results;
  const undeclared = planPrune(
    observed.owned.filter((child) => isPrunable(child, hook, context)),
    { ownerUid: owner.uid, keys: declaration.keys, unclear: expansion.unclear },
  );
  const { instances } = expansion;
  const declared = {
    ...{ instances, results: own, observed, jobs: input.jobs },
    ...{ undeclared, ownerUid: owner.uid },
  };
  const isRendered = declaration.errors.length + rendered.errors.length === 0;
  const { goes, stays } = sortUndeclared(declared, isRendered, context);
  const pruned = await prune(goes, object, context);
  const children = liveChildren({ results: own, observed, pruned: pruned.keys, context });
  return {
    object,
    changes: results
      .map((result) => changeOf(result, context))
      .concat(hook?.changes ?? [], pruned.changes, stays.map(keptChange)),
    errors: expansion.errors.concat(
      declaration.errors,
      rendered.errors,
      failures(results),
      hook?.errors ?? [],
      pruned.errors,
    ),
    waiting: reasons(results),
    dueMs: own.map(dueOf).reduce(sooner, undefined),
    kept: stays.map(keptText),
    children,
    jobs: input.jobs.with(rendered.children, children),
  };
}

/** Nearly always there is nothing undeclared: what stands is not worked out for that. */
function sortUndeclared(declared: Declared, isRendered: boolean, context: PassContext): Sorted {
  const { undeclared, results } = declared;
  if (undeclared.length > 0) return holdBack(undeclared, standingOf(declared, context));
  const isWhole = isRendered && results.every(({ kind }) => kind === "done");
  forgetStanding(declared, isWhole, context);
  return { goes: [], stays: [] };
}

/**
 * What the code of a box made is its to remove, for as long as the box has code: hooks delete, and a
 * remote lists all that it wants.
 */
function isPrunable(
  { type, object }: ObservedChild,
  hook: HookOutcome | undefined,
  { memory, program }: PassContext,
): boolean {
  const maker = madeByCode(object);
  if (program.hooks && maker === "hook") return false;
  if (hook?.kept?.has(childKey(type, object.metadata))) return false;
  if (program.remote && maker === "remote" && !hook?.kept) return false;
  return !memory.removed?.has(object.metadata.uid ?? "");
}

/** When it cannot be said what is declared: everything stays as it is. */
export function untouched(
  { object, observed, jobs }: ConvergeInput,
  context: PassContext,
): Converged {
  const children = liveChildren({ results: [], observed, pruned: NOTHING_PRUNED.keys, context });
  return { object, changes: [], errors: [], waiting: [], kept: [], children, jobs };
}

/** A child that cannot be rendered is an error of its own; the others go on. */
async function renderAll(
  { wanted, keys }: Declaration,
  siblings: readonly Instance[],
  { input, context }: { readonly input: ConvergeInput; readonly context: PassContext },
): Promise<{ readonly children: readonly DesiredChild[]; readonly errors: readonly Error[] }> {
  const { evaluations, owner, kinds, memory, surroundings } = context;
  // A plan tells what follows in the end, as `standing.ts` does.
  const switchOver = surroundings.isPlan ? undefined : { observed: input.observed, keys, memory };
  const children: DesiredChild[] = [];
  const errors: Error[] = [];
  for (const instance of wanted) {
    const observed = input.observed.find(instance.type, instance);
    if (!observed && input.jobs.hasFinished(instance.type, instance)) continue;
    const schema = kinds.schemaOf(instance.type);
    const around = { owner, schema, observed, siblings, switchOver };
    try {
      const child = await evaluations.run(context.environment, (environment) =>
        renderChild(instance, { ...around, environment }),
      );
      children.push(child);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      errors.push(error);
    }
  }
  return { children, errors };
}

/** What is remembered of children that are not there any more. */
function forgetGone({ owned }: Observed, { memory, nowMs }: PassContext): void {
  if (memory.hidden) forgetHidden(memory.hidden, nowMs);
  const { removed, answers, breaker } = memory;
  if (!removed && !answers && !breaker) return;
  const present = new Set(owned.map(({ object }) => object.metadata.uid ?? ""));
  for (const uid of removed ?? []) if (!present.has(uid)) removed?.delete(uid);
  for (const uid of answers?.keys() ?? []) if (!present.has(uid)) answers?.delete(uid);
  breaker?.retain(present);
  forgetEmpty(memory);
}

function forgetHidden(hidden: Map<string, HiddenChild>, nowMs: number): void {
  for (const [key, { untilMs }] of hidden) if (untilMs <= nowMs) hidden.delete(key);
}

function forgetEmpty(memory: KeyMemory): void {
  if (memory.removed?.size === 0) delete memory.removed;
  if (memory.answers?.size === 0) delete memory.answers;
  if (memory.breaker?.size === 0) delete memory.breaker;
}

interface Pruned {
  readonly changes: readonly Change[];
  readonly errors: readonly Error[];
  readonly keys: ReadonlySet<string>;
}

const NOTHING_PRUNED: Pruned = { changes: [], errors: [], keys: new Set() };

async function prune(
  doomed: readonly ObservedChild[],
  object: KubeObject,
  context: PassContext,
): Promise<Pruned> {
  if (doomed.length === 0) return NOTHING_PRUNED;
  const { writer, signal, memory } = context;
  await confirmCurrent(object, context);
  const results = await pruneChildren(doomed, { writer, signal });
  const changes: Change[] = [];
  const errors: Error[] = [];
  const keys = new Set<string>();
  for (const result of results) {
    const { type, object } = result.child;
    if (result.kind === "failed") {
      errors.push(result.error);
      continue;
    }
    changes.push(result.change);
    keys.add(childKey(type, object.metadata));
    noteRemoved(object, memory);
  }
  return { changes, errors, keys };
}

function liveChildren(parts: {
  readonly results: readonly ChildResult[];
  readonly observed: Observed;
  readonly pruned: ReadonlySet<string>;
  readonly context: PassContext;
}): readonly LiveChild[] {
  const { results, observed, pruned, context } = parts;
  const { removed } = context.memory;
  const live: LiveChild[] = [];
  const seen = new Set(pruned);
  const add = (type: ResourceType, object: KubeObject, isWanted: boolean) => {
    const key = childKey(type, object.metadata);
    if (seen.has(key)) return;
    seen.add(key);
    live.push({ type, object, isWanted });
  };
  for (const result of results) {
    if (result.kind === "done") add(result.desired.type, result.object, true);
  }
  for (const { type, object } of observed.owned) {
    if (!removed?.has(object.metadata.uid ?? "")) add(type, object, false);
  }
  return live;
}

function failures(results: readonly ChildResult[]): readonly Error[] {
  return results.filter((result) => result.kind === "failed").map(({ error }) => error);
}

function reasons(results: readonly ChildResult[]): readonly string[] {
  return results.filter((result) => result.kind === "waiting").map(({ reason }) => reason);
}

function dueOf(result: ChildResult): number | undefined {
  return result.kind === "waiting" ? result.untilMs : undefined;
}

function changeOf(result: ChildResult, context: PassContext): Change {
  if (result.kind === "done") return withNews(result.change, context);
  const { type, object } = result.desired;
  const { name, namespace } = object.metadata;
  return {
    action: result.kind === "failed" ? "failed" : "skipped",
    type,
    name,
    ...(namespace === undefined ? {} : { namespace }),
    reason: result.kind === "failed" ? result.error.message : result.reason,
  };
}

/** What there is to say of a child that is left as it is, is said once. */
function withNews(change: Change, context: PassContext): Change {
  const { action, reason, ...rest } = change;
  if (action !== "unchanged" || reason === undefined) return change;
  const isNew = isNews(`${childKey(change.type, change)} ${reason}`, context);
  return isNew ? change : { action, ...rest };
}
