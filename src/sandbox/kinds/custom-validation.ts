/** Custom objects against the schema of their CRD. Rules in CEL are not evaluated (see `crds.ts`). */
import type { KubeObject } from "../../schema/object.ts";
import type { Json } from "../../std/json.ts";
import type { FieldError } from "../api-error.ts";
import type { CustomKind } from "./kind.ts";

export function customErrors(
  object: KubeObject,
  custom: CustomKind,
  subresource: "" | "status",
): FieldError[] {
  // A write to the status is held against the schema of the status alone.
  const isStatus = subresource === "status" && custom.statusValidator !== undefined;
  const found = isStatus
    ? (custom.statusValidator?.validate(object.status ?? {}) ?? [])
    : custom.validator.validate(object as unknown as Json);
  return found.map(({ field, reason, message }) => ({
    field: isStatus ? `status.${field}` : field,
    reason,
    message: message.slice(field.length + ": ".length),
  }));
}
