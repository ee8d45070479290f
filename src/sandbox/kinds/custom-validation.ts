/** Custom objects against the schema of their CRD. Rules in CEL are not evaluated (see `crds.ts`). */
import type { KubeObject } from "../../schema/object.ts";
import type { Json } from "../../std/json.ts";
import type { FieldError } from "../api-error.ts";
import type { CustomKind } from "./kind.ts";

export function customErrors(object: KubeObject, custom: CustomKind): FieldError[] {
  return custom.validator
    .validate(object as unknown as Json)
    .map(({ field, reason, message }) => ({
      field,
      reason,
      message: message.slice(field.length + ": ".length),
    }));
}
