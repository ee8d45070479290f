/** Evaluation said no: an unusable argument, a budget that ran out. */
import { formatPosition, type SourcePosition } from "../std/issue.ts";
import type { PathSegment } from "../std/json.ts";

export type TemplateErrorCode = "bad-argument" | "budget" | "missing-key" | "failed";

export interface TemplateErrorOptions {
  readonly position?: SourcePosition;
  readonly path?: readonly PathSegment[];
  readonly cause?: unknown;
}

export class TemplateError extends Error {
  readonly code: TemplateErrorCode;
  readonly position: SourcePosition | undefined;
  /** The message without the position. */
  readonly reason: string;
  /** From where whoever caught it looks, down to the text that the template is. */
  readonly path: readonly PathSegment[];

  constructor(code: TemplateErrorCode, message: string, options: TemplateErrorOptions = {}) {
    const place = options.position ? `${formatPosition(options.position)}: ` : "";
    super(`${place}${message}`, options.cause === undefined ? {} : { cause: options.cause });
    this.name = "TemplateError";
    this.code = code;
    this.position = options.position;
    this.reason = message;
    this.path = options.path ?? [];
  }

  /** The same, seen from one step above. Another object: one that is kept is thrown more than once. */
  below(segment: PathSegment): TemplateError {
    const { code, reason, position, cause } = this;
    const path = [segment, ...this.path];
    return new TemplateError(code, reason, { path, cause, ...(position && { position }) });
  }
}
