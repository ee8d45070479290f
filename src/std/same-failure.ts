/**
 * Whether a failure is the one that was told already. A message of the user's code, or of a service, may hold what is
 * another one each time: the id of a request, a time, a port, a count. Told anew for that, one failure would be an
 * Event, a log line and a write of the status for each try.
 *
 * Guarantees: pure, in linear time. Names and places stay what they are: `web-1` is not `web-2`, `spec.ports[0]` is not
 * `spec.ports[1]`, and line 3 of a module is not line 4. What is in double quotes is a name or a value: of that only
 * ids and times are left out. After an edit of the custom resource a number that changed is news.
 */

export interface Failure {
  readonly message: string;
  /** Of the custom resource; what another generation fails by is the same only word by word. */
  readonly generation?: number | undefined;
}

/** `told`: what was told last; absent: nothing. */
export function isSameFailure(told: Failure | undefined, now: Failure): boolean {
  if (told === undefined) return false;
  if (told.message === now.message) return true;
  return told.generation === now.generation && patternOf(told.message) === patternOf(now.message);
}

/** Nothing beyond is looked at. */
const MAX_CHARS = 20_000;

const ID = "·";
const UUID = /\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/gi;
/** RFC 3339, its date and time apart by `T` or a blank (https://www.rfc-editor.org/rfc/rfc3339#section-5.6). */
const TIME = /\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?/gi;
/**
 * Names as quotes have them, indices, positions as in `hooks/web.ts:3:14`, and answers of HTTP, since a refusal (404) is
 * not an outage (503): of them only ids are left out.
 */
const FIXED =
  /"[^"]*"|\[\d+\]|\.[a-z]\w*:\d+(?::\d+)?|\b(?:answered|status(?: code)?|HTTP(?:\/\d(?:\.\d)?)?)\W{1,3}[1-5]\d\d\b/gi;
const WORD = /[\p{L}\p{N}]+(?:[-._][\p{L}\p{N}]+)*/gu;
/** From the short hash of a commit on. */
const PIECE = /[0-9a-z]{7,}/gi;
/** With a unit, too: `5s`, `120ms`, `64Mi`. */
const NUMBER = /^(?:\d+(?:[.-]\d+)*[a-zµ]{0,3}|0x[0-9a-f]+)$/iu;

/** The message with one sign in place of each thing that may differ from try to try. */
function patternOf(message: string): string {
  const text = message.slice(0, MAX_CHARS).replaceAll(UUID, ID).replaceAll(TIME, ID);
  const parts: string[] = [];
  let end = 0;
  for (const { 0: fixed, index } of text.matchAll(FIXED)) {
    parts.push(withoutNumbers(text.slice(end, index)), withoutIds(fixed));
    end = index + fixed.length;
  }
  parts.push(withoutNumbers(text.slice(end)));
  return parts.join("");
}

function withoutNumbers(text: string): string {
  return text.replaceAll(WORD, (word) => (NUMBER.test(word) ? ID : withoutIds(word)));
}

function withoutIds(text: string): string {
  return text.replaceAll(PIECE, (piece) => (isId(piece) ? ID : piece));
}

const HEX = /^[0-9a-f]+$/i;
const DIGIT = /\d/;
/** Shorter ones that are not hexadecimal may be names: `production2024`. */
const ID_CHARS = 16;

function isId(piece: string): boolean {
  return DIGIT.test(piece) && (HEX.test(piece) || piece.length >= ID_CHARS);
}
