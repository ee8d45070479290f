/**
 * Two long texts that differ, cut down to where they do: what a reader looks for is the difference, wherever it
 * is. Pure.
 */

/** How much of a cut text stands before the first difference, so that its place is recognised. */
const CONTEXT_SHARE = 0.3;

/**
 * Both from the same place on, with `…` where something is left out. Without `after`, or without a
 * difference: from the start. `length`: of what is shown, in UTF-16 units, without the `…`.
 */
export function excerptsOf(
  before: string,
  after: string,
  length: number,
): readonly [before: string, after: string] {
  if (before.length <= length && after.length <= length) return [before, after];
  const differs = firstDifference(before, after);
  // Already in sight from the start, with something behind it.
  const isInSight = differs <= length * (1 - CONTEXT_SHARE);
  const start = isInSight ? 0 : differs - Math.floor(length * CONTEXT_SHARE);
  return [cut(before, start, length), cut(after, start, length)];
}

function firstDifference(before: string, after: string): number {
  const shorter = Math.min(before.length, after.length);
  for (let index = 0; index < shorter; index++) {
    if (before.charCodeAt(index) !== after.charCodeAt(index)) return index;
  }
  return before.length === after.length ? 0 : shorter;
}

function cut(text: string, start: number, length: number): string {
  if (text.length <= length) return text;
  const from = start > 0 && isLowSurrogate(text, start) ? start - 1 : start;
  const end = from + length;
  const to = isLowSurrogate(text, end) ? end - 1 : end;
  return `${from > 0 ? "…" : ""}${text.slice(from, to)}${to < text.length ? "…" : ""}`;
}

/** The second half of a character that takes two units. */
function isLowSurrogate(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  return unit >= 0xdc00 && unit <= 0xdfff;
}
