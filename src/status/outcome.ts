/**
 * How a reconcile ended. One function turns anything thrown into an outcome, and one `switch` maps
 * the outcome to a queue action, a metric label and a log level.
 */
import type { ChangeSet } from "../apply/changes.ts";

export type Outcome =
  | { readonly kind: "settled"; readonly changes: ChangeSet; readonly requeueAfterMs?: number }
  /** Something is not there yet: no failure, no backoff. */
  | {
      readonly kind: "waiting";
      readonly reason: string;
      readonly retryMs: number;
      /** What was done all the same; so below. */
      readonly changes?: ChangeSet;
    }
  /** Failed; tried again with backoff. */
  | {
      readonly kind: "retry";
      readonly error: Error;
      readonly changes?: ChangeSet;
      /** When something beside the error is due; so below. */
      readonly againMs?: number;
    }
  /** Failed; tried again when the object, a child or the Katalog changes, and at each resync. */
  | {
      readonly kind: "stuck";
      readonly error: Error;
      readonly changes?: ChangeSet;
      readonly againMs?: number;
    };
