/**
 * The one place that turns an outcome into what happens next: a queue action, a metric label, a
 * log level. Nothing else requeues.
 */
import { RemoteError } from "../hook/remote-error.ts";
import { isKubeError } from "../kube/error.ts";
import type { Workqueue } from "../queue/queue.ts";
import { isTransient } from "../reconcile/classify.ts";
import type { Outcome } from "../status/outcome.ts";
import { type Failure, isSameFailure } from "../std/same-failure.ts";
import type { Logger } from "../telemetry/log.ts";

/** Thrown on purpose. Among several errors anything else goes first: it is a fault of ours. */
const EXPLAINED: ReadonlySet<string> = new Set([
  "PassError",
  "ReconcileError",
  "ChildError",
  "KubeError",
  "TemplateError",
  "RemoteError",
]);

export interface ControllerOptions {
  readonly queue: Workqueue<string>;
  readonly log: Logger;
}

export interface Controller {
  /**
   * Acts on how a reconcile of `key` ended. Milliseconds until it is tried again by itself, or `undefined`
   * when it waits for a change or a resync. `generation`: of the custom resource.
   */
  act(key: string, outcome: Outcome, generation?: number): number | undefined;
}

/**
 * A race with another writer, or a server that restarts, is over after a retry or two. Only what goes
 * on for longer, about a second by the backoff, is somebody's business.
 */
const LOUD_AFTER_FAILURES = 8;

export function createController({ queue, log }: ControllerOptions): Controller {
  /** What was logged last of a key that fails, so that each failure is logged once. */
  const logged = new Map<string, Failure>();

  const report = (
    { key, error, generation }: Failed,
    fields: Readonly<Record<string, unknown>>,
  ): void => {
    const failure = { message: error.message, generation };
    const isNew = !isSameFailure(logged.get(key), failure);
    logged.set(key, failure);
    const write = isNew ? log.error : log.debug;
    write("Reconcile failed", { key, ...fields, error: findFault(error) ?? error });
  };

  const addAgain = (key: string, { againMs }: { readonly againMs?: number }) => {
    if (againMs !== undefined) queue.addAfter(key, againMs, "background");
    return againMs;
  };

  return {
    act(key, outcome, generation) {
      switch (outcome.kind) {
        case "settled":
          logged.delete(key);
          queue.forget(key);
          if (outcome.requeueAfterMs !== undefined) {
            queue.addAfter(key, outcome.requeueAfterMs, "background");
          }
          return outcome.requeueAfterMs;
        case "waiting":
          queue.forget(key);
          queue.addAfter(key, outcome.retryMs, "background");
          log.debug("Waiting", { key, reason: outcome.reason, retryMs: outcome.retryMs });
          return outcome.retryMs;
        case "retry": {
          const backoffMs = Math.round(queue.addRateLimited(key, retryAfterMs(outcome.error)));
          const retryMs = Math.min(backoffMs, addAgain(key, outcome) ?? backoffMs);
          const failures = queue.failures(key);
          const isPassing = isTransient(outcome.error) && failures < LOUD_AFTER_FAILURES;
          if (isPassing)
            log.debug("Trying again", { key, retryMs, failures, error: outcome.error });
          else report({ key, error: outcome.error, generation }, { retryMs, failures });
          return retryMs;
        }
        case "stuck":
          queue.forget(key);
          report(
            { key, error: outcome.error, generation },
            { next: "when it or a child changes, and at each resync" },
          );
          return addAgain(key, outcome);
        default:
          return outcome satisfies never;
      }
    },
  };
}

interface Failed {
  readonly key: string;
  readonly error: Error;
  readonly generation: number | undefined;
}

/** However long a server asks for, longer than the longest backoff nobody waits. */
const MAX_RETRY_AFTER_MS = 1_000_000;

/** The longest wait that a server asked for, anywhere in the tree of errors; 0 when none did. */
function retryAfterMs(error: unknown): number {
  if (!(error instanceof Error)) return 0;
  const own = isKubeError(error) || error instanceof RemoteError ? (error.retryAfterMs ?? 0) : 0;
  const inner = error instanceof AggregateError ? error.errors : [];
  const waits = [error.cause, ...inner].map(retryAfterMs);
  return Math.min(MAX_RETRY_AFTER_MS, Math.max(own, ...waits));
}

/** The error itself, or one that it collects, that nobody threw on purpose. */
function findFault(error: Error): Error | undefined {
  if (!EXPLAINED.has(error.name)) return error;
  const inner = error instanceof AggregateError ? (error.errors as readonly Error[]) : [];
  return inner.map(findFault).find((fault) => fault !== undefined);
}
