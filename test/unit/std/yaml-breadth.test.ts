import { describe, expect, test } from "bun:test";
import { parseYaml } from "../../../src/std/yaml.ts";
import { positionOf, toJson } from "../../../src/std/yaml-node.ts";

const read = (text: string, members = 3) => parseYaml(text, { file: "f", limits: { members } });

describe("parseYaml() refuses what is too wide", () => {
  test.each([
    ["a map", "a: 1\nb: 1\nc: 1\nd: 1\n", "keys", 4, 1],
    ["a map in braces", "x: {a: 1, b: 1, c: 1, d: 1}\n", "keys", 1, 23],
    ["a list", "x:\n- 1\n- 1\n- 1\n- 1\n", "items", 5, 1],
    ["a list in brackets", "x: [1, 1, 1, 1]\n", "items", 1, 14],
    ["a list with an anchor", "x: &x [1, 1, 1, 1]\n", "items", 1, 7],
    ["a map with an anchor", "x: &x {a: 1, b: 1, c: 1, d: 1}\n", "keys", 1, 7],
  ])("%s", (...[, text, what, line, column]) => {
    const { documents, issues } = read(text);
    expect(documents).toEqual([]);
    expect(issues).toHaveLength(1);
    expect(issues[0]?.message).toContain(`holds more than 3 ${what}`);
    expect(issues[0]?.position).toEqual({ file: "f", line, column });
  });

  test("and takes as many as there may be", () => {
    expect(read("a: [1, 2, 3]\nb: &b 1\nc: 1\n").issues).toEqual([]);
    expect(read("a: [1, 2, 3]\nb: 1\nc: 1\n").issues).toEqual([]);
  });
});

describe("parseYaml() reads Windows line ends", () => {
  test.each([
    ["plainly", "a: 1\nb:\n  c: |\n    x\n    y\n  d: 'e\n    f'\n"],
    ["with an anchor", 'a: &a 1\nb:\n  c: |\n    x\n    y\n  d: "e\n    f"\n'],
  ])("%s, with the same values and places", (_what, text) => {
    const [unix] = read(text).documents;
    const [windows] = read(text.replaceAll("\n", "\r\n")).documents;
    if (!unix || !windows) throw new Error("nothing was read");
    expect(toJson(windows)).toEqual(toJson(unix));
    for (const path of [["a"], ["b", "c"], ["b", "d"]]) {
      expect(positionOf(windows, path)).toEqual(positionOf(unix, path));
    }
  });
});

test("parseYaml() tells the first mistakes of a text that holds nothing else", () => {
  const { issues } = parseYaml(`a: ${"]".repeat(100_000)}`, { file: "f" });
  expect(issues).toHaveLength(10);
  expect(issues[0]?.code).toBe("yaml-syntax");
});
