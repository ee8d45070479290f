/** What a pass can find wrong by itself, beside what templates and the API server say. */
import type { ChangeSet } from "../apply/changes.ts";

/**
 * - `name`: a child has no usable name, namespace or kind
 * - `namespace`: the custom resource's data steers a child where it must not go
 * - `duplicate`: two active entries produce the same child
 * - `foreign`: code would delete what does not belong to its custom resource
 * - `value`: rendered text does not fit its field
 * - `kind`: the cluster serves no such kind
 * - `takeover`: another Katalog manages the custom resource
 * - `cleanup`: deletion cannot be finished
 */
export type ReconcileErrorCode =
  | "name"
  | "namespace"
  | "duplicate"
  | "foreign"
  | "value"
  | "kind"
  | "takeover"
  | "cleanup";

export class ReconcileError extends Error {
  readonly code: ReconcileErrorCode;

  constructor(
    code: ReconcileErrorCode,
    message: string,
    options: { readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = "ReconcileError";
    this.code = code;
  }
}

/** Several independent things went wrong in one pass. */
export class PassError extends AggregateError {
  declare readonly errors: Error[];
  /** What was done all the same. */
  readonly changes: ChangeSet;
  /** After so many milliseconds something else than what went wrong is due. */
  readonly againMs: number | undefined;

  constructor(errors: readonly Error[], changes: ChangeSet = [], againMs?: number) {
    super(errors, toldOnce(errors.map(({ message }) => message)).join("; "));
    this.changes = changes;
    this.againMs = againMs;
    this.name = "PassError";
  }
}

/** What stopped the write of a child stops that of the status, too, and was told with the child. */
function toldOnce(messages: readonly string[]): readonly string[] {
  const unique = [...new Set(messages)];
  const isTold = (message: string) => (other: string) =>
    other !== message && other.toLowerCase().endsWith(`: ${message.toLowerCase()}`);
  return unique.filter((message) => !unique.some(isTold(message)));
}
