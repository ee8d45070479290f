/** What a source says when it cannot give what was asked for. Messages hold no credentials. */

/** The user's own files. */
type LocalCode = "too-large" | "not-text" | "unreadable" | "own-digest";
/** The world said no: another try, elsewhere or later, may go well. */
type WorldCode =
  | "unreachable"
  | "certificate"
  | "timeout"
  | "status"
  | "redirect"
  | "address"
  | "wrong-type"
  | "cut-off"
  | "archive"
  | "credentials"
  | "signature"
  | "lock"
  | "digest";

export class SourceError extends Error {
  readonly code: LocalCode | WorldCode | "insecure";
  /** What to do about it. */
  readonly hint: string | undefined;

  constructor(
    code: SourceError["code"],
    message: string,
    options: { readonly cause?: unknown; readonly hint?: string | undefined } = {},
  ) {
    super(message, options);
    this.name = "SourceError";
    this.code = code;
    this.hint = options.hint;
  }
}

/** Whether the fault lies outside the documents: exit code 4 instead of 3. */
export function isWorldFault({ code }: SourceError): boolean {
  switch (code) {
    case "too-large":
    case "not-text":
    case "unreadable":
    case "own-digest":
    case "insecure":
      return false;
    case "unreachable":
    case "certificate":
    case "timeout":
    case "status":
    case "redirect":
    case "address":
    case "wrong-type":
    case "cut-off":
    case "archive":
    case "credentials":
    case "signature":
    case "lock":
    case "digest":
      return true;
    default:
      return code satisfies never;
  }
}

/** Documents and definitions: nothing larger is read into memory. */
export const MAX_SOURCE_BYTES = 5 * 1024 * 1024;

/** `size` is absent when the end was not waited for. */
export function tooLarge(name: string, size?: number, limit = MAX_SOURCE_BYTES): SourceError {
  const found = size === undefined ? "it is larger" : `${size} bytes`;
  const hint = "Is it what was meant? Nothing larger is read into memory";
  const message = `Cannot read "${name}": ${found}, the limit is ${limit}`;
  return new SourceError("too-large", message, { hint });
}
