/**
 * A problem in text that a user wrote, as data. Stages collect issues and report all of them at
 * once; nothing is thrown for the first one found.
 */
import type { PathSegment } from "./json.ts";

/** Where something stands in a source. Lines and columns count from 1, columns in UTF-16 units. */
export interface SourcePosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** `error` stops the start; `warning` does so only with `--strict`; `notice` never does. */
export type Severity = "error" | "warning" | "notice";

export interface Issue {
  /** Stable, kebab-case, for machines: `unknown-key`, `template-syntax`. */
  readonly code: string;
  readonly severity: Severity;
  /** One sentence without a final period: what was found, then what was expected. */
  readonly message: string;
  /** What to do about it, where there is something to say: `Did you mean "replicas"?`. */
  readonly hint?: string;
  /** Path inside the document, as in the source spelling. */
  readonly path?: readonly PathSegment[];
  readonly position?: SourcePosition;
}

/** `file:line:column`, the form that editors and terminals turn into a link. */
export function formatPosition(position: SourcePosition): string {
  return `${position.file}:${position.line}:${position.column}`;
}
