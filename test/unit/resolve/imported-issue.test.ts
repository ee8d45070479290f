/** Where what an issue is about was imported. */
import { expect, test } from "bun:test";
import { importedIssue } from "../../../src/resolve/imported-issue.ts";
import { resolve } from "../../../src/resolve/resolve.ts";
import { memoryFiles } from "./memory-files.ts";

const by = { origin: "file:a.yaml", position: { file: "k.yaml", line: 6, column: 7 } };
const issue = {
  code: "x",
  severity: "error",
  message: "Wrong",
  position: { file: "a.yaml", line: 1, column: 1 },
} as const;

test.each([
  [undefined, "It is imported at k.yaml:6:7"],
  ['Did you mean "b"?', 'Did you mean "b"? It is imported at k.yaml:6:7'],
  ["Name another", "Name another; it is imported at k.yaml:6:7"],
  ["It is imported at b.yaml:1:1", "It is imported at b.yaml:1:1"],
])("importedIssue() joins the place with the hint %p", (hint, expected) => {
  expect(importedIssue({ ...issue, ...(hint && { hint }) }, by).hint).toBe(expected);
});

test("importedIssue() names the way through Komposers", () => {
  const inner = { ...by, position: { file: "b.yaml", line: 2, column: 3 }, through: by };
  expect(importedIssue(issue, inner).hint).toBe("It is imported at b.yaml:2:3, from k.yaml:6:7");
});

test("importedIssue() leaves what stands in the importing document, and what is not imported", () => {
  const own = { ...issue, position: by.position };
  expect(importedIssue(own, by)).toBe(own);
  expect(importedIssue(issue, undefined)).toBe(issue);
});

const KOMPOSER = `apiVersion: orkestra.orkspace.io/v1
kind: Komposer
metadata: { name: whole }
imports:
  files:
    - part.yaml
spec: { crds: {} }
`;

function katalogOf(entry: string): string {
  return `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: { name: part }
spec:
  crds:
    thing:
      ${entry}
`;
}

const TYPES = "apiTypes: { group: g.io, version: v1, kind: Thing, plural: things }";
const BOX = (deployment: string) =>
  `${TYPES}\n      operatorBox: { reconcile: { onReconcile: { deployments: [${deployment}] } } }`;

test.each([
  ["an unknown key", `${TYPES}\n      replica: 2`, {}],
  ["an unknown function", BOX('{ image: "{{ nofunc .x }}" }'), {}],
  ["a missing crdFile", "crdFile: ./none.yaml", {}],
  ["a crdFile that is none", "crdFile: ./crd.yaml", { "crd.yaml": "kind: Wrong\n" }],
  ["a crdFile that is no YAML", "crdFile: ./crd.yaml", { "crd.yaml": "a: [\n" }],
  ["no YAML", "a: [", {}],
  ["a circle", `${TYPES}\n      dependsOn: [thing]`, {}],
] as const)("resolve() says where a document was imported: %s", async (_, entry, more) => {
  const files = memoryFiles({
    "komposer.yaml": KOMPOSER,
    "part.yaml": katalogOf(entry),
    ...more,
  });
  const { kind, issues } = await resolve({ paths: ["komposer.yaml"], env: {}, files });
  expect(kind).toBe("failed");
  const errors = issues.filter(({ severity }) => severity === "error");
  expect(errors.length).toBeGreaterThan(0);
  for (const { hint, position } of errors) {
    if (position?.file === "komposer.yaml") continue;
    expect(hint).toMatch(/\bit is imported at komposer.yaml:6:7$/i);
  }
});
