/**
 * Answers that say no: the Status objects of the API server with its reasons, codes and wording, so
 * that clients and people read the same sentences as from a real cluster. Thrown inside the sandbox,
 * written to the wire by the request handler. Source of the form:
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/.
 */
import type { JsonObject } from "../std/json.ts";

export interface StatusCause {
  readonly reason: string;
  readonly message: string;
  readonly field?: string;
}

/** Which object an error is about. `kind` holds the resource's plural when the server writes that. */
export interface ErrorSubject {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  readonly uid?: string;
}

export class ApiError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: JsonObject | undefined;

  constructor(
    code: number,
    message: string,
    options: { readonly reason?: string; readonly details?: JsonObject } = {},
  ) {
    super(message);
    this.code = code;
    this.reason = options.reason ?? "";
    this.details = options.details;
  }

  /** The body on the wire, and the object of an ERROR event in a watch. */
  get status(): JsonObject {
    return {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: this.message,
      ...(this.reason !== "" && { reason: this.reason }),
      ...(this.details !== undefined && { details: this.details }),
      code: this.code,
    };
  }
}

/** `deployments.apps "web"`, or `pods "web"` in the core group. */
function qualified({ group, kind, name }: ErrorSubject): string {
  return `${group === "" ? kind : `${kind}.${group}`} ${JSON.stringify(name)}`;
}

function detailsOf(subject: ErrorSubject, extra: JsonObject = {}): JsonObject {
  return {
    ...(subject.name !== "" && { name: subject.name }),
    ...(subject.group !== "" && { group: subject.group }),
    ...(subject.kind !== "" && { kind: subject.kind }),
    ...(subject.uid !== undefined && { uid: subject.uid }),
    ...extra,
  };
}

export function notFound(subject: ErrorSubject): ApiError {
  return new ApiError(404, `${qualified(subject)} not found`, {
    reason: "NotFound",
    details: detailsOf(subject),
  });
}

/** A path that no resource answers to. */
export function noSuchResource(): ApiError {
  return new ApiError(404, "the server could not find the requested resource", {
    reason: "NotFound",
    details: {},
  });
}

export function alreadyExists(subject: ErrorSubject): ApiError {
  return new ApiError(409, `${qualified(subject)} already exists`, {
    reason: "AlreadyExists",
    details: detailsOf(subject),
  });
}

export function conflict(subject: ErrorSubject, why: string): ApiError {
  return new ApiError(409, `Operation cannot be fulfilled on ${qualified(subject)}: ${why}`, {
    reason: "Conflict",
    details: detailsOf(subject),
  });
}

export const STALE_OBJECT =
  "the object has been modified; please apply your changes to the latest version and try again";

export function applyConflict(message: string, causes: readonly StatusCause[]): ApiError {
  return new ApiError(409, message, {
    reason: "Conflict",
    details: { causes: causes.map((cause) => ({ ...cause })) },
  });
}

export function badRequest(message: string): ApiError {
  return new ApiError(400, message, { reason: "BadRequest" });
}

export function methodNotAllowed(message: string, subject?: ErrorSubject): ApiError {
  return new ApiError(405, message, {
    reason: "MethodNotAllowed",
    details: subject === undefined ? {} : detailsOf(subject),
  });
}

export function unsupportedMediaType(message: string): ApiError {
  return new ApiError(415, message, { reason: "UnsupportedMediaType" });
}

export function notAcceptable(supported: readonly string[]): ApiError {
  const message = `406: Not Acceptable\n\nAvailable representations: ${supported.join(", ")}`;
  return new ApiError(406, message, { reason: "NotAcceptable", details: {} });
}

export function tooLarge(message: string): ApiError {
  return new ApiError(413, message, { reason: "RequestEntityTooLarge" });
}

/** 410: history before this point is gone. In a stream it is sent as an ERROR event. */
export function expired(message: string): ApiError {
  return new ApiError(410, message, { reason: "Expired" });
}

export function forbidden(subject: ErrorSubject, why: string, causes?: StatusCause[]): ApiError {
  return new ApiError(403, `${qualified(subject)} is forbidden: ${why}`, {
    reason: "Forbidden",
    details: detailsOf(subject, causes ? { causes: causes.map((cause) => ({ ...cause })) } : {}),
  });
}

/** One wrong field. `reason` as in `FieldValueInvalid`; `message` without the field in front. */
export type FieldError = Required<StatusCause>;

export function invalid(subject: ErrorSubject, errors: readonly FieldError[]): ApiError {
  const texts = errors.map((error) => `${error.field}: ${error.message}`);
  const unique = [...new Set(texts)];
  const all = unique.length === 1 ? unique[0] : `[${unique.join(", ")}]`;
  return new ApiError(422, `${qualified(subject)} is invalid: ${all}`, {
    reason: "Invalid",
    details: detailsOf(subject, { causes: errors.map((error) => ({ ...error })) }),
  });
}

export function required(field: string, why = ""): FieldError {
  const message = why === "" ? "Required value" : `Required value: ${why}`;
  return { reason: "FieldValueRequired", message, field };
}

export function invalidValue(field: string, value: unknown, why: string): FieldError {
  const message = `Invalid value: ${printValue(value)}: ${why}`;
  return { reason: "FieldValueInvalid", message, field };
}

export function unsupportedValue(
  field: string,
  value: unknown,
  allowed: readonly string[],
): FieldError {
  const list = allowed.map((one) => JSON.stringify(one));
  const message = `Unsupported value: ${printValue(value)}: supported values: ${list.join(", ")}`;
  return { reason: "FieldValueNotSupported", message, field };
}

export function forbiddenField(field: string, why: string): FieldError {
  return { reason: "FieldValueForbidden", message: `Forbidden: ${why}`, field };
}

function printValue(value: unknown): string {
  return value === undefined ? "null" : JSON.stringify(value);
}
