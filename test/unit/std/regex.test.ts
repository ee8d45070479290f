import { describe, expect, test } from "bun:test";
import { compileRegex, RegexError } from "../../../src/std/regex.ts";

describe("compileRegex()", () => {
  test.each([
    ["^a+$", "aaa", true],
    ["^a+$", "aab", false],
    ["b", "abc", true],
    ["(?i)ABC", "xabcx", true],
    ["\\pL+", "ä", true],
  ])("%s matches %p anywhere: %p", (pattern, text, isMatch) => {
    expect(compileRegex(pattern).test(text)).toBe(isMatch);
  });

  test("takes linear time where backtracking would not", () => {
    const bomb = compileRegex("^(a+)+$");
    const start = performance.now();
    expect(bomb.test(`${"a".repeat(10_000)}!`)).toBe(false);
    expect(performance.now() - start).toBeLessThan(1000);
  });

  test.each(["(", "a(?=b)", "(a)\\1", "[z-a]"])(
    "throws a RegexError for %s, which is no RE2",
    (pattern) => {
      expect(() => compileRegex(pattern)).toThrow(RegexError);
      expect(() => compileRegex(pattern)).toThrow(`Cannot compile pattern "${pattern}"`);
    },
  );
});
