/**
 * What an API server, or the way to it, answered when it said no. One class; callers ask with
 * predicates and never by message.
 *
 * `status` is the HTTP status, or 0 when no answer came (connection refused, timeout, TLS).
 * `reason` is the machine-readable reason of the Status object (`NotFound`, `AlreadyExists`,
 * `Conflict`, `Invalid` …; https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/).
 */
import type { JsonObject } from "../std/json.ts";

export interface KubeErrorOptions {
  readonly status: number;
  readonly reason?: string;
  /** `details` of the Status object, where one came. */
  readonly details?: JsonObject;
  /** From a Retry-After header or `details.retryAfterSeconds`, in milliseconds, a minute at most. */
  readonly retryAfterMs?: number;
  /** What a person may do about it: a sentence, or a question. */
  readonly hint?: string;
  readonly cause?: unknown;
}

export class KubeError extends Error {
  readonly status: number;
  readonly reason: string;
  readonly details: JsonObject | undefined;
  readonly retryAfterMs: number | undefined;
  readonly hint: string | undefined;

  constructor(message: string, options: KubeErrorOptions) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = "KubeError";
    this.status = options.status;
    this.reason = options.reason ?? "";
    this.details = options.details;
    this.retryAfterMs = options.retryAfterMs;
    this.hint = options.hint;
  }
}

export function isKubeError(error: unknown): error is KubeError {
  return error instanceof KubeError;
}

export function isNotFound(error: unknown): boolean {
  return isKubeError(error) && error.status === 404;
}

/** 409 on create: an object of this name is there already. */
export function isAlreadyExists(error: unknown): boolean {
  return isKubeError(error) && error.reason === "AlreadyExists";
}

/** 409 of a stale resourceVersion, a failed precondition, or a field manager conflict. */
export function isConflict(error: unknown): boolean {
  return isKubeError(error) && error.status === 409 && error.reason !== "AlreadyExists";
}

/** 422: the object breaks its schema, an immutable field changed, or a JSON patch test failed. */
export function isInvalid(error: unknown): boolean {
  return isKubeError(error) && error.status === 422;
}

export function isForbidden(error: unknown): boolean {
  return isKubeError(error) && error.status === 403;
}

/** No credentials could be had: a file, a plugin or an identity provider failed. Nothing was sent. */
export function isLoginFailure(error: unknown): boolean {
  return isKubeError(error) && error.status === 0 && error.reason === "Unauthenticated";
}

/** The server does not know who we are: it refused the credentials (401), or there are none to send. */
export function isUnauthenticated(error: unknown): boolean {
  return isLoginFailure(error) || (isKubeError(error) && error.status === 401);
}

/**
 * 429 for a kind whose CRD is new or was changed: the server makes it ready, which takes a second or two. Told
 * from an overload by its message alone. Source: `storage/cacher` of k8s.io/apiserver.
 */
export function isInitializing(error: unknown): boolean {
  return isKubeError(error) && error.status === 429 && error.message.includes("(re)initializing");
}

/**
 * 500 for an object that the server cannot read by the kind's schema: an unknown field, a value of another type, a
 * doubled list item. Nothing is wrong with the server, and it says so at every try. Told by its message alone.
 * Source: `managedfields/internal/structuredmerge.go` of k8s.io/apimachinery.
 */
export function isUntyped(error: unknown): boolean {
  return (
    isKubeError(error) &&
    error.status === 500 &&
    error.message.startsWith("failed to create typed ")
  );
}

/** 410, as HTTP status or inside a stream: the resourceVersion is too old. */
export function isExpired(error: unknown): boolean {
  return isKubeError(error) && (error.status === 410 || error.reason === "Expired");
}
