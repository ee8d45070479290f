/**
 * Why a child could not be rendered, in words that name the entry and the child. What was rendered
 * for a Secret is in none of them: errors end up in logs, events and the status.
 */
import { typeKey } from "../apply/child.ts";
import { ChildFieldError } from "../katalog/children/field-error.ts";
import { type CoerceError, coerceMessage } from "../schema/coerce.ts";
import { TemplateError } from "../template/error.ts";
import { ReconcileError } from "./error.ts";
import type { Instance } from "./expand.ts";
import { templateFault, templatePlace } from "./template-fault.ts";

export function misfitError(errors: readonly CoerceError[], instance: Instance): ReconcileError {
  const reasons = errors.map((error) =>
    isSecret(instance)
      ? `Cannot set "${error.path}": value is of another type, expected ${error.expected}`
      : coerceMessage(error),
  );
  return new ReconcileError("value", `${title(instance)}: ${reasons.join("; ")}`);
}

/** Errors of templates and shorthands as errors of this child; all others as they are. */
export function explainRenderError(error: Error, instance: Instance): Error {
  if (error instanceof ChildFieldError) {
    const { path, expected } = error;
    const reason = isSecret(instance)
      ? `Cannot use field "${path}": expected ${expected}`
      : error.message;
    return new ReconcileError("value", `${title(instance)}: ${reason}`);
  }
  if (error instanceof TemplateError && isSecret(instance)) {
    const at = templatePlace(error, instance.program.position);
    const place = at === "" ? "" : ` at ${at}`;
    return new ReconcileError(
      "value",
      `${title(instance)}: a template failed${place} (${error.code})`,
    );
  }
  return templateFault(title(instance), error, instance.program.position);
}

function title({ program, name }: Instance): string {
  return `Cannot render "${program.entry.id}" (${name})`;
}

function isSecret({ type }: Instance): boolean {
  return typeKey(type) === "Secret";
}
