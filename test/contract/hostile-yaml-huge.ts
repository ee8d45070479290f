/** Hostile documents as large as a document may be: one trick each, to the last character. */

const HEAD = "apiVersion: orkestra.orkspace.io/v1\nkind: Katalog\nmetadata: { name: x }\n";
/** Just below the limit of a document. */
const SIZE = 5 * 1024 * 1024 - 64;
/** The same of a document that is not plainly written. */
const UNUSUAL_SIZE = 512 * 1024 - 64;

/** `piece` over and over between the two ends. */
function filled(
  size: number,
  [start, piece, end = ""]: readonly [string, string, string?],
): string {
  const room = size - HEAD.length - start.length - end.length;
  return HEAD + start + piece.repeat(Math.floor(room / piece.length)) + end;
}

/** Each piece says its number. */
function numbered(size: number, start: string, piece: (index: number) => string): string {
  const pieces: string[] = [];
  let room = size - HEAD.length - start.length;
  for (let index = 0; ; index++) {
    const next = piece(index);
    room -= next.length;
    if (room < 0) return HEAD + start + pieces.join("");
    pieces.push(next);
  }
}

/** Every level stands one further in. */
function staircase(size: number): string {
  const lines: string[] = [];
  let room = size - HEAD.length;
  for (let level = 0; room > 0; level++) {
    room -= level + 3;
    lines.push(`${" ".repeat(level)}a:\n`);
  }
  return HEAD + lines.join("");
}

type Row = readonly [what: string, text: string];

/** For both readers: what the plain one leaves goes to the other one up to its own size. */
function inBothSizes(what: string, of: (size: number) => string): readonly Row[] {
  return [
    [`${what}, 5 MiB`, of(SIZE)],
    [`${what}, 512 KiB`, of(UNUSUAL_SIZE)],
  ];
}

export const HUGE: readonly Row[] = [
  ...inBothSizes("aliases", (size) => filled(size, ["x: &x [1,2]\ny: [", "*x,", "1]\n"])),
  ...inBothSizes("anchors", (size) => numbered(size, "", (i) => `k${i}: &a${i} 1\n`)),
  ["block scalars", numbered(SIZE, "", (i) => `k${i}: |\n a\n`)],
  ["folded scalars", numbered(SIZE, "", (i) => `k${i}: >\n a\n`)],
  ...inBothSizes("marks of byte order", (size) => filled(size, ["", "\uFEFF"])),
  ...inBothSizes("values of values in a line", (size) => filled(size, ["", "a: "])),
  ["comments alone", "# \n".repeat(Math.floor(SIZE / 3))],
  ...inBothSizes("dashes", (size) => filled(size, ["x:\n  ", "- ", "1\n"])),
  ["documents", "---\na: 1\n".repeat(Math.floor(SIZE / 9))],
  ...inBothSizes("one key", (size) => filled(size, ["", "same: 1\n"])),
  ["escapes", filled(SIZE, ['x: "', "\\u0041", '"\n'])],
  ...inBothSizes("maps in maps that never end", (size) => filled(size, ["x: ", "{a: "])),
  ...inBothSizes("lists in lists that never end", (size) => filled(size, ["x: ", "["])),
  ["a list in a line", filled(SIZE, ["x: [", "1,", "1]\n"])],
  ...inBothSizes("a staircase", staircase),
  ["keys", numbered(SIZE, "", (i) => `k${i}: 1\n`)],
  ...inBothSizes("merge keys", (size) =>
    filled(size, ["m: &m { a: 1 }\nx: { <<: [", "*m,", "*m] }\n"]),
  ),
  ...inBothSizes("null characters", (size) => filled(size, ["", "\0"])),
  ...inBothSizes("question marks", (size) => filled(size, ["", "? ", "a\n"])),
  ...inBothSizes("a quote that never ends", (size) => filled(size, ['x: "', "a\n"])),
  ["items", filled(SIZE, ["x:\n", "- 1\n"])],
  ...inBothSizes("brackets that close nothing", (size) => filled(size, ["x: ", "]"])),
  ...inBothSizes("braces that close nothing", (size) => filled(size, ["", "}\n"])),
  ...inBothSizes("directives", (size) => filled(size, ["---\n", "%A b\n"])),
  ["directives before all", "%A b\n".repeat(Math.floor(UNUSUAL_SIZE / 5))],
  ...inBothSizes("empty quotes", (size) => filled(size, ["x: ", '""'])),
  ["spaces", filled(SIZE, ["", " "])],
  ...inBothSizes("tags", (size) => numbered(size, "", (i) => `k${i}: !!python/x${i} 1\n`)),
  ...inBothSizes("Windows line ends", (size) => numbered(size, "", (i) => `k${i}: 1\r\n`)),
  ...inBothSizes("line ends of old", (size) => numbered(size, "", (i) => `k${i}: 1\r`)),
  ...inBothSizes("tabs", (size) => numbered(size, "", (i) => `k${i}:\t1\n`)),
  ["JSON", `{${filled(UNUSUAL_SIZE, ['"a":[', "[1],", "1]"]).slice(HEAD.length)}}`],
  [
    "labels that are templates",
    numbered(
      SIZE,
      "spec:\n  crds:\n    a:\n      labels:\n",
      (i) => `        l${i}: "{{ .spec.x${i} }}"\n`,
    ),
  ],
  ["CRDs without content", numbered(SIZE, "spec:\n  crds:\n", (i) => `    c${i}: {}\n`)],
  ["CRDs in a list", filled(SIZE, ["spec:\n  crds:\n", "    - {}\n"])],
  ["CRDs in a list, in a line", filled(SIZE, ["spec: { crds: [", "{},", "{}] }\n"])],
];
