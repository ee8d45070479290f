/**
 * Regular expressions of other people: RE2 syntax, matched in time linear in the text, so that no
 * pattern of a Katalog or a CRD can hold the process. The only door to `re2js`.
 * Syntax: https://github.com/google/re2/wiki/Syntax.
 */
import { RE2JS, RE2JSException } from "re2js";

export interface LinearRegex {
  readonly source: string;
  /** Whether the pattern matches anywhere in `text`. */
  test(text: string): boolean;
}

/** The pattern is not RE2. The message says where it stops making sense. */
export class RegexError extends Error {
  readonly pattern: string;
  /** What the engine says of it. */
  readonly reason: string;

  constructor(pattern: string, cause: Error) {
    const reason = cause.message;
    super(`Cannot compile pattern "${pattern}": ${reason}`, { cause });
    this.name = "RegexError";
    this.pattern = pattern;
    this.reason = reason;
  }
}

/** Compiles `source` once. Throws {@link RegexError}. */
export function compileRegex(source: string): LinearRegex {
  const compiled = compile(source);
  return { source, test: (text) => compiled.matcher(text).find() };
}

function compile(source: string): RE2JS {
  try {
    return RE2JS.compile(source);
  } catch (error) {
    if (error instanceof RE2JSException) throw new RegexError(source, error);
    throw error;
  }
}
