// biome-ignore-all lint/suspicious/noTemplateCurlyInString: replacements of regular expressions look like it
import { describe, expect, test } from "bun:test";
import { compileRegex } from "../../../src/std/regex.ts";
import {
  expandTemplate,
  findMatches,
  quoteMeta,
  replaceMatches,
  splitByMatches,
} from "../../../src/std/regex-matches.ts";

describe("findMatches()", () => {
  test.each([
    ["[0-9]", "1a2b3", -1, ["1", "2", "3"]],
    ["[0-9]", "1a2b3", 2, ["1", "2"]],
    ["a*", "baab", -1, ["", "aa", ""]],
    ["", "ä😀", -1, ["", "", ""]],
    ["^a", "aa", -1, ["a"]],
    ["\\bx", "x ax x", -1, ["x", "x"]],
    ["z", "abc", -1, []],
  ])("%s in %s, at most %d", (...[pattern, text, limit, expected]) => {
    const matches = findMatches(compileRegex(pattern), text, { limit });
    expect(matches.map(({ groups }) => groups[0] ?? "")).toEqual([...expected]);
  });
});

test("findMatches() says before each search how much it may have to read", () => {
  const said: number[] = [];
  findMatches(compileRegex("a"), "aba", { onSearch: (characters) => void said.push(characters) });
  expect(said).toEqual([3, 2, 0]);
});

describe("replaceMatches() with expandTemplate()", () => {
  test.each([
    ["a(x*)b", "-ab-axxb-", "${1}W", "-W-xxW-"],
    ["a(x*)b", "-ab-axxb-", "$1W", "---"],
    ["(?P<first>a)(b)", "ab", "$2${first}$$", "ba$"],
    ["", "abc", "-", "-a-b-c-"],
    ["x", "abc", "-", "abc"],
  ])("%s in %s by %s", (...[pattern, text, template, expected]) => {
    const matches = findMatches(compileRegex(pattern), text);
    const replaced = replaceMatches(text, matches, (match) => expandTemplate(template, match));
    expect(replaced).toBe(expected);
  });
});

describe("splitByMatches()", () => {
  test.each([
    ["z+", "pizza", -1, ["pi", "a"]],
    [",", "a,b,c", 2, ["a", "b,c"]],
    ["", "abc", -1, ["a", "b", "c"]],
    ["a", "", -1, [""]],
    ["x", "abc", 0, []],
  ])("%s in %s, at most %d", (...[pattern, text, limit, expected]) => {
    expect(splitByMatches(compileRegex(pattern), text, { limit })).toEqual([...expected]);
  });
});

test("quoteMeta() gives a pattern that matches just the text", () => {
  const text = "1.2+[x](y){z}^$|\\?*";
  const regex = compileRegex(`^${quoteMeta(text)}$`);
  expect([regex.test(text), regex.test("1a2")]).toEqual([true, false]);
});
