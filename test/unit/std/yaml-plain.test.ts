/**
 * The plain reader against the package: whatever it reads must be the same tree, value by value and
 * place by place, without an issue. What it leaves to the package is right by definition.
 */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { DEFAULT_LIMITS } from "../../../src/std/yaml-limits.ts";
import type { YamlNode } from "../../../src/std/yaml-node.ts";
import { readWithPackage } from "../../../src/std/yaml-package.ts";
import { readPlainYaml } from "../../../src/std/yaml-plain.ts";
import { SourceText } from "../../../src/std/yaml-source.ts";
import { times } from "../../support/effort.ts";

const LIMITS = { ...DEFAULT_LIMITS, length: 1_000_000, depth: 20, aliasedNodes: 1000 };
const convert = (root: YamlNode) => root;

function readPlain(text: string): readonly YamlNode[] | undefined {
  const source = new SourceText(text, "f");
  const read = readPlainYaml(source, { limits: LIMITS, takesLast: false, convert });
  // What is given twice is told by both; the trees are compared where neither tells anything.
  return read.kind === "read" && read.issues.length === 0 ? read.documents : undefined;
}

function readByPackage(text: string) {
  const options = { limits: LIMITS, takesLast: false, unusualAt: 0, convert };
  return readWithPackage(new SourceText(text, "f"), options);
}

/** Everything that can be seen of a tree. */
function seen(node: YamlNode): unknown {
  const { line, column } = node.position;
  const at = `${line}:${column}`;
  if (node.kind === "list") return { at, items: node.items.map(seen) };
  if (node.kind === "map") {
    return [...node.entries].map(([key, { keyPosition, value }]) => [
      key,
      keyPosition,
      seen(value),
    ]);
  }
  const places = [0, 1, 2, 3, 7, node.text.length - 1, node.text.length]
    .filter((offset) => offset >= 0)
    .map((offset) => node.positionAt(offset));
  return { at, value: node.value, text: node.text, isPlain: node.isPlain, places };
}

/** Whether the plain reader read it; throws where it differs from the package. */
function agrees(text: string): boolean {
  const plain = readPlain(text);
  if (!plain) return false;
  const { documents, issues } = readByPackage(text);
  expect({ text, issues }).toEqual({ text, issues: [] });
  expect({ text, tree: plain.map(seen) }).toEqual({ text, tree: documents.map(seen) });
  return true;
}

test.each([
  ["maps in maps", "a:\n  b:\n    c: 1\n  d: 2\ne: 3\n"],
  ["lists in their own column", "a:\n- 1\n- b: 2\n  c: 3\nd: 4"],
  ["lists in lists", "- - 1\n  - 2\n-\n  - 3\n-   a: 1\n    b: 2\n"],
  ["nothing", "a:\nb: # none\n  # deeper\nc:\n  - \n  -\n  - # none\nd:   \n"],
  ["the words of the core schema", "- ~\n- null\n- Null\n- true\n- FALSE\n- yes\n- no\n- nul\n"],
  [
    "numbers",
    "- 1\n- -1\n- +1\n- 1.10\n- .5\n- 5.\n- 1e3\n- 0x1F\n- 0o17\n- 010\n- .inf\n- -.Inf\n- .nan\n",
  ],
  [
    "numbers that JSON has not",
    "- 9007199254740993\n- 1e999\n- -0\n- 1_000\n- 12:30\n- 2024-01-02\n",
  ],
  [
    "keys of every kind",
    "1: a\ntrue: b\n~: c\n'x y': d\n\"e\\u0041\": e\na b: f\n__proto__: g\n-x: h\n",
  ],
  ["plain text over lines", "a: one\n  two\n\n  three - x\n   # end\nb:\n  one\n    two\nc: 3\n"],
  ["colons, dashes and hashes inside of text", "a: http://x:80/#y\nb: -1-2\nc: a#b\nd: a -b :c\n"],
  [
    "quotes",
    "a: 'it''s' # c\nb: \"x\\n\\\"y\\\"\"\nc: \"one\n  two\\\n  three\"\nd: 'one\n\n  two'\n",
  ],
  [
    "blocks",
    "a: |\n  one\n\n    two\n  three\nb: >-\n  one\n  two\n\n  three\nc: |+\n  x\n\nd: 1\n",
  ],
  ["a block at the end", "a:\n  - |\n   one\n   \n     \n"],
  ["a block without a last line end", "a: |-\n  one\n  two"],
  ["a block that keeps its blank lines at the end", "a: |+\n  one\n\n  \n"],
  ["flows", "a: { b: 1, 'c': [x, \"y\", {}], d: { e: [] } } # c\nb: [a b, -1, http://x]\n"],
  ["flows over lines", "a: [\n  1,\n\n  { b: 2,\n    c: 3 },\n]\nd: {\n  e: 4\n  }\n"],
  ["JSON in a line", 'a: {"b":1,"c":["x","y"],"d":{"e":null}}\n'],
  ["comments", "# one\n\n  # two\na: 1 # three\n# four\nb:\n# five\n  c: 2\n    # six\n# end"],
  ["documents", "---\na: 1\n---\n# nothing\n--- # again\n- b\n---\n"],
  ["templates", 'a: "{{ .spec.image }}"\nb: x-{{ .name }}\nc: \'{{ default "x" .y }}\'\n'],
  ["letters beyond ASCII", "ä: ö\n😀: '😀 x'\nb: x\u2028y\n"],
  ["an indented document", "  a: 1\n  b:\n    - 2\n"],
  ["nothing at all", "# only this\n\n"],
] as const)("readPlainYaml() reads %s like the package", (_, text) => {
  expect(agrees(text)).toBe(true);
});

test.each([
  "a: &x 1\nb: *x\n",
  "a: !!str 1\n",
  "<<: { a: 1 }\n",
  "a: 1\na: 2\n",
  "a: {b: 1, b: 2}\n",
  "? a\n: b\n",
  "%YAML 1.2\n---\na: 1\n",
  "a: 1\n...\n",
  "\ta: 1\n",
  "a:\t1\n",
  "a: 1\r\nb: 2\r\n",
  "\ufeffa: 1\n",
  "a: 1\n b: 2\n",
  "a: b: c\n",
  "a: 'x\n",
  "a: [1\n",
  "a: @x\n",
  "a: {{ .x }}\n",
  "- a\nb: 1\n",
  "k:\n# c\n  x\na: 1\n",
  "just text\n",
  "{ a: 1 }\n",
  `${"- ".repeat(30)}x\n`,
  `a: ${"[".repeat(30)}${"]".repeat(30)}\n`,
])("readPlainYaml() leaves %j to the package", (text) => {
  expect(readPlain(text)).toBeUndefined();
});

/** YAML files of the repository, and the YAML in its pages. */
const TEXTS: readonly string[] = (() => {
  const root = join(import.meta.dir, "../../..");
  const texts: string[] = [];
  for (const pattern of ["{examples,test}/**/*.{yaml,yml}", "{docs,examples}/**/*.md"]) {
    for (const file of new Bun.Glob(pattern).scanSync(root)) {
      if (file.includes("node_modules")) continue;
      const text = readFileSync(join(root, file), "utf8");
      if (!file.endsWith(".md")) texts.push(text);
      else
        for (const [, block] of text.matchAll(/```yaml\n([\s\S]*?)```/g)) texts.push(block ?? "");
    }
  }
  return texts;
})();

test("readPlainYaml() reads the files and pages of this repository like the package", () => {
  const plain = TEXTS.filter(agrees);
  expect(TEXTS.length).toBeGreaterThan(80);
  // What it leaves are examples of mistakes, and of flows at the root.
  expect(plain.length).toBeGreaterThan(TEXTS.length * 0.9);
});

const FRAGMENTS: readonly string[] = [
  ...[
    " ",
    "  ",
    "\n",
    "\n\n",
    "\n  ",
    "\n    ",
    " \n",
    "\n   \n",
    "\t",
    "\u00a0",
    "\u2028",
    "\u0085",
  ],
  ...[":", ": ", "- ", "-", "#", " #", "# c\n", "? ", ", ", ",", "{", "}", "[", "]", "{}", "[]"],
  ...["'", '"', "'x'", '"y\\n"', "|", "|-", ">+", "|2", "|\n  x\n", ">-\n    x\n   y\n", "\\"],
  ...["&a ", "*a", "!t ", "%", "@", "`", "...", "---", "\n---\n", "<<: x\n", "{a: 1}", "[a, b]"],
  ...[
    "null",
    "~",
    "1",
    "0x1",
    "1.5e3",
    ".inf",
    "true",
    "a",
    "é",
    "😀",
    "k: v\n",
    "b:\n",
    "\n  - b\n",
  ],
];

test("readPlainYaml() reads any pile of YAML's signs like the package, or leaves it", () => {
  const pile = fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 14 });
  let plain = 0;
  fc.assert(
    fc.property(pile, fc.constantFrom("", "k: ", "k:\n  ", "- ", "a: 1\nk: "), (pieces, start) => {
      if (agrees(start + pieces.join(""))) plain++;
    }),
    { numRuns: times(8000) },
  );
  expect(plain).toBeGreaterThan(times(400));
});

/** Those of JSON, those of YAML alone, and what is no escape. */
const ESCAPES: readonly string[] = [
  ...[
    '\\"',
    "\\\\",
    "\\/",
    "\\b",
    "\\f",
    "\\n",
    "\\r",
    "\\t",
    "\\u0041",
    "\\u00e9",
    "\\uD83D\\uDE00",
  ],
  ...[
    "\\uD800",
    "\\u0000",
    "\\x41",
    "\\U0001F600",
    "\\0",
    "\\a",
    "\\e",
    "\\ ",
    "\\_",
    "\\N",
    "\\L",
    "\\P",
    "\\\t",
  ],
  ...["\\q", "\\u12", "\\'", "\t", "\u2028", "'", '"', "a", " ", "é", "😀", "\n  ", "\\\n  "],
];

test("readPlainYaml() reads escapes of every kind like the package, or leaves them", () => {
  const pile = fc.array(fc.constantFrom(...ESCAPES), { maxLength: 8 });
  let plain = 0;
  fc.assert(
    fc.property(pile, fc.constantFrom("k: ", "- ", "k: [", '"a": '), (pieces, start) => {
      const end = start.endsWith("[") ? ", b]" : "";
      if (agrees(`${start}"${pieces.join("")}"${end}\n`)) plain++;
    }),
    { numRuns: times(3000) },
  );
  expect(plain).toBeGreaterThan(times(300));
});

interface Change {
  readonly at: number;
  readonly cut: number;
  readonly put: string;
}

test("readPlainYaml() reads texts that were cut and changed like the package, or leaves them", () => {
  const change = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    cut: fc.constantFrom(0, 0, 1, 2, 20),
    put: fc.constantFrom("", ...FRAGMENTS),
  });
  const window = fc.tuple(fc.constantFrom(...TEXTS), fc.nat(1000), fc.integer({ min: 3, max: 30 }));
  let plain = 0;
  fc.assert(
    fc.property(window, fc.array(change, { maxLength: 3 }), ([text, from, count], changes) => {
      if (agrees(changes.reduce(changed, linesOf(text, from, count)))) plain++;
    }),
    { numRuns: times(4000) },
  );
  expect(plain).toBeGreaterThan(times(400));
});

function linesOf(text: string, from: number, count: number): string {
  const lines = text.split("\n");
  const part = lines.slice(from % lines.length).slice(0, count);
  const indent = /^ */.exec(part[0] ?? "")?.[0] ?? "";
  return part
    .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line))
    .join("\n");
}

function changed(text: string, { at, cut, put }: Change): string {
  const offset = Math.floor(at * text.length);
  return text.slice(0, offset) + put + text.slice(offset + cut);
}

const WORDS = fc.oneof(
  fc.constantFrom(
    "a",
    "b c",
    "1",
    "-1",
    "1.10",
    "true",
    "~",
    "",
    "x: y",
    "- z",
    "#",
    "{{ .a }}",
    "é",
  ),
  fc.string({ maxLength: 12 }),
);
const SCALARS = fc.oneof(
  WORDS.map((word) => JSON.stringify(word)),
  WORDS.map((word) => `'${word.replaceAll("'", "''")}'`),
  fc.constantFrom(
    "plain",
    "two words",
    "http://x/#y",
    "1",
    "0x1F",
    "-.5",
    "null",
    "|-\n§x\n§ y",
    ">\n§a\n§b",
  ),
);
const KEYS = fc.stringMatching(/^[a-z][a-z0-9./-]{0,6}$/);

/** Lines of a tree; `§` stands for the indentation of what hangs on a line. */
const { tree: TREES } = fc.letrec<{ tree: readonly string[] }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.array(SCALARS, { minLength: 1, maxLength: 3 }).map((all) => all.flatMap(itemLines)),
    fc
      .uniqueArray(fc.tuple(KEYS, fc.oneof(SCALARS, tie("tree"))), {
        minLength: 1,
        maxLength: 4,
        selector: ([key]) => key,
      })
      .map((all) => all.flatMap(([key, value]) => entryLines(key, value))),
    fc.array(tie("tree"), { minLength: 1, maxLength: 3 }).map((all) => all.flatMap(nestedItem)),
  ),
}));

function itemLines(scalar: string): readonly string[] {
  return `- ${scalar}`.replaceAll("§", "   ").split("\n");
}

function entryLines(key: string, value: string | readonly string[]): readonly string[] {
  if (typeof value === "string") return `${key}: ${value}`.replaceAll("§", "   ").split("\n");
  return [`${key}:`, ...value.map((line) => `  ${line}`)];
}

function nestedItem([first = "", ...rest]: readonly string[]): readonly string[] {
  return [`- ${first}`, ...rest.map((line) => `  ${line}`)];
}

test("readPlainYaml() reads any tree of blocks itself, and like the package", () => {
  fc.assert(
    fc.property(TREES, fc.boolean(), (lines, ends) => {
      const text = lines.join("\n") + (ends ? "\n" : "");
      expect(agrees(text)).toBe(true);
    }),
    { numRuns: times(500) },
  );
});

test("readPlainYaml() hands out each document before it reads the next", () => {
  const seenOf: string[] = [];
  const source = new SourceText("a: 1\n---\nb: 2\n---\nc: &x 3\n", "f");
  const read = readPlainYaml(source, {
    limits: LIMITS,
    takesLast: false,
    convert: (root) => seenOf.push(root.kind),
  });
  expect(read.kind).toBe("unusual");
  expect(seenOf).toEqual(["map", "map"]);
});
