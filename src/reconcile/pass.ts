/**
 * One reconcile of one living custom resource, start to end. Read this file first.
 *
 *     object ─▶ finalizer and marks ─▶ children ⟲ status fields ─▶ status ─▶ outcome
 *
 * Guarantees: the finalizer is on the object before anything else is written for it; children go
 * before status; nothing is written that changes nothing. Requests of a new custom resource: its
 * children + 2; of an edit: the changed children + 1; of a pass over what is settled: none.
 *
 * Throws what went wrong, once everything that does not depend on it has been done; `classify.ts`
 * turns that into an outcome.
 */
import type { KubeObject } from "../schema/object.ts";
import type { Outcome } from "../status/outcome.ts";
import { TIMER_EARLY_MS } from "../std/clock.ts";
import { announceChanges } from "./announce.ts";
import { asksForFar } from "./child-kinds.ts";
import { foretellCleanup } from "./cleanup-names.ts";
import type { PassContext } from "./context.ts";
import { PassError } from "./error.ts";
import { areAnswersFinal } from "./final.ts";
import { versionSet } from "./memory.ts";
import { sooner } from "./requeue.ts";
import type { Settled } from "./settle.ts";
import { settleMarked } from "./settle-marked.ts";
import { holdsUnread, type PassEnds } from "./unread.ts";
import { startMarks } from "./write-marks.ts";
import { type StatusWritten, writeStatus } from "./write-status.ts";

/** How long to wait for something that should send an event anyway. */
const WAITING_RETRY_MS = 10_000;

/** `errors`: what went wrong before. */
export async function reconcilePass(
  seen: KubeObject,
  errors: readonly Error[],
  context: PassContext,
): Promise<Outcome> {
  const marked = await startMarks(seen, context);
  const settled = await settleMarked(marked, [...errors, ...marked.errors], context);
  announceChanges(settled.object, settled.changes, context);
  await foretellCleanup(settled, context);
  const written = await reportStatus(settled, context);
  if (written.errors.length > 0) {
    throw new PassError(written.errors, settled.changes, dueInMs(settled, context));
  }
  const { object: stored, status } = written;
  return conclude(settled, { read: settled.object, status, stored }, context);
}

/** A status that cannot be written must not hide what went wrong before. */
async function reportStatus(
  settled: Settled,
  context: PassContext,
): Promise<StatusWritten & { readonly errors: readonly Error[] }> {
  const { object } = settled;
  try {
    const written = await writeStatus(object, settled, context);
    return { object: written.object, status: written.status, errors: settled.errors };
  } catch (error) {
    if (context.signal.aborted || !(error instanceof Error)) throw error;
    return { object, status: settled.status, errors: [...settled.errors, error] };
  }
}

/** Nobody sends an event for what only the user's code knows: it is asked again when it says, or at the resync. */
function lookAgainMs(settled: Settled, context: PassContext): number {
  const { waiting, requeueAfterMs } = settled;
  const askedMs = sooner(requeueAfterMs, waiting.length > 0 ? WAITING_RETRY_MS : undefined);
  return sooner(askedMs, dueInMs(settled, context)) ?? context.program.crd.resyncMs;
}

/** Not before it is due: it would only wait again. */
function dueInMs({ dueMs }: Settled, { surroundings: { clock } }: PassContext): number | undefined {
  return dueMs === undefined ? undefined : Math.max(0, dueMs - clock.now()) + TIMER_EARLY_MS;
}

/** What to do next, and what to remember so that doing nothing next time is cheap. */
function conclude(settled: Settled, ends: PassEnds, context: PassContext): Outcome {
  const { memory, environment } = context;
  const { waiting, notReady, requeueAfterMs, changes } = settled;
  if (waiting.length + notReady.length > 0) {
    const reason = [...waiting, ...notReady].join("; ");
    return { kind: "waiting", reason, retryMs: lookAgainMs(settled, context), changes };
  }
  const requeue = requeueAfterMs === undefined ? {} : { requeueAfterMs };
  // What came in between is told by the watch: the pass that it causes must not be skipped.
  // The next pass finds no children in far places any more, and takes those out of the mark.
  const isFinal = areAnswersFinal(memory, context.surroundings);
  const isAtRest = isFinal && !holdsUnread(ends) && !asksForFar(ends.stored, context);
  if (!environment.isVolatile && isAtRest) {
    const versions = settled.children.map((child) => child.object.metadata.resourceVersion ?? "");
    memory.settled = {
      version: ends.stored.metadata.resourceVersion ?? "",
      children: versionSet(versions),
      ...requeue,
    };
  }
  return { kind: "settled", changes, ...requeue };
}
