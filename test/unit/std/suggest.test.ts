import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { suggest } from "../../../src/std/suggest.ts";

describe("suggest()", () => {
  test.each([
    ["metdata", ["spec", "metadata", "status"], "metadata"],
    ["worksers", ["workers", "resync"], "workers"],
    ["sepc", ["spec", "status"], "spec"],
    ["SPEC", ["spec"], "spec"],
    ["abc", ["abd", "abe"], "abd"],
    ["nothing", ["spec", "status"], undefined],
    ["", ["a"], "a"],
  ])("%s among %j is %s", (name, candidates, expected) => {
    expect(suggest(name, candidates)).toBe(expected);
  });

  test("has nothing to say of a name that no slip of the pen explains", () => {
    const long = "k".repeat(1_000_000);
    expect(suggest(long, [`${long}x`])).toBeUndefined();
  });

  const word = fc.string({ unit: fc.constantFrom("a", "b", "c", "A", "-", "1"), maxLength: 9 });

  test("names the first of the nearest, however many it passes over without a look", () => {
    fc.assert(
      fc.property(word, fc.array(word, { maxLength: 8 }), (name, candidates) => {
        const limit = Math.max(1, Math.floor(name.length / 3));
        const distances = candidates.map((one) => distance(name.toLowerCase(), one.toLowerCase()));
        const least = Math.min(...distances);
        const expected = least <= limit ? candidates[distances.indexOf(least)] : undefined;
        expect(suggest(name, candidates)).toBe(expected);
      }),
    );
  });
});

/** Optimal string alignment, by its definition. */
function distance(left: string, right: string): number {
  const cells = new Map<string, number>();
  const at = (row: number, column: number): number => {
    if (row === 0 || column === 0) return row + column;
    const key = `${row} ${column}`;
    const known = cells.get(key);
    if (known !== undefined) return known;
    const isSame = left[row - 1] === right[column - 1];
    const ways = [at(row - 1, column) + 1, at(row, column - 1) + 1];
    ways.push(at(row - 1, column - 1) + (isSame ? 0 : 1));
    const isSwap =
      row > 1 &&
      column > 1 &&
      left[row - 1] === right[column - 2] &&
      left[row - 2] === right[column - 1];
    if (isSwap) ways.push(at(row - 2, column - 2) + 1);
    const least = Math.min(...ways);
    cells.set(key, least);
    return least;
  };
  return at(left.length, right.length);
}
