/** What can go wrong with a service that is asked over HTTP in the name of a custom resource. */
import type { JsonObject } from "../std/json.ts";

/**
 * - `endpoint`: what its URL came to cannot be asked
 * - `credential`: what it is to be sent cannot be read
 * - `unreachable`: no answer came: connection, name, TLS
 * - `timeout`: it did not answer before its deadline
 * - `unwell`: 408, 429 or 5xx: it may answer later
 * - `refused`: another 4xx, or a redirect: it will say the same again
 * - `nonsense`: its answer is none, or too large
 * - `said`: its answer says that something went wrong
 */
export type RemoteErrorCode =
  | "endpoint"
  | "credential"
  | "unreachable"
  | "timeout"
  | "unwell"
  | "refused"
  | "nonsense"
  | "said";

export interface RemoteErrorOptions {
  /** It asks to be left alone for so long. */
  readonly retryAfterMs?: number | undefined;
  /** What it says of the status all the same. */
  readonly status?: JsonObject | undefined;
  readonly cause?: unknown;
}

export class RemoteError extends Error {
  readonly code: RemoteErrorCode;
  readonly retryAfterMs: number | undefined;
  readonly status: JsonObject | undefined;

  constructor(code: RemoteErrorCode, message: string, options: RemoteErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = "RemoteError";
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
    this.status = options.status;
  }
}
