import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { excerptsOf } from "../../../src/std/excerpt.ts";

const long = (middle: string) => `${"a".repeat(50)}${middle}${"b".repeat(50)}`;

describe("excerptsOf()", () => {
  test.each([
    ["short texts as they are", "one", "two", ["one", "two"]],
    [
      "around the first difference",
      long("OLD"),
      long("NEW"),
      ["…aaaaaaOLDbbbbbbbbbbb…", "…aaaaaaNEWbbbbbbbbbbb…"],
    ],
    [
      "from the start when it is in sight",
      `x${long("")}`,
      `y${long("")}`,
      [`x${"a".repeat(19)}…`, `y${"a".repeat(19)}…`],
    ],
    ["at the end", `${"a".repeat(40)}1`, `${"a".repeat(40)}2`, ["…aaaaaa1", "…aaaaaa2"]],
    ["what was added behind", "a".repeat(40), `${"a".repeat(40)}!`, ["…aaaaaa", "…aaaaaa!"]],
    [
      "equal texts from the start",
      "a".repeat(40),
      "a".repeat(40),
      [`${"a".repeat(20)}…`, `${"a".repeat(20)}…`],
    ],
    ["a long one beside a short one", "short", "a".repeat(40), ["short", `${"a".repeat(20)}…`]],
  ])("shows %s", (_, ...[before, after, shown]) => {
    expect(excerptsOf(before as string, after as string, 20)).toEqual(shown as [string, string]);
  });

  test("always shows a difference, whole characters, and no more than it may", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "😀"), maxLength: 80 });
    fc.assert(
      fc.property(text, text, (before, after) => {
        fc.pre(before !== after);
        const shown = excerptsOf(before, after, 16);
        expect(shown[0]).not.toBe(shown[1]);
        for (const one of shown) {
          expect(one.isWellFormed()).toBe(true);
          expect(one.replaceAll("…", "").length).toBeLessThanOrEqual(16);
        }
      }),
    );
  });
});
