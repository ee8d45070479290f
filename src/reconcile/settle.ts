/**
 * Children and status, until they agree.
 *
 * Status fields may build on each other (`phase` from `ready`), and children may depend on the
 * status. So a look that changes the status is followed by another one with that status, as if it
 * had been stored, until a look changes nothing; the result is then stored once.
 *
 * A status that never stands still (a counter, a flip) would be stored for ever, each write being
 * the reason for the next. After {@link MAX_LOOKS} the fields that still move are left as they are
 * stored, and an event names them.
 */
import type { Change, ChangeSet } from "../apply/changes.ts";
import { childTitle } from "../apply/child.ts";
import type { ObservedChild } from "../apply/prune.ts";
import { readinessOf } from "../apply/readiness.ts";
import type { KubeObject } from "../schema/object.ts";
import type { Condition } from "../status/conditions.ts";
import { type ReadyFacts, readyCondition } from "../status/ready.ts";
import { type FieldValue, nextStatus, statusOf } from "../status/status.ts";
import { isDeepEqual, type Json, type JsonObject } from "../std/json.ts";
import type { Scope } from "../template/template.ts";
import { announceOnce } from "./announce.ts";
import type { PassContext } from "./context.ts";
import { type Converged, converge, type LiveChild, untouched } from "./converge.ts";
import { recallJobs, rememberJobs } from "./job-memory.ts";
import type { JobRecord } from "./jobs.ts";
import { normalizeSpec } from "./normalize.ts";
import { observe } from "./observe.ts";
import { requeueDelay, sooner } from "./requeue.ts";
import { runCode } from "./run-code.ts";
import type { HookOutcome } from "./run-hook.ts";
import { scopeFor } from "./scope.ts";
import { evaluateStatusFields } from "./status-fields.ts";
import { acceptedCondition } from "./takeover.ts";

const MAX_LOOKS = 10;

export interface Settled {
  /** The custom resource as stored now. */
  readonly object: KubeObject;
  readonly changes: ChangeSet;
  readonly errors: readonly Error[];
  readonly waiting: readonly string[];
  /** What the user's code says is not there yet: it says when to call it again, or leaves it to the resync. */
  readonly notReady: readonly string[];
  /** When the first of what waits may go on; by the wall clock. */
  readonly dueMs?: number | undefined;
  readonly children: readonly LiveChild[];
  /** The status to store. */
  readonly status: JsonObject;
  /** What templates saw last. */
  readonly scope: Scope;
  /** When the Katalog, or the user's code, wants it to be looked at again. */
  readonly requeueAfterMs?: number | undefined;
}

interface Look {
  readonly converged: Converged;
  readonly errors: readonly Error[];
  readonly fields: readonly FieldValue[];
  readonly status: JsonObject;
  readonly scope: Scope;
  /** `requeue` of the Katalog. */
  readonly requeueAfterMs?: number | undefined;
}

interface Start {
  readonly object: KubeObject;
  readonly spec: Json | undefined;
  /** What went wrong before. */
  readonly errors: readonly Error[];
  readonly isNormal: boolean;
  /** The user's code runs once in a pass, in the first look. */
  readonly hook: { outcome?: HookOutcome };
}

export async function settleChildren(
  object: KubeObject,
  errors: readonly Error[],
  context: PassContext,
): Promise<Settled> {
  const stored = statusOf(object);
  let start = await prepare(object, errors, context);
  const changes: ChangeSet[] = [];
  let jobs = recallJobs(object, context);
  let before: Look | undefined;
  for (let count = 1; ; count++) {
    const status = before?.status ?? stored;
    const look = await lookOnce(start, { status, jobs }, context);
    changes.push(look.converged.changes);
    jobs = look.converged.jobs;
    rememberJobs(jobs, object, context.memory);
    start = { ...start, object: look.converged.object };
    const isStill = !context.program.isStatusReader || isDeepEqual(look.status, status);
    // What failed would fail again, at the price of the same requests.
    const isLast = isStill || look.errors.length > 0;
    if (isLast || count === MAX_LOOKS) {
      const last = isLast ? look : freeze(start, { look, before }, context);
      return conclude(await withRequeue(last, start, context), changes, start);
    }
    before = look;
  }
}

/** Without a spec that could be normalized nothing is declared, and nothing is touched. */
async function prepare(
  object: KubeObject,
  errors: readonly Error[],
  context: PassContext,
): Promise<Start> {
  const { program, evaluations, environment } = context;
  const hook = {};
  if (program.normalize.length === 0) {
    return { object, spec: object.spec, errors, isNormal: true, hook };
  }
  const parts = { spec: object.spec, status: statusOf(object), children: [] };
  try {
    const raw = scopeFor(object, parts, context);
    const spec = await evaluations.run(environment, (own) => normalizeSpec(program, raw, own));
    return { object, spec, errors, isNormal: true, hook };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { object, spec: object.spec, errors: [...errors, error], isNormal: false, hook };
  }
}

async function lookOnce(
  start: Start,
  { status, jobs }: { readonly status: JsonObject; readonly jobs: JobRecord },
  context: PassContext,
): Promise<Look> {
  const { object, spec } = start;
  const { program } = context;
  const observed = await observe(context);
  const input = {
    object,
    observed,
    jobs,
    scope: scopeFor(object, { spec, status, children: observed.owned }, context),
  };
  const callHook = async (children: readonly ObservedChild[]) => {
    start.hook.outcome ??= await runCode(
      "onReconcile",
      { object, children, scope: scopeFor(object, { spec, status, children }, context) },
      context,
    );
    return start.hook.outcome;
  };
  if (start.isNormal && program.hooks?.plan.runHooksFirst) await callHook(observed.owned);
  const hasCode = program.hooks !== undefined || program.remote !== undefined;
  const converged = start.isNormal
    ? await converge(hasCode ? { ...input, callHook } : input, context)
    : untouched(input, context);
  const scope = scopeFor(object, { spec, status, children: converged.children }, context);
  const failures = [...start.errors, ...converged.errors];
  const schema = context.kinds.schemaOf(context.surroundings.type);
  const options = { scope, object, schema, hasFailed: failures.length > 0 };
  const fields = await context.evaluations.run(context.environment, (environment) =>
    evaluateStatusFields(program, { ...options, environment }),
  );
  const errors = [...failures, ...fields.errors];
  const result = { converged, errors, fields: fields.values, scope };
  return { ...result, status: statusAfter(start, { ...result, base: status }, context) };
}

/** Asks when to look again, once it stands still: nothing else does. That it cannot be told is an error of the pass. */
async function withRequeue(look: Look, start: Start, context: PassContext): Promise<Look> {
  const { waiting, kept } = look.converged;
  if (!context.program.requeue) return look;
  if (look.errors.length + waiting.length + kept.length > 0) return look;
  try {
    return { ...look, requeueAfterMs: await requeueDelay(look.scope, context) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const failed = { ...look, errors: [error] };
    return { ...failed, status: statusAfter(start, { ...failed, base: look.status }, context) };
  }
}

/** `base` with fields and conditions set; transition times count from what is stored. */
function statusAfter(
  { object, hook: { outcome } }: Start,
  look: Omit<Look, "status"> & { readonly base: JsonObject },
  context: PassContext,
): JsonObject {
  const { program, nowMs } = context;
  const { conditions: _, ...base } = look.base;
  const stored = statusOf(object)["conditions"];
  const { generation } = object.metadata;
  return nextStatus(stored === undefined ? base : { ...base, conditions: stored }, {
    ...(outcome && { overlay: outcome.status }),
    fields: look.fields,
    nowMs,
    observedGeneration: generation,
    ...(program.crd.box.status.hasConditions && {
      conditions: [
        ...conditionsAfter(look, object, outcome?.notReady),
        ...acceptedCondition(object, context),
        ...(outcome?.conditions ?? []),
      ],
    }),
  });
}

function conditionsAfter(
  { converged, errors }: Pick<Look, "converged" | "errors">,
  object: KubeObject,
  notReady: readonly string[] = [],
): readonly Condition[] {
  const facts = {
    generation: object.metadata.generation,
    errors,
    waiting: [...converged.waiting, ...notReady],
    kept: converged.kept,
    children: unreadyChildren(converged.children),
  };
  const ready = readyCondition(facts, statusOf(object));
  const jobs = converged.jobs.condition();
  return jobs ? [ready, jobs] : [ready];
}

/** Those that are ready say nothing. */
function unreadyChildren(children: readonly LiveChild[]): ReadyFacts["children"] {
  const unready: ReadyFacts["children"][number][] = [];
  for (const { type, object, isWanted } of children) {
    if (!isWanted) continue;
    const readiness = readinessOf(object);
    if (readiness.kind === "ready") continue;
    unready.push({ title: childTitle(type, object.metadata), readiness });
  }
  return unready;
}

/** The last look, with the fields that changed since the one before left as they are stored. */
function freeze(
  start: Start,
  { look, before }: { readonly look: Look; readonly before: Look | undefined },
  context: PassContext,
): Look {
  const isStill = ({ path, value }: FieldValue) =>
    before?.fields.some((other) => other.path === path && isDeepEqual(other.value, value)) === true;
  const moving = look.fields.filter((field) => !isStill(field)).map(({ path }) => `"${path}"`);
  const message = `Cannot settle the status: ${moving.join(", ")} changes with every look at it, it is left as it is`;
  announceOnce(start.object, { reason: "StatusUnstable", message }, context);
  const still = { ...look, fields: look.fields.filter(isStill) };
  const base = statusOf(start.object);
  return { ...still, status: statusAfter(start, { ...still, base }, context) };
}

function conclude(look: Look, changes: readonly ChangeSet[], { hook }: Start): Settled {
  const { converged, errors, status, scope } = look;
  const { object, children, dueMs } = converged;
  const waiting = [...converged.waiting, ...converged.kept];
  const requeueAfterMs = sooner(look.requeueAfterMs, hook.outcome?.requeueAfterMs);
  const { notReady = [] } = hook.outcome ?? {};
  const parts = { object, errors, waiting, notReady, dueMs, children, status, scope };
  const done = mergeChanges(changes, hook.outcome !== undefined);
  return { ...parts, requeueAfterMs, changes: done };
}

/** One change for each child: what a later look found unchanged keeps what an earlier one did. */
function mergeChanges(looks: readonly ChangeSet[], hasCode: boolean): ChangeSet {
  const [first] = looks;
  // Nothing is declared twice, and what goes is not declared. Code may write a child several times.
  if (first && looks.length === 1 && !hasCode) return first;
  const merged = new Map<string, Change>();
  for (const change of looks.flat()) {
    const key = `${change.type.group}/${change.type.kind} ${change.namespace ?? ""}/${change.name}`;
    const earlier = merged.get(key);
    if (!earlier || change.action !== "unchanged") merged.set(key, change);
  }
  return [...merged.values()];
}
