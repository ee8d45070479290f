/**
 * A failed pass is told: an Event, and `Ready=False` in the status, by whatever it failed. A pass that came as far as
 * its children wrote its status itself; what it did not get to, or threw before, is written here. Otherwise `Ready`
 * would stay `True` for a generation that nobody reconciled.
 */
import { type KubeObject, objectKey } from "../schema/object.ts";
import { brief } from "../status/brief.ts";
import { readyCondition } from "../status/ready.ts";
import { nextStatus, statusOf } from "../status/status.ts";
import { isSameFailure } from "../std/same-failure.ts";
import type { PassContext } from "./context.ts";
import { PassError, ReconcileError } from "./error.ts";
import { noteFailure } from "./lasting.ts";
import { hasFinalizer } from "./marks.ts";
import { writeStatus } from "./write-status.ts";

/** `object`: as it was when the pass began. Throws only when the pass is aborted. */
export async function tellFailedPass(
  object: KubeObject,
  error: unknown,
  context: PassContext,
): Promise<void> {
  if (error instanceof Error && !(error instanceof PassError)) {
    await tellStatus(object, error, context);
  }
  const isWorthAnEvent = noteFailure(error, context);
  if (isWorthAnEvent && error instanceof Error) announceFailure(object, error, context);
}

/** A key that keeps failing in one way says so once. */
function announceFailure(object: KubeObject, error: Error, context: PassContext): void {
  const { memory, surroundings } = context;
  const { generation } = object.metadata;
  const failure = { message: error.message, generation };
  if (isSameFailure(memory.failure, failure)) return;
  memory.failure = failure;
  surroundings.emit({
    object,
    type: "Warning",
    reason: `${object.kind}${object.metadata.deletionTimestamp ? "Delete" : "Reconcile"}Error`,
    message: brief(error.message),
  });
}

async function tellStatus(seen: KubeObject, error: Error, context: PassContext): Promise<void> {
  const { surroundings, program, nowMs, signal } = context;
  const object = surroundings.primary.store.get(objectKey(seen.metadata));
  if (object?.metadata.uid !== seen.metadata.uid || !isOursToTell(object, error)) return;
  if (!program.crd.box.status.hasConditions) return;
  const { generation } = object.metadata;
  const stored = statusOf(object);
  const facts = { generation, errors: [error], waiting: [], children: [] };
  const ready = readyCondition(facts, stored);
  const status = nextStatus(stored, {
    fields: [],
    conditions: [ready],
    observedGeneration: generation,
    nowMs,
  });
  try {
    await writeStatus(object, { status, errors: [error] }, context);
  } catch (cause) {
    // The pass failed for another reason, which is told; the next failure tries to write it again.
    if (signal.aborted || !(cause instanceof Error)) throw cause;
  }
}

/** The finalizer goes before any other write; a cleanup tells for itself; another Katalog writes its own status. */
function isOursToTell(object: KubeObject | undefined, error: Error): object is KubeObject {
  if (!object || object.metadata.deletionTimestamp !== undefined) return false;
  if (error instanceof ReconcileError && error.code === "takeover") return false;
  return hasFinalizer(object);
}
