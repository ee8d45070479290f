/**
 * A template that failed, in words that say where it stands: `katalog.yaml:13:11 (data.a)` is the place of the
 * entry and the field in it. Made when something fails, so that nothing has to be kept for it.
 */
import { fieldPath, indexPath } from "../schema/field-path.ts";
import { formatPosition, type SourcePosition } from "../std/issue.ts";
import type { PathSegment } from "../std/json.ts";
import { TemplateError } from "../template/error.ts";
import { ReconcileError } from "./error.ts";

/** The error of a template as one of `what`; every other error as it is. */
export function templateFault(
  what: string,
  error: Error,
  position?: SourcePosition | undefined,
): Error {
  if (!(error instanceof TemplateError)) return error;
  const place = templatePlace(error, position);
  const said = place === "" ? error.reason : `${place}: ${error.reason}`;
  return new ReconcileError("value", `${what}: ${said}`, { cause: error });
}

/** Whatever was caught: that of a template as an error of that block of the box. */
export function blockFault(block: string, caught: unknown): unknown {
  return caught instanceof Error ? templateFault(`Cannot render "${block}"`, caught) : caught;
}

/** `position` is that of the entry; empty when nothing more is known than that. */
export function templatePlace(
  { path, position: inText }: TemplateError,
  position: SourcePosition | undefined,
): string {
  const file = position ? [formatPosition(position)] : [];
  const field = path.length > 0 ? [dotted(path)] : [];
  // A template on one line is quoted by the error itself.
  const line = inText && inText.line > 1 ? [`line ${inText.line} of the text`] : [];
  const inside = [...field, ...line].join(", ");
  if (file.length === 0 || inside === "") return [...file, inside].join("");
  return `${file.join("")} (${inside})`;
}

function dotted(path: readonly PathSegment[]): string {
  return path.reduce<string>(
    (text, step) => (typeof step === "number" ? indexPath(text, step) : fieldPath(text, step)),
    "",
  );
}
