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
  /** The first match that starts at `from` or after it; what stands before counts for `^` and `\b`. */
  match(text: string, from: number): RegexMatch | undefined;
}

/** One match; offsets in UTF-16 units. */
export interface RegexMatch {
  readonly start: number;
  readonly end: number;
  /** The whole match and each group; a group that took no part is `undefined`. */
  readonly groups: readonly (string | undefined)[];
  /** Named groups: name → index. */
  readonly names: Readonly<Record<string, number>>;
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

/** The program of a pattern takes a thousand times as much memory as its text. */
const MAX_PATTERN_LENGTH = 10_000;

/** Compiles `source` once. Throws {@link RegexError}. */
export function compileRegex(source: string): LinearRegex {
  if (source.length > MAX_PATTERN_LENGTH) {
    const reason = `it has ${source.length} characters, the limit is ${MAX_PATTERN_LENGTH}`;
    throw new RegexError(`${source.slice(0, SHOWN_LENGTH)}…`, new Error(reason));
  }
  const compiled = compile(source);
  return {
    source,
    test: (text) => compiled.matcher(text).find(),
    match: (text, from) => matchFrom(compiled, text, from),
  };
}

/** Of a pattern that is too long. */
const SHOWN_LENGTH = 60;

function matchFrom(compiled: RE2JS, text: string, from: number): RegexMatch | undefined {
  const matcher = compiled.matcher(text);
  if (!matcher.find(from)) return undefined;
  const groups: (string | undefined)[] = [];
  for (let index = 0; index <= matcher.groupCount(); index++) {
    groups.push(matcher.group(index) ?? undefined);
  }
  return {
    start: matcher.start(0),
    end: matcher.end(0),
    groups,
    names: compiled.namedGroups(),
  };
}

function compile(source: string): RE2JS {
  try {
    return RE2JS.compile(source);
  } catch (error) {
    if (error instanceof RE2JSException) throw new RegexError(source, error);
    throw error;
  }
}
