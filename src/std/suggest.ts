/** The nearest known name to one that is not known: the "did you mean" of every error message. */

/** A longer name is no slip of the pen, and comparing takes as long as both names are. */
const MAX_LENGTH = 64;

/** The candidate within a third of the name's length in edits, or `undefined` when none is near. */
export function suggest(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > MAX_LENGTH) return undefined;
  const wanted = name.toLowerCase();
  const letters = lettersOf(wanted);
  let limit = Math.max(1, Math.floor(name.length / 3));
  let best: string | undefined;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) > limit) continue;
    const known = candidate.toLowerCase();
    if (strangeLetters(letters, lettersOf(known)) > limit) continue;
    const distance = editDistance(wanted, known, limit);
    if (distance > limit) continue;
    // Of equally near ones the first stays.
    best = candidate;
    limit = distance - 1;
    if (limit < 0) break;
  }
  return best;
}

/**
 * {@link suggest}, and of one that is not near to any the only one that it may be short for: `img` for
 * `image`.
 */
export function suggestLoosely(name: string, candidates: readonly string[]): string | undefined {
  const near = suggest(name, candidates);
  if (near !== undefined || name.length < 2 || name.length > MAX_LENGTH) return near;
  const whole = candidates.filter((candidate) => isShortFor(name, candidate));
  return whole.length === 1 ? whole[0] : undefined;
}

/** The first letter, and all others in their order. */
function isShortFor(name: string, candidate: string): boolean {
  const long = candidate.toLowerCase();
  let from = 0;
  for (const letter of name.toLowerCase()) {
    const at = long.indexOf(letter, from);
    if (at < 0 || (from === 0 && at > 0)) return false;
    from = at + 1;
  }
  return true;
}

/** A bit for each letter that occurs; some letters share one. */
function lettersOf(text: string): number {
  let letters = 0;
  for (let index = 0; index < text.length; index++) letters |= 1 << (text.charCodeAt(index) & 31);
  return letters;
}

/** Each letter that only one of the two has takes an edit: most candidates end here. */
function strangeLetters(left: number, right: number): number {
  return Math.max(countBits(left & ~right), countBits(right & ~left));
}

function countBits(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/**
 * Optimal string alignment distance: insertions, deletions, substitutions, neighbours swapped. Gives up,
 * with more than `limit`, as soon as it can only be more.
 */
function editDistance(left: string, right: string, limit: number): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: right.length + 1 }, (_, index) => index);
  let lastLeast = 0;
  for (let row = 1; row <= left.length; row++) {
    const current = nextRow([left, right], { row, last, beforeLast });
    const least = Math.min(...current);
    // A swap reaches over one row.
    if (least > limit && lastLeast > limit) return least;
    beforeLast = last;
    last = current;
    lastLeast = least;
  }
  return last[right.length] ?? 0;
}

interface Rows {
  readonly row: number;
  readonly last: readonly number[];
  readonly beforeLast: readonly number[];
}

function nextRow(
  [left, right]: readonly [string, string],
  { row, last, beforeLast }: Rows,
): readonly number[] {
  const current = [row];
  for (let column = 1; column <= right.length; column++) {
    const isSame = left[row - 1] === right[column - 1];
    let cost = Math.min(
      (last[column] ?? 0) + 1,
      (current[column - 1] ?? 0) + 1,
      (last[column - 1] ?? 0) + (isSame ? 0 : 1),
    );
    const isSwap =
      row > 1 &&
      column > 1 &&
      left[row - 1] === right[column - 2] &&
      left[row - 2] === right[column - 1];
    if (isSwap) cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1);
    current.push(cost);
  }
  return current;
}
