import { expect, test } from "bun:test";
import { scanModule } from "../../../src/std/module-scan.ts";

function specifiers(text: string) {
  return scanModule(text).imports.map(({ specifier, kind }) => `${kind} ${specifier}`);
}

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: the text of modules.
test.each([
  ['import "./a.ts";', ["import ./a.ts"]],
  ["import a from './a.ts'", ["import ./a.ts"]],
  ['import a, { b as c } from "./a.ts"', ["import ./a.ts"]],
  ['import * as a from "./a.ts"', ["import ./a.ts"]],
  ['import {\n  a,\n  type B,\n} from "./a.ts"', ["import ./a.ts"]],
  ['import{a}from"./a.ts";import{b}from"./b.ts"', ["import ./a.ts", "import ./b.ts"]],
  ['import a from "./a.json" with { type: "json" }', ["import ./a.json"]],
  ['import type from "./a.ts"', ["import ./a.ts"]],
  ['export * from "./a.ts"; export * as b from "./b.ts"', ["import ./a.ts", "import ./b.ts"]],
  ['export { a } from "./a.ts"', ["import ./a.ts"]],
  ['const a = await import("./a.ts")', ["dynamic ./a.ts"]],
  ["const a = await import(name)", ["dynamic undefined"]],
  ["const a = await import(`./${name}.ts`)", ["dynamic undefined"]],
  ['const a = require("./a.js")', ["require ./a.js"]],
  [
    'const t = `${await import("./a.ts")} import "./no.ts" ${`${import("./b.ts")}`}`',
    ["dynamic ./a.ts", "dynamic ./b.ts"],
  ],
  ['import.meta.url; x.import("./no.ts"); y?.require("./no.js")', []],
  ['import type { A } from "./a.ts"; import type B from "./b.ts"; import type * as C from "c"', []],
  ['export type { A } from "./a.ts"; export const a = 1; export { a }', []],
  ['// import "./no.ts"\n/* import "./no.ts" */ "import \'./no.ts\'"', []],
  ["const r = /import \"./; const s = /[/'\"]/g; import './a.ts'", ["import ./a.ts"]],
  ["const x = a / b; const y = c / d; import './a.ts'", ["import ./a.ts"]],
  ['const o = { import: 1, export: 2, from: "./no.ts" }; f({ import() {} })', []],
  ['const s = "it\\"s"; import "./a.ts"', ["import ./a.ts"]],
  ["#!/usr/bin/env x\nimport './a.ts'", ["import ./a.ts"]],
  ["class A { #p = 1; @d m() { return this.#p / 2 } } import './a.ts'", ["import ./a.ts"]],
  ["return /a'b/.test(x); import './a.ts'", ["import ./a.ts"]],
] as const)("scanModule() finds what %s imports", (text, expected) => {
  expect(specifiers(text)).toEqual([...expected]);
});
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: the text of modules.

test("scanModule() knows where things stand", () => {
  const text =
    'import a from "./a.ts";\nconst onReconcile = 1;\nexport default { onReconcile() {} };';
  const scan = scanModule(text);
  expect(text.slice(scan.imports[0]?.offset)).toStartWith('"./a.ts"');
  expect(text.slice(scan.defaultOffset)).toStartWith("export default");
  expect(text.slice(scan.offsetOf("onReconcile"))).toStartWith("onReconcile() {}");
  expect(scan.offsetOf("onDelete")).toBeUndefined();
  expect(scanModule("export const a = 1").defaultOffset).toBeUndefined();
});

test.each([
  "`unfinished ${a",
  "'unfinished",
  "/* unfinished",
  "/re",
  "}}}",
  "import",
  "export *",
  "",
])("scanModule() comes to an end on %s", (text) => {
  expect(scanModule(text).imports).toEqual([]);
});
