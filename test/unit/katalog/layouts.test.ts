import { expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { normalise } from "../../../src/katalog/normalise.ts";
import { type ResolveResult, resolve } from "../../../src/resolve/resolve.ts";
import { parseYaml } from "../../../src/std/yaml.ts";
import { toJson } from "../../../src/std/yaml-node.ts";

const FIXTURES = "test/unit/katalog/fixtures";
const LAYOUTS = ["phases", "reconciler-block", "flat", "oldest"];

async function resolved(layout: string): Promise<Extract<ResolveResult, { kind: "resolved" }>> {
  const result = await resolve({ paths: [`${FIXTURES}/${layout}.yaml`], env: {} });
  if (result.kind === "failed") throw new Error(JSON.stringify(result.issues, null, 2));
  return result;
}

test("the canonical layout is read without a word", async () => {
  expect((await resolved("phases")).issues).toEqual([]);
});

test.each(LAYOUTS.slice(1))("the %s layout resolves to the same document", async (layout) => {
  const canonical = await resolved("phases");
  const other = await resolved(layout);
  expect(other.katalog).toEqual(canonical.katalog);
  expect(other.digest).toBe(canonical.digest);
});

test.each([
  ["reconciler-block", ['"operatorBox.reconciler" as "operatorBox.reconcile"', '"finalizers" as']],
  ["flat", ['"workers" as "operatorBox.reconcile.workers"', '"anyOf" as "or"']],
  ["oldest", ['"reconciler" as "operatorBox"', '"spec.crds: [ … ]"', '"Secrets" as "secrets"']],
] as const)("the %s layout is read with a notice of its spellings", async (layout, spellings) => {
  const { issues } = await resolved(layout);
  expect(issues).toHaveLength(1);
  expect(issues[0]).toMatchObject({ code: "older-spelling", severity: "notice" });
  for (const spelling of spellings) expect(issues[0]?.message).toContain(spelling);
});

test("origins of a value point at the line in its own layout", async () => {
  const file = `${FIXTURES}/oldest.yaml`;
  const lines = (await readFile(file, "utf8")).split("\n");
  const { katalog, origins } = await resolved("oldest");
  const index = katalog.crds.findIndex(({ name }) => name === "website");
  const child = katalog.crds[index]?.box.children.findIndex(({ key }) => key === "deployments");
  const position = origins.get(`/crds/${index}/box/children/${child}/fields/image`);
  if (!position || "by" in position) throw new Error("no place");
  expect(lines[position.line - 1]?.slice(position.column - 1)).toBe('"{{ .spec.image }}"');
});

/** One entry in an older layout → the entry in the canonical one. */
function canonical(entry: string): unknown {
  const text = `apiVersion: orkestra.orkspace.io/v1\nkind: Katalog\nspec: { crds: { x: ${entry} } }`;
  const [root] = parseYaml(text, { file: "k.yaml" }).documents;
  if (!root) throw new Error("no document");
  const document = toJson(normalise(root).root) as { spec: { crds: { x: unknown } } };
  return document.spec.crds.x;
}

test.each([
  ["{ imports: [{ motif: a }] }", { operatorBox: { reconcile: { imports: [{ motif: "a" }] } } }],
  ["{ operatorBox: { profile: p } }", { operatorBox: { reconcile: { profile: "p" } } }],
  ["{ operatorBox: { constructor: {} } }", { operatorBox: { reconcile: { constructor: {} } } }],
  ["{ operatorBox: { remote: {} } }", { operatorBox: { reconcile: { remote: {} } } }],
  [
    "{ operatorBox: { hooks: { resources: [1] } } }",
    { operatorBox: { reconcile: { hooks: { managedResources: [1] } } } },
  ],
  [
    "{ operatorBox: { cross: [{ crd: a, labels: { b: c } }], watch: [] } }",
    { operatorBox: { observe: { cross: [{ crd: "a", labelSelector: { b: "c" } }], watch: [] } } },
  ],
  [
    "{ operatorBox: { sentinels: [a], enqueueGate: {}, reconcileGate: {}, external: [] } }",
    {
      operatorBox: {
        preReconcile: { sentinels: ["a"], enqueueGate: {}, reconcileGate: {}, external: [] },
      },
    },
  ],
  [
    "{ operatorBox: { preReconcile: { when: [1], anyOf: [2] } } }",
    { operatorBox: { preReconcile: { reconcileGate: { when: [1], or: [2] } } } },
  ],
  [
    "{ removeFinalizers: [a], deletionProtection: true, restrictedNamespaces: [b], ignoreStatusPatch: true }",
    {
      operatorBox: {
        runtime: {
          removeFinalizers: ["a"],
          deletionProtection: true,
          restrictedNamespaces: ["b"],
          ignoreStatusPatch: true,
        },
      },
    },
  ],
  [
    "{ autoscale: {}, operatorBox: { cleanup: {} }, ignoreObservedGeneration: true }",
    { operatorBox: { runtime: { autoscale: {}, cleanup: {}, ignoreObservedGeneration: true } } },
  ],
  [
    "{ validation: [{ field: a }], mutation: { rules: [] }, conversion: {}, webhooks: {} }",
    {
      admission: {
        validation: { rules: [{ field: "a" }] },
        mutation: { rules: [] },
        conversion: {},
        webhooks: {},
      },
    },
  ],
])("normalise() reads %s", (entry, expected) => {
  expect(canonical(entry)).toEqual(expected);
});

test("normalise() leaves the user's own data alone", () => {
  const entry =
    "{ operatorBox: { onReconcile: { custom: [{ kind: K, spec: { anyOf: [1] }, rules: [{ anyOf: [2] }], anyOf: [3] }], configMaps: [{ data: { anyOf: x } }] } } }";
  expect(canonical(entry)).toEqual({
    operatorBox: {
      reconcile: {
        onReconcile: {
          custom: [{ kind: "K", spec: { anyOf: [1] }, rules: [{ anyOf: [2] }], or: [3] }],
          configMaps: [{ data: { anyOf: "x" } }],
        },
      },
    },
  });
});

test("normalise() reads top-level spellings", () => {
  const text =
    "apiVersion: orkestra.orkspace.io/v1\nkind: Komposer\nsources: { files: [a] }\nnotes: [{ name: n }]";
  const [root] = parseYaml(text, { file: "k.yaml" }).documents;
  if (!root) throw new Error("no document");
  expect(toJson(normalise(root).root)).toMatchObject({
    imports: { files: ["a"] },
    notes: { functions: [{ name: "n" }] },
  });
});

test("normalise() joins blocks given in two places and accepts equal values", () => {
  expect(
    canonical(
      "{ workers: 2, operatorBox: { workers: 2, onCreate: { jobs: [] }, reconcile: { onCreate: { secrets: [] } } } }",
    ),
  ).toEqual({
    operatorBox: { reconcile: { workers: 2, onCreate: { secrets: [], jobs: [] } } },
  });
});

test("normalise() refuses one setting given twice with different values, naming both places", () => {
  const text = `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
spec:
  crds:
    website:
      workers: 2
      operatorBox:
        reconcile:
          workers: 3
`;
  const [root] = parseYaml(text, { file: "k.yaml" }).documents;
  if (!root) throw new Error("no document");
  const issue = normalise(root).issues.find(({ code }) => code === "given-twice");
  expect(issue).toMatchObject({
    severity: "error",
    position: { file: "k.yaml", line: 6, column: 7 },
    path: ["spec", "crds", "website", "workers"],
  });
  expect(issue?.message).toContain("k.yaml:9:11");
});
