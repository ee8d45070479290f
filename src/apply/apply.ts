/**
 * Makes the children what they should be: desired × observed → requests → results.
 *
 * Flow: for each child decide (`decide.ts`, pure), then carry it out through the `Writer`. Namespaces
 * and CRDs come first, then Roles, and are awaited; everything else starts in the order of ranks, together,
 * at most {@link MAX_IN_FLIGHT} requests at a time for one custom resource.
 *
 * Guarantees: an equal child costs no request, a missing or changed one exactly one. An object that
 * is not ours is never written to unless the entry adopts it. One child's failure does not stop its
 * siblings; every failure comes back as a result. Throws only when aborted.
 */
import type { KubeClient, ObjectReference } from "../kube/client.ts";
import { isAlreadyExists, isConflict, isNotFound } from "../kube/error.ts";
import type { FieldDifference } from "../schema/differences.ts";
import type { SchemaNode } from "../schema/node.ts";
import type { KubeObject, ResourceType } from "../schema/object.ts";
import { mapParallel } from "../std/parallel.ts";
import { type Answer, explains, hasAnswered, lookedAt, rememberAnswer } from "./answers.ts";
import type { Breaker } from "./breaker.ts";
import type { Change, FieldChange } from "./changes.ts";
import { childTitle, type DesiredChild, inStages } from "./child.ts";
import { crowdedLists } from "./crowded-lists.ts";
import { type Decision, decideChild } from "./decide.ts";
import { ChildError } from "./error.ts";
import { isTampered } from "./reclaim.ts";
import { refusal } from "./refusal.ts";
import {
  explainRejection,
  immutableError,
  immutableFields,
  type RefusedWrite,
} from "./rejection.ts";
import { concernsUpdate, mayConcernUpdate } from "./update-refusal.ts";
import type { Writer } from "./writer.ts";

export const MAX_IN_FLIGHT = 8;

export type ChildResult =
  | {
      readonly kind: "done";
      readonly desired: DesiredChild;
      readonly change: Change;
      /** As the cluster holds it now. */
      readonly object: KubeObject;
    }
  | {
      readonly kind: "waiting";
      readonly desired: DesiredChild;
      readonly reason: string;
      /** Until when, where that is known; by the wall clock. */
      readonly untilMs?: number;
    }
  | {
      readonly kind: "failed";
      readonly desired: DesiredChild;
      readonly error: Error;
      /** Nobody knew of it before; its creation may have taken effect all the same. */
      readonly isUnseen?: boolean;
    };

export interface ApplyContext {
  readonly ownerUid: string;
  /** `creationTimestamp` of the owner. */
  readonly ownerBornAt?: string | undefined;
  readonly writer: Writer;
  readonly client: Pick<KubeClient, "get">;
  readonly signal: AbortSignal;
  /** The child as the cache holds it. */
  observed(child: DesiredChild): KubeObject | undefined;
  /** The child as the server told it, while the cache cannot show it. */
  hidden(child: DesiredChild): KubeObject | undefined;
  /** The cache will not show this one: it is not ours, or lost its label. */
  rememberHidden(child: DesiredChild, object: KubeObject): void;
  /** Puts what the server told into the cache. */
  remember(type: ResourceType, object: KubeObject): void;
  /** Deleted, to be made anew. */
  noteRemoved(object: KubeObject): void;
  /** Called before each write; the returned function after its answer was remembered. */
  expectWrite(child: DesiredChild): () => void;
  schemaOf(type: ResourceType): SchemaNode | undefined;
  /** Of the cache of the kind: grows each time that it is filled anew. */
  epochOf(type: ResourceType): number;
  /** By uid of the child: what the server made of earlier applies. */
  readonly answers: {
    get(uid: string): Answer | undefined;
    set(uid: string, answer: Answer): void;
    delete(uid: string): void;
  };
  readonly breaker: Breaker;
  readonly nowMs: number;
  /** The breaker opened for a child. Called once for each pause; returns what there is to say. */
  onContested(contest: Contest): Promise<string>;
}

/** Somebody else keeps changing these fields of a child. */
export interface Contest {
  readonly desired: DesiredChild;
  readonly fields: readonly FieldChange[];
  /** The child is left as it is; by the wall clock. */
  readonly untilMs: number;
}

export async function applyChildren(
  children: readonly DesiredChild[],
  context: ApplyContext,
): Promise<readonly ChildResult[]> {
  const ordered = children.toSorted((left, right) => left.rank - right.rank);
  const work = (child: DesiredChild) => applyChild(child, context);
  const results: ChildResult[] = [];
  for (const stage of inStages(ordered)) {
    results.push(...(await mapParallel(stage, MAX_IN_FLIGHT, work)));
  }
  return results;
}

/** Those that are there, as the cluster holds them now. */
export function writtenChildren(
  results: readonly ChildResult[],
): readonly Pick<DesiredChild, "type" | "object">[] {
  return results.flatMap((result) =>
    result.kind === "done" ? [{ type: result.desired.type, object: result.object }] : [],
  );
}

async function applyChild(desired: DesiredChild, context: ApplyContext): Promise<ChildResult> {
  const observed = context.observed(desired) ?? context.hidden(desired);
  try {
    const decision = decide(desired, observed, context);
    return await act(desired, decision, context);
  } catch (error) {
    if (context.signal.aborted) throw error;
    const schema = context.schemaOf(desired.type);
    const told = childError(desired, error, { schema });
    return { kind: "failed", desired, error: told, isUnseen: observed === undefined };
  }
}

/** What the server refused, explained; what was refused before it was sent explains itself. */
function childError(
  desired: DesiredChild,
  error: unknown,
  { schema, changes }: Pick<RefusedWrite, "schema" | "changes">,
): ChildError {
  if (error instanceof ChildError) return error;
  const { id: entry, type } = desired;
  return explainRejection(title(desired), error, { changes, schema, entry, kind: type.kind });
}

function decide(
  desired: DesiredChild,
  observed: KubeObject | undefined,
  { ownerUid, schemaOf, answers, epochOf, nowMs }: ApplyContext,
): Decision {
  const { type } = desired;
  const options = { ownerUid, schema: schemaOf(type) };
  const { uid = "" } = observed?.metadata ?? {};
  const known = answers.get(uid);
  if (!observed || !known) return decideChild(desired, observed, options);
  const answer = lookedAt(known, observed);
  if (answer !== known) answers.set(uid, answer);
  const now = { epoch: epochOf(type), nowMs };
  let isNeeded = false;
  let isAgain = true;
  const isExplained = (difference: FieldDifference) => {
    const isSo = explains(answer, difference, now);
    isNeeded ||= isSo;
    isAgain &&= hasAnswered(answer, difference);
    return isSo;
  };
  const decision = decideChild(desired, observed, { ...options, isExplained });
  // Somebody set what is declared. Should it become what the server once made of it, that is drift.
  if (decision.kind === "keep" && !isNeeded) answers.delete(uid);
  return decision.kind === "update" && isAgain ? { ...decision, again: observed } : decision;
}

async function act(
  desired: DesiredChild,
  decision: Decision,
  context: ApplyContext,
): Promise<ChildResult> {
  switch (decision.kind) {
    case "keep":
      return done(desired, decision.object, {
        action: "unchanged",
        ...(decision.note !== undefined && { reason: decision.note }),
      });
    case "wait":
      return { kind: "waiting", desired, reason: `${title(desired)} is ${decision.reason}` };
    case "refuse":
      return reclaim(desired, decision, context);
    case "create":
      return create(desired, context);
    case "update":
      return update(desired, decision, context);
    default:
      return decision satisfies never;
  }
}

/** What names this very owner may be its child all the same: only the server tells who wrote the marks. */
async function reclaim(
  desired: DesiredChild,
  decision: Extract<Decision, { kind: "refuse" }>,
  context: ApplyContext,
): Promise<ChildResult> {
  const { client, signal, ownerUid: uid, ownerBornAt: bornAt, schemaOf } = context;
  const { owner: text, namesake } = decision;
  const live = namesake && (await client.get(reference(desired), { signal }).catch(ignoreNotFound));
  if (!live || text === undefined || !isTampered(live, { text, uid, bornAt })) {
    throw refusal(title(desired), decision);
  }
  const options = { ownerUid: uid, schema: schemaOf(desired.type), isTampered: true };
  return act(desired, decideChild(desired, live, options), context);
}

/**
 * The cache does not know the child. When the server does, the cache was behind, somebody removed
 * our label, or the object is not ours: the live object decides, once.
 */
async function create(desired: DesiredChild, context: ApplyContext): Promise<ChildResult> {
  const { client, signal } = context;
  let stored: KubeObject;
  try {
    stored = await createObject(desired, context);
  } catch (error) {
    if (!isInTheWay(error)) throw error;
    const live = await client.get(reference(desired), { signal }).catch(ignoreNotFound);
    // Gone again between the two requests, or the conflict was about something else (a quota): the
    // next pass creates it.
    if (!live) throw error;
    context.remember(desired.type, live);
    const decision = decide(desired, live, context);
    // Somebody else's object is asked about at each resync: the user waits for us to see it gone.
    if (decision.kind === "keep") context.rememberHidden(desired, live);
    return act(desired, decision, context);
  }
  return done(desired, stored, { action: "created" });
}

/** An object of that name is there, or (a quota that two requests raced for) the server says 409. */
function isInTheWay(error: unknown): boolean {
  return isAlreadyExists(error) || isConflict(error);
}

function createObject(desired: DesiredChild, context: ApplyContext): Promise<KubeObject> {
  const { writer, signal } = context;
  return write(desired, context, () => writer.create(desired.type, desired.object, { signal }));
}

async function update(
  desired: DesiredChild,
  { uid, fields, correction, isReshaped, again }: Extract<Decision, { kind: "update" }>,
  context: ApplyContext,
): Promise<ChildResult> {
  const { writer, signal, breaker, nowMs } = context;
  const pause = breaker.pauseOf(uid, correction, nowMs);
  if (pause !== undefined) {
    pause.told ??= await context.onContested({ desired, fields, untilMs: pause.untilMs });
    return { kind: "waiting", desired, reason: pause.told, untilMs: pause.untilMs };
  }
  const force = desired.policy.forceConflict;
  const apply = async (replacing: readonly string[]) => {
    const how = { uid, force, isReshaped, replacing, signal };
    const stored = await write(desired, context, () =>
      writer.update(desired.type, desired.object, how),
    );
    breaker.record(uid, correction, nowMs);
    return done(desired, stored, { action: "configured", fields });
  };
  try {
    return await apply([]).catch((error: unknown) => {
      const crowded = force ? crowdedLists(error, fields) : [];
      if (crowded.length === 0) throw error;
      return apply(crowded);
    });
  } catch (error) {
    if (signal.aborted) throw error;
    // What rewrote it at its creation would do so again, and nobody wants it otherwise.
    if (again && mayConcernUpdate(error)) {
      rememberRewriting(desired, again, context);
      return done(desired, again, { action: "unchanged" });
    }
    if (!(await isUnchanging(desired, { error, changes: fields }, context))) {
      throw childError(desired, error, { schema: context.schemaOf(desired.type), changes: fields });
    }
    if (!desired.policy.recreate) throw immutableError(title(desired), error, fields);
    return recreate(desired, uid, context);
  }
}

/** What is declared is well, but what is there cannot become it. Before a deletion the server has the last word. */
async function isUnchanging(
  desired: DesiredChild,
  { error, changes }: { readonly error: unknown; readonly changes: readonly FieldChange[] },
  { writer, signal }: ApplyContext,
): Promise<boolean> {
  if (!mayConcernUpdate(error)) return false;
  if (!desired.policy.recreate && immutableFields(error).length > 0) return true;
  const tryCreate = () => writer.tryCreate(desired.type, desired.object, { signal });
  return concernsUpdate(error, { changes, tryCreate });
}

/** A field that cannot change has to: the entry allows to delete the child and make it anew. */
async function recreate(
  desired: DesiredChild,
  uid: string,
  context: ApplyContext,
): Promise<ChildResult> {
  const { writer, signal } = context;
  const { metadata } = desired.object;
  const doomed: KubeObject = { ...desired.object, metadata: { ...metadata, uid } };
  await writer.remove(desired.type, doomed, { signal }).catch(ignoreNotFound);
  context.noteRemoved(doomed);
  try {
    const stored = await createObject(desired, context);
    return done(desired, stored, { action: "created", reason: "recreated for an immutable field" });
  } catch (error) {
    if (!isInTheWay(error)) throw error;
    return {
      kind: "waiting",
      desired,
      reason: `${title(desired)} is being deleted to be recreated`,
    };
  }
}

/** The cache learns the answer, and what the server rewrote is no drift next time. */
async function write(
  desired: DesiredChild,
  context: ApplyContext,
  request: () => Promise<KubeObject>,
): Promise<KubeObject> {
  const release = context.expectWrite(desired);
  try {
    const stored = await request();
    context.remember(desired.type, stored);
    rememberRewriting(desired, stored, context);
    return stored;
  } finally {
    release();
  }
}

function rememberRewriting(
  desired: DesiredChild,
  stored: KubeObject,
  { answers, schemaOf, epochOf, nowMs }: ApplyContext,
): void {
  const { uid = "" } = stored.metadata;
  const { type, object: applied } = desired;
  const { isUpdated } = desired.policy;
  const wish = { type, applied, schema: schemaOf(type), before: answers.get(uid), isUpdated };
  const answer = rememberAnswer(wish, stored, { epoch: epochOf(type), nowMs });
  if (answer) answers.set(uid, answer);
  else answers.delete(uid);
}

function done(
  desired: DesiredChild,
  object: KubeObject,
  what: Pick<Change, "action"> & { fields?: readonly FieldChange[]; reason?: string },
): ChildResult {
  const { name, namespace } = desired.object.metadata;
  const change: Change = {
    ...what,
    type: desired.type,
    name,
    ...(namespace === undefined ? {} : { namespace }),
  };
  return { kind: "done", desired, change, object };
}

function reference({ type, object }: DesiredChild): ObjectReference {
  const { name, namespace } = object.metadata;
  return { type, name, ...(namespace === undefined ? {} : { namespace }) };
}

function title(desired: DesiredChild): string {
  return childTitle(desired.type, desired.object.metadata);
}

function ignoreNotFound(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
  return undefined;
}
