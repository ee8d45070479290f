/**
 * Violations of a schema in the words of the API server, so that a message found here is the one
 * that `kubectl` would have shown. Source of the wording: observed answers of Kubernetes 1.36.
 */
import type { Json } from "../std/json.ts";

/** What went wrong, as the server prints it in front of the value. */
type FieldErrorType =
  | "Required value"
  | "Invalid value"
  | "Unsupported value"
  | "Duplicate value"
  | "Too long"
  | "Too many";

/** The same, as `reason` in the causes of a `Status`. */
type FieldErrorReason =
  | "FieldValueRequired"
  | "FieldValueInvalid"
  | "FieldValueTypeInvalid"
  | "FieldValueNotSupported"
  | "FieldValueDuplicate"
  | "FieldValueTooLong"
  | "FieldValueTooMany";

export interface FieldError {
  /** `spec.ports[0].port`; `<nil>` where the server names no field. */
  readonly field: string;
  readonly type: FieldErrorType;
  readonly reason: FieldErrorReason;
  /** The whole line: `spec.replicas: Invalid value: "x": … must be of type integer: "string"`. */
  readonly message: string;
}

export function requiredError(field: string): FieldError {
  return error({ field, type: "Required value", reason: "FieldValueRequired" });
}

export function invalidError(field: string, value: Json, detail: string): FieldError {
  return error({ field, type: "Invalid value", reason: "FieldValueInvalid", value, detail });
}

export function typeError(field: string, value: Json, detail: string): FieldError {
  return error({ field, type: "Invalid value", reason: "FieldValueTypeInvalid", value, detail });
}

export function unsupportedError(field: string, value: Json, allowed: readonly Json[]): FieldError {
  const names = allowed.map((one) => goQuote(typeof one === "string" ? one : JSON.stringify(one)));
  const detail = names.length > 0 ? `supported values: ${names.join(", ")}` : "";
  const type = "Unsupported value";
  return error({ field, type, reason: "FieldValueNotSupported", value, detail });
}

export function duplicateError(field: string, value: Json): FieldError {
  return error({ field, type: "Duplicate value", reason: "FieldValueDuplicate", value });
}

export function tooLongError(field: string, limit: number): FieldError {
  const detail = `may not be more than ${limit} ${limit === 1 ? "byte" : "bytes"}`;
  return error({ field, type: "Too long", reason: "FieldValueTooLong", detail });
}

export function tooManyError(field: string, actual: number, limit: number): FieldError {
  const detail = `must have at most ${limit} ${limit === 1 ? "item" : "items"}`;
  return error({ field, type: "Too many", reason: "FieldValueTooMany", value: actual, detail });
}

/** Go's `%q`: JSON text is the same but for control characters, which it may spell differently. */
function goQuote(text: string): string {
  return JSON.stringify(text);
}

interface ErrorParts {
  readonly field: string;
  readonly type: FieldErrorType;
  readonly reason: FieldErrorReason;
  readonly value?: Json;
  readonly detail?: string;
}

function error(parts: ErrorParts): FieldError {
  const { field, type, reason, value, detail } = parts;
  const shown = value === undefined ? "" : `: ${JSON.stringify(value)}`;
  const reasoned = detail ? `: ${detail}` : "";
  return { field, type, reason, message: `${field}: ${type}${shown}${reasoned}` };
}
