/** The order in which go-yaml writes the keys of a map: letters after other signs, digits as numbers. */

const LETTER = /^\p{L}$/u;
const DIGIT = /^\p{Nd}$/u;

export function compareKeys(left: string, right: string): number {
  const [lefts, rights] = [[...left], [...right]];
  const length = Math.min(lefts.length, rights.length);
  for (let index = 0; index < length; index++) {
    const [a, b] = [lefts[index] ?? "", rights[index] ?? ""];
    if (a === b) continue;
    const [aIsLetter, bIsLetter] = [LETTER.test(a), LETTER.test(b)];
    if (aIsLetter && bIsLetter) return pointOf(a) - pointOf(b);
    if (aIsLetter || bIsLetter) return bIsLetter ? -1 : 1;
    return compareNumbers(lefts, rights, index) || pointOf(a) - pointOf(b);
  }
  return lefts.length - rights.length;
}

function pointOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}

/** The numbers that begin at `index`; zeros that follow other digits count as digits. */
function compareNumbers(
  lefts: readonly string[],
  rights: readonly string[],
  index: number,
): number {
  const isAfterDigits =
    (lefts[index] === "0" || rights[index] === "0") && hasNumberBefore(lefts, index);
  const first = isAfterDigits ? 1 : 0;
  const [left, leftEnd] = numberAt(lefts, index, first);
  const [right, rightEnd] = numberAt(rights, index, first);
  return left - right || leftEnd - rightEnd;
}

function hasNumberBefore(characters: readonly string[], index: number): boolean {
  for (let at = index - 1; at >= 0 && DIGIT.test(characters[at] ?? ""); at--) {
    if (characters[at] !== "0") return true;
  }
  return false;
}

function numberAt(
  characters: readonly string[],
  start: number,
  first: number,
): readonly [number, number] {
  let [value, end] = [first, start];
  while (end < characters.length && DIGIT.test(characters[end] ?? "")) {
    value = value * 10 + (pointOf(characters[end] ?? "0") - 48);
    end++;
  }
  return [value, end];
}
