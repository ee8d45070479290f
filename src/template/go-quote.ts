/** Texts and characters as Go literals (https://pkg.go.dev/strconv#Quote), for `%q` and `%#v`. */

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["\u0007", "\\a"],
  ["\b", "\\b"],
  ["\f", "\\f"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
  ["\v", "\\v"],
  ["\\", "\\\\"],
]);

const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

/** `quote` is `"` for a string and `'` for a character. */
export function quoteText(text: string, quote: '"' | "'", isAsciiOnly = false): string {
  let quoted = "";
  for (const character of text) {
    quoted += character === quote ? `\\${quote}` : quoteCharacter(character, isAsciiOnly);
  }
  return `${quote}${quoted}${quote}`;
}

/** A raw string can hold it: no back quote, no control character but the tab. */
export function canBackQuote(text: string): boolean {
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    if ((point < 0x20 && character !== "\t") || character === "`") return false;
    if (point === 0x7f || point === 0xfeff) return false;
  }
  return true;
}

function quoteCharacter(character: string, isAsciiOnly: boolean): string {
  const known = ESCAPES.get(character);
  if (known !== undefined) return known;
  const point = character.codePointAt(0) ?? 0;
  if (point < 0x80 || !isAsciiOnly) if (PRINTABLE.test(character)) return character;
  if (point < 0x20 || point === 0x7f) return `\\x${point.toString(16).padStart(2, "0")}`;
  if (point < 0x10000) return `\\u${point.toString(16).padStart(4, "0")}`;
  return `\\U${point.toString(16).padStart(8, "0")}`;
}
