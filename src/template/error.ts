/** Evaluation said no: an unusable argument, a budget that ran out. */
import { formatPosition, type SourcePosition } from "../std/issue.ts";

export type TemplateErrorCode = "bad-argument" | "budget" | "missing-key" | "failed";

export class TemplateError extends Error {
  readonly code: TemplateErrorCode;
  readonly position: SourcePosition | undefined;

  constructor(
    code: TemplateErrorCode,
    message: string,
    options: { readonly position?: SourcePosition; readonly cause?: unknown } = {},
  ) {
    const place = options.position ? `${formatPosition(options.position)}: ` : "";
    super(`${place}${message}`, options.cause === undefined ? {} : { cause: options.cause });
    this.name = "TemplateError";
    this.code = code;
    this.position = options.position;
  }
}
