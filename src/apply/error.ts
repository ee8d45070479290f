/** What can be wrong with one child. The message names the child and what a person can do. */

/**
 * - `conflict`: an object of that name exists and is not ours
 * - `immutable`: a field has to change that cannot
 * - `contested`: another manager owns a field, and the entry says not to take it back
 * - `stale`: our cache was behind; the next pass knows better
 * - `rejected`: the server refused; `cause` says why
 */
export type ChildErrorCode = "conflict" | "immutable" | "contested" | "stale" | "rejected";

export class ChildError extends Error {
  readonly code: ChildErrorCode;

  constructor(code: ChildErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = "ChildError";
    this.code = code;
  }
}

export function isChildError(error: unknown): error is ChildError {
  return error instanceof ChildError;
}
