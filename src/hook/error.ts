/** What can go wrong with the code of a user. */
import type { SourcePosition } from "../std/issue.ts";
import type { ErrorData } from "./protocol.ts";

/**
 * - `threw`: the handler threw or rejected
 * - `nonsense`: it gave back what is no result
 * - `timeout`: it did not settle before its deadline, its thread was ended
 * - `died`: its thread came to an end: `process.exit`, a stray error
 * - `beside`: its thread came to an end through another call; it says nothing about this one
 * - `memory`: its thread took more memory than it may, and was ended
 * - `load`: its thread could not be started again
 */
export type HookErrorCode =
  | "threw"
  | "nonsense"
  | "timeout"
  | "died"
  | "beside"
  | "memory"
  | "load";

export interface HookErrorOptions {
  readonly position?: SourcePosition | undefined;
  /** The stack in the author's source. */
  readonly stack?: string | undefined;
  /** The API server said so, and the hook passed it on. */
  readonly kube?: ErrorData["kube"] | undefined;
  readonly cause?: unknown;
}

export class HookError extends Error {
  readonly code: HookErrorCode;
  readonly position: SourcePosition | undefined;
  readonly kube: ErrorData["kube"];

  constructor(code: HookErrorCode, message: string, options: HookErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = "HookError";
    this.code = code;
    this.position = options.position;
    this.kube = options.kube;
    // Where it was thrown tells more than where it was received.
    this.stack = options.stack ?? `${this.name}: ${message}`;
  }
}

/** A call whose thread is gone, and not by its own fault as far as is known: it is made again. */
export class LostError extends HookError {
  /** Whether it may have had a part in it: made again a few times only. */
  readonly isSuspect: boolean;

  constructor(error: HookError, { isSuspect }: { readonly isSuspect: boolean }) {
    super(error.code, error.message, { cause: error });
    this.isSuspect = isSuspect;
  }
}
