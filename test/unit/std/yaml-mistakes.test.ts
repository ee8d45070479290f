import { expect, test } from "bun:test";
import { parseYaml } from "../../../src/std/yaml.ts";

test.each<readonly [string, string, RegExp, RegExp]>([
  [
    "a quote in a quoted template",
    'a:\n  b: "{{ .spec.queue | default §"x" }}"\n  c: 1\n',
    /ends at the quote inside/,
    /'…'.*`x`/,
  ],
  ["the same in a flow", 'a: { b: "{{ .x | default §"y" }}", c: 1 }\n', /inside/, /'…'/],
  ["the same in a list", 'a:\n  - "{{ eq .x §"y" }}"\n', /inside/, /'…'/],
  [
    "a first key too far right",
    "metadata:\n   name: x\n  §version: y\n  tags: z\n  more: a\nspec: {}\n",
    /"version" begins in column 3, and "name" of line 2 in column 4/,
    /Move one/,
  ],
  [
    "a key too far left",
    "a:\n    b: 1\n    c: 2\n   §d: 3\n    e: 4\n    f: 5\n",
    /"d" begins in column 4, and "c" of line 3 in column 5/,
    /Move one/,
  ],
  [
    "a key too far right",
    "a:\n  b: 1\n   §c: 2\n  d: 3\n",
    /"c" begins in column 4, and "b" of line 2 in column 3/,
    /Move one/,
  ],
  [
    "a key of an item too far left",
    "a:\n  - x: 1\n   §y: 2\n   z: 3\n",
    /"y" begins in column 4/,
    /Move one/,
  ],
])("parseYaml() tells %s once, at its text", (...[, marked, message, hint]) => {
  const before = marked.slice(0, marked.indexOf("§")).split("\n");
  const at = { line: before.length, column: (before.at(-1) ?? "").length + 1 };
  const { issues } = parseYaml(marked.replace("§", ""), { file: "a.yaml" });
  expect(issues).toHaveLength(1);
  expect(issues[0]).toMatchObject({ code: "yaml-syntax", position: { file: "a.yaml", ...at } });
  expect(issues[0]?.message).toMatch(message);
  expect(issues[0]?.hint).toMatch(hint);
});

test("parseYaml() tells a wrong indentation with its lines in a long text, too", () => {
  const before = "# nothing\n\nx: &x 1\n---\n".repeat(900);
  const text = `${before}a:\n${"  # about b\n".repeat(1_000)}  b: 1\n   c: 2\n  d: 3\n`;
  const line = text.split("\n").indexOf("   c: 2") + 1;
  const { issues } = parseYaml(text, { file: "a.yaml" });
  expect(issues.map(({ position }) => position)).toEqual([{ file: "a.yaml", line, column: 4 }]);
  expect(issues[0]?.message).toContain(`and "b" of line ${line - 1} in column 3`);
});

test("parseYaml() keeps two mistakes of other kinds apart", () => {
  const { issues } = parseYaml("a: 'x' y\nb: 1\nc: 'x' y\n", { file: "a.yaml" });
  expect(issues.map(({ position }) => position?.line)).toEqual([1, 3]);
});
