/**
 * The one place that turns an outcome into what happens next: a queue action, a metric label, a
 * log level. Nothing else requeues.
 */
import type { Workqueue } from "../queue/queue.ts";
import type { Outcome } from "../status/outcome.ts";
import type { Logger } from "../telemetry/log.ts";

export interface ControllerOptions {
  readonly queue: Workqueue<string>;
  readonly log: Logger;
}

export interface Controller {
  /** Acts on how a reconcile of `key` ended. */
  act(key: string, outcome: Outcome): void;
}

export function createController({ queue, log }: ControllerOptions): Controller {
  /** The message that was logged last for a key that fails, so that each is logged once. */
  const logged = new Map<string, string>();

  const report = (key: string, error: Error, fields: Readonly<Record<string, unknown>>) => {
    const isNew = logged.get(key) !== error.message;
    logged.set(key, error.message);
    const write = isNew ? log.error : log.debug;
    write("Reconcile failed", { key, ...fields, error });
  };

  return {
    act(key, outcome) {
      switch (outcome.kind) {
        case "settled":
          logged.delete(key);
          queue.forget(key);
          if (outcome.requeueAfterMs !== undefined) {
            queue.addAfter(key, outcome.requeueAfterMs, "background");
          }
          return;
        case "waiting":
          queue.forget(key);
          queue.addAfter(key, outcome.retryMs, "background");
          log.debug("Waiting", { key, reason: outcome.reason, retryMs: outcome.retryMs });
          return;
        case "retry": {
          const retryMs = Math.round(queue.addRateLimited(key));
          report(key, outcome.error, { retryMs, failures: queue.failures(key) });
          return;
        }
        case "stuck":
          queue.forget(key);
          report(key, outcome.error, { next: "when it changes, and at each resync" });
          return;
        default:
          outcome satisfies never;
      }
    },
  };
}
