/** Documents that are made to hurt whoever reads them. Each is refused, or read for what it is, in no time. */
import { HUGE } from "./hostile-yaml-huge.ts";
import { WIDE } from "./hostile-yaml-wide.ts";

const HEAD = `apiVersion: orkestra.orkspace.io/v1\nkind: Katalog\nmetadata: { name: x }\n`;
const CRDS = `spec: { crds: { a: { apiTypes: { group: g.io, version: v1, kind: A, plural: as } } } }\n`;

const many = (count: number, of: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => of(index)).join("");

/** Each level holds the one before it so many times. */
function laughs(levels: number, width: number, kind: "list" | "map"): string {
  const lines = [`l0: &l0 ${kind === "list" ? "[lol]" : "{ a: lol }"}\n`];
  for (let level = 1; level < levels; level++) {
    const inner = Array.from({ length: width }, (_, index) =>
      kind === "list" ? `*l${level - 1}` : `k${index}: *l${level - 1}`,
    ).join(", ");
    lines.push(`l${level}: &l${level} ${kind === "list" ? `[${inner}]` : `{ ${inner} }`}\n`);
  }
  return HEAD + CRDS + lines.join("");
}

export const HOSTILE: readonly (readonly [what: string, text: string])[] = [
  ["a billion laughs, in lists", laughs(10, 10, "list")],
  ["a billion laughs, in maps", laughs(10, 10, "map")],
  [
    "a quadratic blow-up",
    `${HEAD}x: &x "${"a".repeat(50_000)}"\ny: [${many(5_000, () => "*x,")}]\n`,
  ],
  ["an alias to itself", `${HEAD}x: &x [*x]\n`],
  ["an alias to what is around it", `${HEAD}x: &x { y: { z: *x } }\n`],
  ["two aliases in a circle", `${HEAD}x: &x { y: &y { x: *x } }\nz: *y\n`],
  ["an alias to nothing", `${HEAD}x: *nowhere\n`],
  ["many aliases", `${HEAD}x: &x [1, 2]\ny: [${many(8_000, () => "*x,")}]\n`],
  ["many anchors", HEAD + many(1_500, (index) => `k${index}: &a${index} 1\n`)],
  ["deep lists", `${HEAD}x: ${"[".repeat(5_000)}${"]".repeat(5_000)}\n`],
  ["very deep lists", `${HEAD}x: ${"[".repeat(200_000)}\n`],
  ["deep maps", `${HEAD}x: ${"{a: ".repeat(2_500)}1${"}".repeat(2_500)}\n`],
  ["deep indentation", HEAD + many(2_000, (index) => `${" ".repeat(index)}a:\n`)],
  ["deep dashes", `${HEAD}x:\n  ${"- ".repeat(10_000)}1\n`],
  ["deep question marks", `${HEAD}${"? ".repeat(5_000)}a\n`],
  ["merge keys in a circle", `${HEAD}x: &x\n  <<: *x\n`],
  [
    "merge keys on merge keys",
    HEAD +
      `m0: &m0 { a: 1 }\n${many(300, (index) => `m${index + 1}: &m${index + 1} { <<: [*m${index}, *m${index}] }\n`)}`,
  ],
  ["a merge key of a text", `${HEAD}<<: text\n${CRDS}`],
  ["a huge key", `${HEAD}${"k".repeat(1_000_000)}: 1\n`],
  ["a huge text", `${HEAD}x: "${"v".repeat(1_000_000)}"\n`],
  ["more than the limit", `${HEAD}x: "${"v".repeat(6_000_000)}"\n`],
  ["many keys", HEAD + many(2_500, (index) => `k${index}: 1\n`)],
  ["one key many times", HEAD + many(1_000, () => "same: 1\n")],
  ["__proto__", `${HEAD}__proto__: { kind: Komposer, polluted: true }\n${CRDS}`],
  [
    "__proto__ in an entry",
    HEAD + CRDS.replace("apiTypes:", "__proto__: { enabled: false }, apiTypes:"),
  ],
  ["constructor and prototype", `${HEAD}constructor: { prototype: { polluted: true } }\n${CRDS}`],
  ["__proto__ by a merge", `${HEAD}x: &x { __proto__: { polluted: true } }\ny: { <<: *x }\n`],
  ["a tag of JavaScript", `${HEAD}x: !!js/function "function () { throw 1 }"\n`],
  ["a tag of Python", `${HEAD}x: !!python/object/apply:os.system ["true"]\n`],
  ["a tag of Ruby", `${HEAD}x: !ruby/object:Gem::Installer { i: x }\n`],
  ["a tag of Java", `${HEAD}x: !!javax.script.ScriptEngineManager [1]\n`],
  ["binary", `${HEAD}x: !!binary "${"QUJD".repeat(1000)}"\n`],
  ["a set", `${HEAD}x: !!set { a, b }\n`],
  ["a directive that nobody knows", `%FOO bar\n---\n${HEAD}${CRDS}`],
  ["another version of YAML", `%YAML 9.9\n---\n${HEAD}${CRDS}`],
  ["a tag directive", `%TAG ! tag:evil.example.io,2000:\n---\n${HEAD}x: !x y\n`],
  ["control characters", `${HEAD}x: "a\u0000b\u0007"\n`],
  ["a byte order mark in the middle", `${HEAD}\uFEFFx: 1\n`],
  ["lone surrogates", `${HEAD}x: "\\uD800\\uD800"\n`],
  ["a number beyond all", `${HEAD}x: 1${"0".repeat(100_000)}\n`],
  ["a key that is a map", `${HEAD}? { a: 1 }\n: 2\n`],
  ["a key that is a list", `${HEAD}? [a, b]\n: 2\n`],
  ["tabs", `${HEAD}x:\n\ty: 1\n`],
  ["many documents", many(500, () => "---\na: 1\n")],
  ["nothing but comments", "# \n".repeat(20_000)],
  ["an open quote", `${HEAD}x: "${"a\n".repeat(50_000)}`],
  ["an open block", `${HEAD}x: |\n${" a\n".repeat(100_000)}`],
  [
    "templates in templates",
    HEAD + CRDS.replace("apiTypes:", `labels: { a: '${"{{ (".repeat(2_000)}' }, apiTypes:`),
  ],
  ...HUGE,
  ...WIDE,
];
