/**
 * Where things end in plain YAML: a key, a scalar, the rest of a line. Pure scans over offsets of a
 * text, that throw `NotPlain` at whatever has a meaning beyond what `yaml-plain.ts` reads.
 */

/** This text is for the package to read; nothing was decided about it. */
export class NotPlain extends Error {}

const SPACE = 0x20;
export const NEWLINE = 0x0a;
export const DASH = 0x2d;
export const COLON = 0x3a;
export const DOUBLE_QUOTE = 0x22;
export const SINGLE_QUOTE = 0x27;
const TAB = 0x09;
const HASH = 0x23;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;

export function skipSpaces(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) === SPACE) at++;
  return at;
}

/** Whether a character may follow an indicator: white space, or nothing more. */
export function isGap(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code === TAB) throw new NotPlain();
  return code === SPACE || code === NEWLINE || at >= text.length;
}

/** Offset of the newline behind `at`, or of the end of the text. */
export function lineEnd(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
}

/** Whether nothing but a comment stands between `at`, where white space ended, and the line's end. */
export function isRestEmpty(text: string, at: number): boolean {
  if (text.charCodeAt(at) === TAB) throw new NotPlain();
  return isLineEnd(text, at) || isComment(text, at);
}

function isLineEnd(text: string, at: number): boolean {
  return at >= text.length || text.charCodeAt(at) === NEWLINE;
}

function isComment(text: string, at: number): boolean {
  return text.charCodeAt(at) === HASH && (at === 0 || isGap(text, at - 1));
}

/** `---` or `...` alone, or before white space, at the start of a line. */
export function isMarker(text: string, at: number): boolean {
  return (text.startsWith("---", at) || text.startsWith("...", at)) && isGap(text, at + 3);
}

/** The colon behind the key that begins at `at`; -1 when what begins there is no key. */
export function keyEnd(text: string, at: number): number {
  const first = text.charCodeAt(at);
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return -1;
  const isQuoted = first === DOUBLE_QUOTE || first === SINGLE_QUOTE;
  const end = isQuoted ? quotedEnd(text, at) : plainLineEnd(text, at, false);
  if (text.charCodeAt(end) !== COLON || !isGap(text, end + 1)) return -1;
  if (end - at > MAX_KEY || lineEnd(text, at) < end) throw new NotPlain();
  return end;
}

/** The package minds keys from 1,024 characters on. */
const MAX_KEY = 1000;

/** Behind the closing quote of the scalar that begins at `at`. */
export function quotedEnd(text: string, at: number): number {
  const quote = text[at] ?? '"';
  for (let end = text.indexOf(quote, at + 1); end >= 0; end = text.indexOf(quote, end + 1)) {
    if (quote === '"') {
      if (!isEscaped(text, end)) return end + 1;
    } else if (text.charCodeAt(end + 1) === SINGLE_QUOTE) end++;
    else return end + 1;
  }
  throw new NotPlain();
}

/** By an odd number of backslashes; in front of them stands something else, the opening quote at the latest. */
function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text.charCodeAt(first - 1) === BACKSLASH) first--;
  return (at - first) % 2 === 1;
}

/** Behind the last visible character of the plain scalar at `at`, on its first line. */
export function plainLineEnd(text: string, at: number, isInFlow: boolean): number {
  let end = at;
  for (let index = at; !endsPlain(text, index, isInFlow); index++) {
    if (text.charCodeAt(index) !== SPACE) end = index + 1;
  }
  return end;
}

function endsPlain(text: string, at: number, isInFlow: boolean): boolean {
  const code = text.charCodeAt(at);
  switch (code) {
    case COLON:
      return isInFlow ? isFlowGap(text, at + 1) : isGap(text, at + 1);
    case HASH:
      return isComment(text, at);
    case TAB:
      throw new NotPlain();
    default:
      return isLineEnd(text, at) || (isInFlow && isFlowIndicator(code));
  }
}

/** What no plain scalar begins with here: indicators, some of which only are before white space. */
const NO_PLAIN_START = /[,[\]{}#&*!|>'"%@`?:\s]/y;

export function checkPlainStart(text: string, at: number): void {
  NO_PLAIN_START.lastIndex = at;
  if (NO_PLAIN_START.test(text)) throw new NotPlain();
  if (text.charCodeAt(at) === DASH && isFlowGap(text, at + 1)) throw new NotPlain();
}

function isFlowGap(text: string, at: number): boolean {
  return isGap(text, at) || isFlowIndicator(text.charCodeAt(at));
}

/** `,[]{}` */
function isFlowIndicator(code: number): boolean {
  return (
    code === 0x2c || code === OPEN_BRACKET || code === 0x5d || code === OPEN_BRACE || code === 0x7d
  );
}

/** Spaces before the first line of a block that holds more; -1 when nothing is below. */
export function firstIndent(text: string, body: number): number {
  let line = body;
  let at = skipSpaces(text, line);
  while (text.charCodeAt(at) === NEWLINE) {
    line = at + 1;
    at = skipSpaces(text, line);
  }
  return at >= text.length ? -1 : at - line;
}

interface BlockLines {
  /** Where its first line begins. */
  readonly body: number;
  readonly indent: number;
  readonly keepsBlankLines: boolean;
}

/** Where its last line ends; blank lines at its end belong to it only where it keeps them. */
export function blockEnd(text: string, { body, indent, keepsBlankLines }: BlockLines): number {
  let end = body;
  for (let line = body; line < text.length; line = lineEnd(text, line) + 1) {
    const at = skipSpaces(text, line);
    const isEmpty = text.charCodeAt(at) === NEWLINE;
    const isDeep = at - line >= indent;
    if (!isEmpty && !isDeep) break;
    const isText = !isEmpty && at < text.length;
    if (isText || keepsBlankLines || at - line > indent) end = lineEnd(text, at) + 1;
  }
  return Math.min(end, text.length);
}
