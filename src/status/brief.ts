/**
 * Errors in the length that a status, an Event or a terminal can take. An API server explains a refusal with whole
 * regular expressions, whole values and all that would have been allowed; what somebody needs is where, what and why.
 * The whole text is in the log, and in `ork why -o json`. Pure.
 */

const MAX_CHARS = 500;
/** Nothing beyond is looked at. */
const MAX_READ_CHARS = 20_000;

const SHORTENINGS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  // Whom it is about was said before.
  [/(: the API server refused it \(Invalid\): )[\w.-]+ "[^"]*" is invalid: /g, "$1"],
  // The rule itself stands before it, in words.
  [/ \((?:e\.g\. [^()]*?)?regex used for validation is '.*?'\)/g, ""],
  [/( should match ')([^']{40})[^']{10,}'/g, "$1$2…'"],
  // A value is what comes before the next colon.
  [/( value: )((?:(?!: ).){80})(?:(?!: ).){20,}(?=: )/g, "$1$2…"],
  [/(supported values: (?:"[^"]*", ){9}"[^"]*")(?:, "[^"]*")+/g, "$1 …"],
];

/** The same for the same text, so that a status that says it is not written anew. Of several errors each is shortened. */
export function brief(message: string): string {
  return message.slice(0, MAX_READ_CHARS).split(BETWEEN_ERRORS).map(briefOne).join("; ");
}

/** How the messages of a pass are joined; every one of ours begins so. */
const BETWEEN_ERRORS = /; (?=Cannot )/;

function briefOne(message: string): string {
  const text = SHORTENINGS.reduce(
    (shorter, [pattern, replacement]) => shorter.replaceAll(pattern, replacement),
    message,
  );
  return text.length > MAX_CHARS ? `${text.slice(0, MAX_CHARS - 1)}…` : text;
}
