/**
 * A custom resource that is being deleted: cleanup, then our finalizer goes.
 *
 * Flow, from the top at each pass, so that a restart in the middle goes on where it was:
 *
 * 1. `onDelete`: calls to outside services, one after the other; then, group after group, Jobs are created and
 *    awaited, named children deleted and awaited; behind them, or before them with `runHooksFirst`, the user's
 *    code;
 * 2. children that no garbage collector takes (other namespaces, cluster-scoped): deleted, awaited;
 *    the server, not a cache, has the last word on whether any is left;
 * 3. our finalizer, and only ours, by a patch that any concurrent change refuses.
 *
 * Guarantees: the finalizer goes only after everything before it succeeded. After the plan's timeout
 * it still stays; a warning says so, and the work goes on at each resync. Why it is still there, `Ready` tells.
 */
import { applyChildren, type ChildResult } from "../apply/apply.ts";
import type { Change } from "../apply/changes.ts";
import { childTitle, type DesiredChild } from "../apply/child.ts";
import { ChildError } from "../apply/error.ts";
import { ownerReference } from "../apply/inventory.ts";
import { type ObservedChild, pruneChildren } from "../apply/prune.ts";
import { readinessOf } from "../apply/readiness.ts";
import { isNamespaceTerminating } from "../apply/rejection.ts";
import { isInvalid, isNotFound } from "../kube/error.ts";
import { FIELD_MANAGER } from "../kube/kube-client.ts";
import { isOlderVersion } from "../kube/resource-version.ts";
import type { KubeObject } from "../schema/object.ts";
import type { Outcome } from "../status/outcome.ts";
import { statusOf } from "../status/status.ts";
import { formatDuration } from "../std/duration.ts";
import { announceOnce } from "./announce.ts";
import { applyContext } from "./apply-context.ts";
import { callServices, openResults } from "./call-services.ts";
import { markPlaces } from "./child-kinds.ts";
import { confirmCurrent } from "./confirm.ts";
import type { PassContext } from "./context.ts";
import { PassError, ReconcileError } from "./error.ts";
import { type ExpandContext, expandEntries } from "./expand.ts";
import { findForgotten } from "./forgotten.ts";
import { recallJobs, rememberEnded } from "./job-memory.ts";
import { isComplete } from "./jobs.ts";
import { finalizerRemoval, hasFinalizer } from "./marks.ts";
import { noteRemoved } from "./memory.ts";
import { normalizeSpec } from "./normalize.ts";
import { observe, openCache } from "./observe.ts";
import { isOrphaning, rememberOrphaning } from "./orphan.ts";
import { addressOf } from "./owner.ts";
import type { DeleteStepProgram, EntryProgram } from "./program.ts";
import { renderChild } from "./render.ts";
import { runCode } from "./run-code.ts";
import type { HookInput } from "./run-hook.ts";
import { scopeFor } from "./scope.ts";
import {
  isMoving,
  QUIET_CLEANUP_MS,
  tellFailure,
  tellLeftBehind,
  tellWaiting,
} from "./tell-cleanup.ts";

/** Deletions and Jobs send events; this is for the event that got lost. */
const RETRY_MS = 5_000;

/** What one step of the cleanup came to. */
interface Progress {
  readonly waiting: readonly string[];
  readonly changes: readonly Change[];
  /** When to look again; {@link RETRY_MS} when absent. */
  readonly retryMs?: number;
}

const DONE: Progress = { waiting: [], changes: [] };

export async function reconcileDeletion(seen: KubeObject, context: PassContext): Promise<Outcome> {
  if (!hasFinalizer(seen) || isReleased(seen, context)) return { kind: "settled", changes: [] };
  await confirmCurrent(seen, context);
  const object = await rememberOrphaning(seen, context);
  let progress: Progress;
  try {
    progress = await cleanUp(object, context);
    if (progress.waiting.length === 0) await removeFinalizer(object, context);
  } catch (error) {
    if (context.signal.aborted || !(error instanceof Error)) throw error;
    if (isOverdue(object, context)) warnOverdue(object, error.message, context);
    await tellFailure(object, error, context);
    throw error;
  }
  if (progress.waiting.length > 0) return waitOrGiveUp(object, progress, context);
  return { kind: "settled", changes: progress.changes };
}

async function cleanUp(object: KubeObject, context: PassContext): Promise<Progress> {
  const { program, environment, evaluations } = context;
  const status = statusOf(object);
  const raw = scopeFor(object, { spec: object.spec, status, children: [] }, context);
  const spec = await evaluations.run(environment, (own) => normalizeSpec(program, raw, own));
  const observed = await observe(context);
  const external = openResults(context);
  const scope = scopeFor(object, { spec, status, children: observed.owned, external }, context);
  await callServices({ object, scope }, external, context);
  const expand: ExpandContext = {
    owner: object,
    allowedNamespaces: program.crd.allowedNamespaces,
    scope,
    environment,
    evaluations,
    kinds: context.kinds,
    signal: context.signal,
  };
  const { conditions, groups } = program.onDelete;
  const changes: Change[] = [];
  const callHook = async () => {
    const progress = await runDeleteHook({ object, scope, children: observed.owned }, context);
    changes.push(...progress.changes);
    return progress;
  };
  const isHookFirst = program.hooks?.plan.runHooksFirst === true;
  if (isHookFirst) {
    const progress = await callHook();
    if (progress.waiting.length > 0) return { ...progress, changes };
  }
  const verdict = await evaluations.run(environment, (own) => conditions.evaluate(scope, own));
  if (verdict.kind === "true") {
    for (const group of groups) {
      const progress = await runGroup(group, expand, context);
      changes.push(...progress.changes);
      if (progress.waiting.length > 0) return { ...progress, changes };
    }
  }
  if (!isHookFirst) {
    const progress = await callHook();
    if (progress.waiting.length > 0) return { ...progress, changes };
  }
  const rest = await removeUncollected(object, context);
  return { waiting: rest.waiting, changes: [...changes, ...rest.changes] };
}

/** Until it succeeded once; a restart asks again. A delay says that it is not done yet, as does what is not ready. */
async function runDeleteHook(input: HookInput, context: PassContext): Promise<Progress> {
  const { memory } = context;
  if (memory.isCleanedByHook) return DONE;
  const { errors, changes, requeueAfterMs, notReady } = await runCode("onDelete", input, context);
  const [error] = errors;
  if (error) throw error;
  if (notReady.length > 0) {
    return { waiting: notReady, changes, retryMs: requeueAfterMs ?? RETRY_MS };
  }
  if (requeueAfterMs !== undefined) {
    const waiting = [`the code of the box asks for another ${formatDuration(requeueAfterMs)}`];
    return { waiting, changes, retryMs: requeueAfterMs };
  }
  memory.isCleanedByHook = true;
  return { waiting: [], changes };
}

async function runGroup(
  group: readonly DeleteStepProgram[],
  expand: ExpandContext,
  context: PassContext,
): Promise<Progress> {
  const runs = group.flatMap((step) => (step.kind === "run" ? [step.run] : []));
  const results = [await runEntries(runs, expand, context)];
  for (const step of group) {
    if (step.kind === "delete") results.push(await deleteNamed(step, expand, context));
  }
  return {
    waiting: results.flatMap(({ waiting }) => waiting),
    changes: results.flatMap(({ changes }) => changes),
  };
}

/** Creates what the group runs, and waits until each is ready: a Job until it is complete. */
async function runEntries(
  entries: readonly EntryProgram[],
  expand: ExpandContext,
  context: PassContext,
): Promise<Progress> {
  if (entries.length === 0) return DONE;
  const expansion = await expandEntries(entries, expand);
  if (expansion.errors.length > 0) throw new PassError(expansion.errors);
  const active = expansion.instances.filter(({ verdict }) => verdict === "active");
  for (const { type } of active) await openCache(type, context);
  await markPlaces(expand.owner, active, context);
  const observed = await observe(context);
  const jobs = recallJobs(expand.owner, context, isComplete);
  const children: DesiredChild[] = [];
  for (const instance of active) {
    // One that failed is made again: the cleanup is not done.
    if (!observed.find(instance.type, instance) && jobs.hasFinished(instance.type, instance)) {
      continue;
    }
    const around = {
      owner: context.owner,
      schema: context.kinds.schemaOf(instance.type),
      observed: observed.find(instance.type, instance),
      siblings: active,
    };
    const child = await expand.evaluations.run(expand.environment, (environment) =>
      renderChild(instance, { ...around, environment }),
    );
    children.push(child);
  }
  const results = await applyChildren(children, applyContext(expand.owner, observed, context));
  const made = { object: expand.owner, wanted: children, results, observed, isOver: isComplete };
  rememberEnded(jobs, made, context.memory);
  const errors = results.flatMap((result) => runError(result, expand.owner, context));
  if (errors.length > 0) throw new PassError(errors);
  return {
    waiting: results.flatMap(runProgress),
    changes: results.flatMap((result) => (result.kind === "done" ? [result.change] : [])),
  };
}

/** In a namespace that is going nothing can be created any more: no reason to keep it for ever. */
function runError(result: ChildResult, object: KubeObject, context: PassContext): readonly Error[] {
  const title = childTitle(result.desired.type, result.desired.object.metadata);
  if (result.kind === "failed") {
    if (!isNamespaceTerminating(result.error.cause)) return [result.error];
    const message = `Cleanup goes on without ${title}: its namespace is being deleted`;
    // There, an event may not be stored either.
    const isNews = announceOnce(object, { reason: `${object.kind}DeleteError`, message }, context);
    if (isNews) context.surroundings.log.warn(message, { name: object.metadata.name });
  }
  const readiness = result.kind === "done" ? readinessOf(result.object) : undefined;
  if (readiness?.kind !== "failed") return [];
  const message = `Cannot finish the cleanup: ${title} ${readiness.reason}`;
  return [new ReconcileError("cleanup", message)];
}

function runProgress(result: ChildResult): readonly string[] {
  if (result.kind === "waiting") return [result.reason];
  const readiness = result.kind === "done" ? readinessOf(result.object) : undefined;
  if (readiness?.kind !== "progressing") return [];
  return [
    `${childTitle(result.desired.type, result.desired.object.metadata)}: ${readiness.reason}`,
  ];
}

/** Deletes a named child that is ours. One that is not ours, or not there, is nothing to wait for. */
async function deleteNamed(
  step: Extract<DeleteStepProgram, { kind: "delete" }>,
  { scope, environment, evaluations }: ExpandContext,
  context: PassContext,
): Promise<Progress> {
  const { verdict, ...place } = await evaluations.run(environment, (own) => ({
    verdict: step.conditions.evaluate(scope, own),
    name: step.name.evaluate(scope, own),
    namespace: step.namespace.evaluate(scope, own),
  }));
  if (verdict.kind !== "true") return DONE;
  const { apiVersion = step.childKind.apiVersion, objectKind = step.childKind.kind } = step.step;
  const type = await context.kinds.find(apiVersion, objectKind, context.signal);
  const name = String(place.name ?? "");
  const namespace = String(place.namespace ?? "") || context.owner.namespace;
  const { owned } = await observe(context);
  const targets = owned.filter(
    ({ type: { group, kind }, object: { metadata } }) =>
      group === type.group &&
      kind === type.kind &&
      metadata.name === name &&
      (!type.namespaced || metadata.namespace === namespace),
  );
  return removeAll(targets, context);
}

/**
 * Cluster-scoped children and children in other namespaces: their end is ours to bring about. Where
 * an owner reference is legal the garbage collector decides, and so does `--cascade=orphan`.
 */
async function removeUncollected(object: KubeObject, context: PassContext): Promise<Progress> {
  if (isOrphaning(object)) return DONE;
  const { owned } = await observe(context);
  const uncollected = owned.filter(
    (child) => ownerReference(context.owner, child.object.metadata) === undefined,
  );
  const progress = await removeAll(uncollected, context);
  if (progress.waiting.length > 0) return progress;
  const { children, leftBehind } = await findForgotten(object, context);
  tellLeftBehind(object, leftBehind, context);
  return removeAll(children, context);
}

/** Deletes what is not being deleted yet; waits for all of it to be gone. */
async function removeAll(
  targets: readonly ObservedChild[],
  context: PassContext,
): Promise<Progress> {
  const { writer, signal, memory } = context;
  const fresh = targets.filter(
    ({ object: { metadata } }) =>
      metadata.deletionTimestamp === undefined && !memory.removed?.has(metadata.uid ?? ""),
  );
  const results = await pruneChildren(fresh, { writer, signal });
  const errors = results.flatMap((result) => (result.kind === "failed" ? [result.error] : []));
  if (errors.length > 0) throw new PassError(errors);
  for (const { child } of results) noteRemoved(child.object, memory);
  return {
    waiting: targets.map(({ type, object: { metadata } }) => {
      const { finalizers = [] } = metadata;
      const held = finalizers.length > 0 ? `, held by ${finalizers.join(", ")}` : "";
      return `${childTitle(type, metadata)}: being deleted${held}`;
    }),
    changes: results.flatMap((result) => (result.kind === "done" ? [result.change] : [])),
  };
}

async function removeFinalizer(object: KubeObject, context: PassContext): Promise<void> {
  const { surroundings, memory, signal } = context;
  try {
    const released = await surroundings.client.patch(
      addressOf(object, surroundings.type),
      finalizerRemoval(object),
      { patchType: "json", fieldManager: FIELD_MANAGER, signal },
    );
    memory.releasedVersion = released.metadata.resourceVersion ?? "";
  } catch (error) {
    // Gone already: somebody removed the finalizer by hand.
    if (isNotFound(error)) {
      memory.releasedVersion = object.metadata.resourceVersion ?? "";
      return;
    }
    if (!isInvalid(error)) throw error;
    throw new ChildError(
      "stale",
      `Cannot remove the finalizer yet: ${object.kind} changed in the meantime`,
      {
        cause: error,
      },
    );
  }
  surroundings.emit({
    object,
    type: "Normal",
    reason: `${object.kind}Deleted`,
    message: "Cleanup is complete, the finalizer is removed",
  });
}

/**
 * Our finalizer is off, and the cache has yet to hear of it: that a child is gone by now, taken by the
 * garbage collector, is often told before, and is no reason to begin anew.
 */
function isReleased({ metadata }: KubeObject, { memory }: PassContext): boolean {
  const { releasedVersion } = memory;
  if (releasedVersion === undefined) return false;
  return !isOlderVersion(releasedVersion, metadata.resourceVersion ?? "");
}

async function waitOrGiveUp(
  object: KubeObject,
  { waiting, retryMs, changes }: Progress,
  context: PassContext,
): Promise<Outcome> {
  const message = "Cleanup has begun, the finalizer stays until it is complete";
  announceOnce(object, { type: "Normal", reason: "Deleting", message }, context);
  const reason = waiting.join("; ");
  const moves = isMoving(reason, context);
  if (isOverdue(object, context)) {
    if (moves) return { kind: "waiting", reason, retryMs: QUIET_CLEANUP_MS, changes };
    warnOverdue(object, reason, context);
    const error = new ReconcileError("cleanup", `Cannot finish the cleanup in time: ${reason}`);
    await tellFailure(object, error, context);
    return { kind: "stuck", error };
  }
  const wait = { reason, retryMs: retryMs ?? RETRY_MS, isAsked: retryMs !== undefined };
  return { kind: "waiting", reason, retryMs: await tellWaiting(object, wait, context), changes };
}

function warnOverdue(object: KubeObject, reason: string, context: PassContext): void {
  const message = `Cleanup is not complete after its timeout, the finalizer stays: ${reason}`;
  announceOnce(object, { reason: `${object.kind}DeleteError`, message }, context);
}

function isOverdue(object: KubeObject, { program, nowMs, surroundings }: PassContext): boolean {
  if (surroundings.hasPlanned?.()) return false;
  const since = Date.parse(object.metadata.deletionTimestamp ?? "");
  return nowMs - since > program.crd.box.onDelete.timeoutMs;
}
