import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Json } from "../../../src/std/json.ts";
import { parseYaml, stringifyWithComments, stringifyYaml } from "../../../src/std/yaml.ts";
import {
  isUnset,
  nodeAt,
  positionOf,
  toJson,
  type YamlNode,
  YamlScalar,
} from "../../../src/std/yaml-node.ts";

function parse(text: string): YamlNode {
  const { documents, issues } = parseYaml(text, { file: "f.yaml" });
  expect(issues).toEqual([]);
  const [document] = documents;
  if (!document) throw new Error("no document");
  return document;
}

function scalar(text: string, ...path: (string | number)[]): YamlScalar {
  const node = nodeAt(parse(text), path);
  if (node instanceof YamlScalar) return node;
  throw new Error("no scalar");
}

test.each([
  ["v: 1.10", 1.1, "1.10"],
  ["v: 0", 0, "0"],
  ["v: 0x1F", 31, "0x1F"],
  ["v: 0o17", 15, "0o17"],
  ["v: 010", 10, "010"],
  ["v: true", true, "true"],
  ["v: True", true, "True"],
  ["v: yes", "yes", "yes"],
  ["v: 'true'", "true", "true"],
  ["v: 12345678901234567890", "12345678901234567890", "12345678901234567890"],
  ["v: .inf", ".inf", ".inf"],
  ["v: 2024-01-02", "2024-01-02", "2024-01-02"],
] as const)("parseYaml() reads %s with value and text", (text, value, written) => {
  const found = scalar(text, "v");
  expect(found.value).toBe(value);
  expect(found.text).toBe(written);
});

test.each(["v: null", "v: ~", "v:", "v: !!null ''"])("%s is not set", (text) => {
  expect(isUnset(nodeAt(parse(text), ["v"]))).toBe(true);
});

test("toJson() keeps the text of what would print differently when lossless", () => {
  const root = parse("a: 1.10\nb: 2\nc: 0x1F\nd: True\ne: 1.5\nf: ~");
  expect(toJson(root, "lossless")).toEqual({
    a: "1.10",
    b: 2,
    c: "0x1F",
    d: true,
    e: 1.5,
    f: null,
  });
  expect(toJson(root)).toEqual({ a: 1.1, b: 2, c: 31, d: true, e: 1.5, f: null });
});

test("parseYaml() reads several documents and skips empty ones", () => {
  const { documents } = parseYaml("---\na: 1\n---\n---\n# nothing\n---\nb: 2\n", { file: "f" });
  expect(documents.map((document) => toJson(document))).toEqual([{ a: 1 }, { b: 2 }]);
});

test("parseYaml() places keys and values, through lists, flows and Windows line ends", () => {
  const root = parse("a:\r\n  - b: 1\r\n  - { c: [x, y] }\r\n");
  expect(positionOf(root, ["a"], "key")).toEqual({ file: "f.yaml", line: 1, column: 1 });
  expect(positionOf(root, ["a", 0, "b"])).toEqual({ file: "f.yaml", line: 2, column: 8 });
  expect(positionOf(root, ["a", 1, "c", 1])).toEqual({ file: "f.yaml", line: 3, column: 14 });
});

test("positionOf() stops at the last step that exists", () => {
  expect(positionOf(parse("a:\n  b: 1"), ["a", "x", "y"])).toMatchObject({ line: 2, column: 3 });
});

test.each([
  ["plain", "v: one {{ two }}", "two", 1, 11],
  ["plain over lines", "v: one\n   two\n   three", "three", 3, 4],
  ["single quotes", "v: 'it''s {{ two }}'", "two", 1, 14],
  ["double quotes", 'v: "\\x41\\n\\"{{ two }}"', "two", 1, 16],
  ["double quotes with a wide escape", 'v: "\\U0001F600 two"', "two", 1, 16],
  ["double quotes with a continued line", 'v: "one \\\n   two"', "two", 2, 4],
  ["a literal block", "v: |\n  one\n\n    two\n", "two", 4, 5],
  ["an indented literal block", "v: |2-\n    one\n    two\n", "two", 3, 5],
  ["a folded block", "v: >-\n  one\n  two\n\n  three\n", "three", 5, 3],
  ["emoji before it", "v: '😀 two'", "two", 1, 8],
] as const)("positionAt() finds a character in %s", (_, ...[text, word, line, column]) => {
  const found = scalar(text, "v");
  expect(found.positionAt(found.text.indexOf(word))).toEqual({ file: "f.yaml", line, column });
});

test("positionAt() agrees with the file for every visible character of any literal block", () => {
  const lines = fc.array(fc.stringMatching(/^[a-z {}.|"']{0,12}$/), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(lines, (written) => {
      const text = `v: |2\n${written.map((line) => `  ${line}`).join("\n")}\n`;
      const found = scalar(text, "v");
      const source = text.split("\n");
      for (const [offset, character] of [...found.text].entries()) {
        if (character.trim() === "") continue;
        const { line, column } = found.positionAt(offset);
        expect(source[line - 1]?.[column - 1]).toBe(character);
      }
    }),
  );
});

test.each([
  ["a: [1\nb: 2\n", "yaml-syntax", 2],
  ["a: 1\n b: 2\n", "yaml-syntax", 2],
  ["a: 'x\n", "yaml-syntax", 2],
  ["? [a]\n: 1\n", "yaml-key", 1],
  ["a: *nobody\n", "yaml-alias", 1],
  ["a: &x [*x]\n", "yaml-alias", 1],
  ["a: !thing 1\n", "yaml-syntax", 1],
  ["<<: 1\n", "yaml-merge", 1],
] as const)("parseYaml() refuses %j", (text, code, line) => {
  const { documents, issues } = parseYaml(text, { file: "f.yaml" });
  expect(documents).toEqual([]);
  expect(issues[0]).toMatchObject({ code, severity: "error", position: { file: "f.yaml", line } });
});

test.each([
  ["image: {{ .spec.image }}\n", true],
  ['image: {{ .spec.image | default "x" }}\n', true],
  ["? [a]\n: 1\n", false],
  ["? {a: 1}\n: 1\n", false],
])("parseYaml() says of %j whether quotes are missing", (text, isTemplate) => {
  const { issues } = parseYaml(text, { file: "f.yaml" });
  const issue = issues.find(({ code }) => code === "yaml-key");
  expect(issue?.message).toBe("A key must be text: found a mapping or list");
  expect(issue?.hint?.includes('"{{ .spec.image }}"') ?? false).toBe(isTemplate);
});

test.each([
  ["name: {{ .metadata.name }}-web\n", true],
  ["a:\n  - name: {{ .metadata.name }}-web\n", true],
  ["a: 1\n b: 2\n", false],
])("parseYaml() says of the broken %j whether quotes are missing", (text, isTemplate) => {
  const { issues } = parseYaml(text, { file: "f.yaml" });
  const issue = issues.find(({ code }) => code === "yaml-syntax");
  expect(issue?.hint?.includes("Quote the template") ?? issue === undefined).toBe(isTemplate);
});

test("parseYaml() refuses a key given twice and goes on with the first", () => {
  const { documents, issues } = parseYaml("a: 1\nb: { c: 1, c: 2 }\na: 3\n", { file: "f.yaml" });
  expect(issues.map(({ code, severity, position }) => [code, severity, position?.line])).toEqual([
    ["yaml-duplicate-key", "error", 2],
    ["yaml-duplicate-key", "error", 3],
  ]);
  expect(documents.map((document) => toJson(document))).toEqual([{ a: 1, b: { c: 1 } }]);
});

test("parseYaml() reports problems of all documents at once", () => {
  const { issues } = parseYaml("a: 1\na: 2\n---\nb: [\n---\n? {}\n: 1\n", { file: "f" });
  expect(new Set(issues.map(({ code }) => code))).toEqual(
    new Set(["yaml-duplicate-key", "yaml-syntax", "yaml-key"]),
  );
});

test("aliases and merge keys are resolved; own keys win", () => {
  const root = parse(
    "base: &b { k: 1, l: 2 }\nuse: *b\nm:\n  <<: *b\n  k: 3\nn: { <<: [*b, { z: 1 }] }",
  );
  expect(toJson(root)).toEqual({
    base: { k: 1, l: 2 },
    use: { k: 1, l: 2 },
    m: { k: 3, l: 2 },
    n: { k: 1, l: 2, z: 1 },
  });
});

test("an anchor that is set again means its last value", () => {
  expect(toJson(parse("a: &x 1\nb: *x\nc: &x 2\nd: *x"))).toEqual({ a: 1, b: 1, c: 2, d: 2 });
});

test("parseYaml() refuses aliases that expand without bound", () => {
  let text = `a0: &a0 [${"x,".repeat(9)}x]\n`;
  for (let level = 1; level < 12; level++) {
    text += `a${level}: &a${level} [${Array(10)
      .fill(`*a${level - 1}`)
      .join(",")}]\n`;
  }
  expect(parseYaml(text, { file: "f" }).issues.map(({ code }) => code)).toEqual([
    "yaml-alias-bomb",
  ]);
});

test("parseYaml() refuses what nests too deep, without ending the process", () => {
  const text = `a: ${"[".repeat(150)}${"]".repeat(150)}`;
  expect(parseYaml(text, { file: "f" }).issues).toMatchObject([{ code: "yaml-too-deep" }]);
  const abyss = parseYaml("[".repeat(100_000), { file: "f" });
  expect(abyss.documents).toEqual([]);
  expect(abyss.issues.length).toBeGreaterThan(0);
});

test("parseYaml() refuses a text over the limit", () => {
  const { issues } = parseYaml("a: 123456", { file: "f", limits: { length: 5 } });
  expect(issues).toMatchObject([{ code: "document-too-large" }]);
});

test("a key named __proto__ is a key like any other", () => {
  const value = toJson(parse("__proto__: { polluted: true }\nconstructor: 1")) as object;
  expect(Object.keys(value)).toEqual(["__proto__", "constructor"]);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
});

test("parseYaml(stringifyYaml(x)) is x", () => {
  // Integers beyond 2^53 stay text by design, and JSON has no negative zero.
  const exact = (_: string, each: unknown) =>
    typeof each === "number" && Number.isInteger(each) && !Number.isSafeInteger(each) ? 0 : each;
  const value = fc
    .jsonValue({ maxDepth: 4 })
    .map((each) => ({ value: JSON.parse(JSON.stringify(each), exact) as Json }));
  fc.assert(
    fc.property(value, (written) => {
      const { documents, issues } = parseYaml(stringifyYaml(written), { file: "f" });
      expect(issues).toEqual([]);
      expect(documents[0] && toJson(documents[0])).toEqual(written);
    }),
  );
});

test("stringifyYaml() quotes what YAML 1.1 reads as something else", () => {
  expect(stringifyYaml({ a: "yes", b: "010", c: "1e3", d: "text" })).toBe(
    'a: "yes"\nb: "010"\nc: "1e3"\nd: text\n',
  );
});

test("stringifyWithComments() puts the comment of a path behind its line", () => {
  const value = { a: "yes", b: "two\nlines\n", c: [1, { "d/e": null }], f: {} };
  const text = stringifyWithComments(value, (path) =>
    path[0] === "f" ? undefined : path.join(" "),
  );
  expect(text).toBe(`a: "yes" # a
b: | # b
  two
  lines
c: # c
  - 1 # c 0
  - d/e: null # c 1 d/e
f: {}
`);
  expect(toJson(parse(text))).toEqual(value);
  expect(stringifyWithComments(value, () => undefined)).toBe(stringifyYaml(value));
});

test("parseYaml() takes the last of two equal keys where it is told to", () => {
  const options = { file: "f.yaml", duplicateKeys: "last" } as const;
  const { documents, issues } = parseYaml("a: 1\nb: 2\na: 3\n", options);
  expect(issues).toEqual([]);
  expect(documents[0] && toJson(documents[0])).toEqual({ a: 3, b: 2 });
});

test.each([
  ["one key", "same: 1\n".repeat(625000), "yaml-too-many-duplicates"],
  ["documents", "---\na: 1\n".repeat(555555), "yaml-too-many-documents"],
  ["empty maps", "- {}\n".repeat(1000000), "yaml-too-many-values"],
  ["question marks", "? ".repeat(20000), "yaml-too-deep"],
  ["dashes", "- ".repeat(20000), "yaml-too-deep"],
  ["aliases", "*x,".repeat(1666666), "document-too-large"],
  ["colons", "a: ".repeat(13333), "yaml-too-deep"],
] as const)("parseYaml() stops early at too many %s", (_, text, code) => {
  const begin = process.cpuUsage();
  const { issues } = parseYaml(text, { file: "f" });
  const { user, system } = process.cpuUsage(begin);
  expect(issues.at(-1)?.code).toBe(code);
  expect(issues.length).toBeLessThanOrEqual(101);
  expect((user + system) / 1_000).toBeLessThan(1_000);
});
