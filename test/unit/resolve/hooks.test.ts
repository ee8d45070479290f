import { expect, test } from "bun:test";
import { resolve } from "../../../src/resolve/resolve.ts";
import { memoryFiles } from "./memory-files.ts";

const katalog = (block: string) => `
apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: { name: k }
spec:
  crds:
    thing:
      apiTypes: { group: g.io, version: v1, kind: Thing, plural: things }
      operatorBox: { reconcile: { ${block} } }
`;
const HOOKS = "hooks: { module: ./hooks/a.ts }";

function resolved(files: Readonly<Record<string, string>>, block = HOOKS) {
  const all = { "k/katalog.yaml": katalog(block), ...files };
  return resolve({ paths: ["k/katalog.yaml"], env: {}, files: memoryFiles(all) });
}

test("resolve() takes a module with all that it imports, and its digest follows each", async () => {
  const files = {
    "k/hooks/a.ts": 'import "../lib/b.ts"; import "node:fs"; import type { X } from "any";',
    "k/lib/b.ts": 'export * from "../../c.mjs"; import("../lib/b.ts");',
    "c.mjs": "export const c = 1;",
  };
  const one = await resolved(files);
  if (one.kind !== "resolved") throw new Error(JSON.stringify(one.issues));
  expect(one.modules[0]?.files.map(({ path }) => path)).toEqual([
    "hooks/a.ts",
    "lib/b.ts",
    "../c.mjs",
  ]);
  expect(one.katalog.crds[0]?.box.hooks).toMatchObject({ role: "hooks", timeoutMs: 30_000 });
  const two = await resolved({ ...files, "c.mjs": "export const c = 2;" });
  expect(two.kind === "resolved" && two.digest).not.toBe(one.digest);
});

test.each([
  ["require('./b.js')", "modules of hooks import, they do not require"],
  ["import(name)", "what it imports is computed"],
  ['import "zod"', "hooks import by relative path"],
  ['import { Hooks } from "orkestra/hooks"', "it holds types only"],
  ['import "./b"', "expected a file that ends in .ts, .mts, .js, .mjs or .json"],
  ['import "./b.ts"', "there is no such file"],
])("resolve() refuses a module with %s, at its place", async (text, why) => {
  const result = await resolved({ "k/hooks/a.ts": `\n${text};` });
  expect(result.issues).toMatchObject([
    { code: "hook-module", position: { file: "k/hooks/a.ts", line: 2 } },
  ]);
  expect(result.issues[0]?.message).toContain(why);
});

test.each([
  ["hooks: { module: ./no.ts }", 'Cannot run "./no.ts": there is no such file'],
  ["hooks: { module: ./a.py }", "expected a file that ends in .ts, .mts, .js or .mjs"],
  ["hooks: { module: ./a.json }", 'Cannot run "./a.json": expected a file that ends in .ts, .mts'],
  ["hooks: { module: ./hooks/a.ts, timeout: 0s }", "Cannot use a timeout of 0"],
  [
    "hooks: { module: ./hooks/a.ts, managedResources: [{ apiVersion: apps, kind: X }] }",
    'Cannot manage resources of "apps"',
  ],
  ["constructor: { module: ./hooks/a.ts }, onReconcile: {}", 'Cannot have "onReconcile" beside'],
  ["default: false", "Cannot leave the declarative reconciler out"],
  ["hooks: { modul: ./hooks/a.ts }", 'Unknown key "modul"'],
])("resolve() refuses %s", async (block, message) => {
  const result = await resolved({ "k/hooks/a.ts": "export default {};" }, block);
  expect(result.kind).toBe("failed");
  expect(result.issues.map((issue) => issue.message).join("\n")).toContain(message);
});

test("resolve() knows a constructor from what every object inherits", async () => {
  const files = { "k/hooks/a.ts": "export default {};" };
  const one = await resolved(files, "constructor: { module: ./hooks/a.ts }, default: false");
  expect(one.kind === "resolved" && one.katalog.crds[0]?.box.hooks?.role).toBe("constructor");
  const none = await resolved(files, "workers: 1");
  expect(none.kind === "resolved" && none.katalog.crds[0]?.box.hooks).toBeUndefined();
});
