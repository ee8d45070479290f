/**
 * What a custom resource that is being deleted says of its own end: `Ready=False`, and why it is still there.
 *
 * Flow: behind each pass of `deletion.ts` that did not end with the finalizer off.
 *
 * Guarantees: one write when what there is to say changes, none otherwise, and none at all for a cleanup that
 * is over at once. What passes by itself (an overloaded server, a race) is not told. Fields of `status` stay as
 * they are, and so do other conditions.
 */
import { childTitle } from "../apply/child.ts";
import { OWNER_ANNOTATION } from "../apply/inventory.ts";
import type { ObservedChild } from "../apply/prune.ts";
import { leftBehindText } from "../apply/reclaim.ts";
import { isNotFound } from "../kube/error.ts";
import { OWNER_UID_ANNOTATION } from "../kube/marks.ts";
import { type KubeObject, objectKey } from "../schema/object.ts";
import { brief } from "../status/brief.ts";
import type { Condition } from "../status/conditions.ts";
import { toldMessage } from "../status/ready.ts";
import { nextStatus, statusOf } from "../status/status.ts";
import { announceOnce } from "./announce.ts";
import type { PassContext } from "./context.ts";
import { PassError } from "./error.ts";
import { writeStatus } from "./write-status.ts";

/** Most children are gone within it. A write that the next pass makes untrue is not worth its while. */
export const QUIET_CLEANUP_MS = 2_000;

/**
 * Tells what the cleanup waits for, when it does, or will, for longer than {@link QUIET_CLEANUP_MS}. Gives
 * the milliseconds after which to look again, `retryMs` or less.
 */
export async function tellWaiting(
  object: KubeObject,
  { reason, retryMs, isAsked }: Wait,
  context: PassContext,
): Promise<number> {
  const { memory, nowMs } = context;
  memory.waitsSinceMs ??= nowMs;
  const quietMs = memory.waitsSinceMs + QUIET_CLEANUP_MS - nowMs;
  if (quietMs > 0 && !isAsked) return Math.min(quietMs, retryMs);
  await tell(
    object,
    { reason: "Terminating", message: `Being deleted, waits: ${reason}` },
    context,
  );
  return retryMs;
}

export interface Wait {
  readonly reason: string;
  readonly retryMs: number;
  /** Somebody asked for just this delay. */
  readonly isAsked: boolean;
}

/** Marks tell that they were another one's of the name: whether they may go, only people know. */
export function tellLeftBehind(
  object: KubeObject,
  leftBehind: readonly ObservedChild[],
  context: PassContext,
): void {
  const { name, namespace } = object.metadata;
  for (const { type, object: child } of leftBehind) {
    const { annotations = {} } = child.metadata;
    const owner = annotations[OWNER_ANNOTATION] ?? "";
    const why = leftBehindText({ owner, ownerUid: annotations[OWNER_UID_ANNOTATION] });
    const message = `${childTitle(type, child.metadata)} stays: it was ${why}, delete it where nobody needs it`;
    const isNews = announceOnce(object, { reason: "LeftBehind", message }, context);
    if (isNews) context.surroundings.log.warn(message, { name, namespace });
  }
}

/**
 * Something moved a moment ago: what it waits for now may be over at once. The first look tells nothing of what
 * was before, and counts as one at which nothing moved.
 */
export function isMoving(reason: string, { memory, nowMs }: PassContext): boolean {
  const { waitsFor: before } = memory;
  if (before?.reason !== reason) {
    memory.waitsFor = { reason, sinceMs: before ? nowMs : Number.NEGATIVE_INFINITY };
  }
  return nowMs - (memory.waitsFor?.sinceMs ?? nowMs) < QUIET_CLEANUP_MS;
}

/** Tells that the cleanup failed, or takes longer than its timeout. Throws what keeps it from being told. */
export async function tellFailure(
  object: KubeObject,
  error: Error,
  context: PassContext,
): Promise<void> {
  try {
    await tell(object, { reason: "CleanupFailed", message: brief(error.message), error }, context);
  } catch (unwritten) {
    if (context.signal.aborted || !(unwritten instanceof Error)) throw unwritten;
    // It must not hide why the cleanup failed.
    const failures = error instanceof PassError ? error.errors : [error];
    throw new PassError([...failures, unwritten]);
  }
}

interface Verdict extends Pick<Condition, "reason" | "message"> {
  readonly error?: Error;
}

async function tell(
  { metadata }: KubeObject,
  { error, ...verdict }: Verdict,
  context: PassContext,
): Promise<void> {
  const { program, surroundings, memory, nowMs } = context;
  // The cleanup itself may have written marks; a status names the version that it replaces.
  const object = surroundings.primary.store.get(objectKey(metadata));
  if (!program.crd.box.status.hasConditions || !object || object.metadata.uid !== metadata.uid)
    return;
  const { generation: observedGeneration } = object.metadata;
  const stored = statusOf(object);
  const failure = { ...verdict, generation: observedGeneration };
  const ready: Condition = {
    type: "Ready",
    status: "False",
    reason: verdict.reason,
    message: error ? toldMessage(failure, { stored }) : verdict.message,
    ...(observedGeneration !== undefined && { observedGeneration }),
  };
  const jobs = memory.jobs?.isOf(observedGeneration) ? memory.jobs.condition() : undefined;
  const conditions = jobs ? [ready, jobs] : [ready];
  const update = { fields: [], conditions, observedGeneration, nowMs };
  const status = nextStatus(stored, update);
  try {
    await writeStatus(object, { status, errors: error ? [error] : [] }, context);
  } catch (unwritten) {
    // Somebody took the finalizer off by hand: there is nobody left to tell.
    if (!isNotFound(unwritten)) throw unwritten;
  }
}
