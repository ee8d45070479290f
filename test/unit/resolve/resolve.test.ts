import { expect, test } from "bun:test";
import fc from "fast-check";
import type { DeleteStep, ResolvedCrd } from "../../../src/katalog/resolved.ts";
import { digestOf, type ResolveOptions, resolve } from "../../../src/resolve/resolve.ts";
import { SourceError } from "../../../src/source/source-error.ts";
import { isJsonObject, type Json } from "../../../src/std/json.ts";
import { stringifyYaml } from "../../../src/std/yaml.ts";
import { times } from "../../support/effort.ts";
import { boxOf, definedBoxOf, HEADER, katalogOf, resolveText, WEBSITE_CRD } from "./marked.ts";
import { memoryFiles } from "./memory-files.ts";

const TYPES = "apiTypes: { group: demo.orkestra.io, version: v1, kind: Website, plural: websites }";

async function crdOf(text: string, options: Partial<ResolveOptions> = {}): Promise<ResolvedCrd> {
  const result = await resolveText(text, options);
  if (result.kind === "failed") throw new Error(JSON.stringify(result.issues, null, 2));
  const [crd] = result.katalog.crds;
  if (!crd) throw new Error("no crd");
  return crd;
}

function resolveFiles(
  files: Readonly<Record<string, string>>,
  paths: readonly string[],
  options: Partial<ResolveOptions> = {},
) {
  return resolve({ paths, env: {}, files: memoryFiles(files), ...options });
}

const ZONES = `${HEADER}spec: { crds: { zone: { apiTypes: { group: g.io, version: v1, kind: Zone, plural: zones } } } }\n`;

test("resolve() fills in the defaults", async () => {
  expect(await crdOf(katalogOf(TYPES))).toEqual({
    name: "website",
    katalog: "test",
    isEnabled: true,
    type: { group: "demo.orkestra.io", version: "v1", kind: "Website", plural: "websites" },
    customResources: [],
    labels: {},
    dependsOn: [],
    workers: 3,
    resyncMs: 15_000,
    queue: { maxDepth: 0, failureThreshold: 5, retryBackoffMs: [] },
    allowedNamespaces: [],
    box: {
      children: [],
      onDelete: { groups: [], timeoutMs: 300_000 },
      status: { hasConditions: true, fields: [] },
      normalize: {},
      finalizers: [],
    },
  });
});

test("the environment gives defaults, and the document wins", async () => {
  const env = {
    DEFAULT_WORKERS: "7",
    DEFAULT_RESYNC: "1m",
    QUEUE_DEPTH: "9",
    FAILURE_THRESHOLD: "2",
  };
  const crd = await crdOf(boxOf("reconcile: { workers: 1 }"), { env });
  expect(crd).toMatchObject({
    workers: 1,
    resyncMs: 60_000,
    queue: { maxDepth: 9, failureThreshold: 2 },
  });
});

test.each(["DEFAULT_WORKERS", "DEFAULT_RESYNC", "QUEUE_DEPTH", "FAILURE_THRESHOLD"])(
  "an unusable %s is an issue",
  async (name) => {
    const { issues } = await resolveText(katalogOf(TYPES), { env: { [name]: "much" } });
    expect(issues[0]).toMatchObject({ code: "bad-environment", severity: "error" });
    expect(issues[0]?.message).toContain(name);
  },
);

test("a DEFAULT_RESYNC below a second is an issue", async () => {
  const { issues } = await resolveText(katalogOf(TYPES), { env: { DEFAULT_RESYNC: "10ms" } });
  expect(issues[0]).toMatchObject({ code: "bad-environment", severity: "error" });
  expect(issues[0]?.message).toContain("at least 1s");
});

test("the whole document is frozen", async () => {
  const result = await resolveText(definedBoxOf("onReconcile: { services: [{ port: 80 }] }"));
  if (result.kind === "failed") throw new Error("failed");
  const frozen: unknown[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    frozen.push(Object.isFrozen(value));
    for (const inner of Object.values(value)) visit(inner);
  };
  visit(result.katalog);
  expect(frozen.length).toBeGreaterThan(20);
  expect(new Set(frozen)).toEqual(new Set([true]));
});

test("types come from the definition", async () => {
  const crd = await crdOf(katalogOf("crdFile: ./crd.yaml"));
  expect(crd.type).toEqual({
    group: "demo.orkestra.io",
    version: "v1",
    kind: "Website",
    plural: "websites",
    namespaced: true,
  });
  expect(crd.crd).toMatchObject({ kind: "CustomResourceDefinition" });
});

test("of several definitions the one named like the entry is meant", async () => {
  const other = WEBSITE_CRD.replaceAll("Website", "Blog").replaceAll("websites", "blogs");
  const files = {
    "d/katalog.yaml": katalogOf("crdFile: crds.yaml"),
    "d/crds.yaml": `${other}---\n${WEBSITE_CRD}`,
  };
  const found = await resolveFiles(files, ["d"]);
  expect(found).toMatchObject({
    kind: "resolved",
    katalog: { crds: [{ type: { kind: "Website" } }] },
  });
  const none = await resolveFiles(
    { ...files, "d/crds.yaml": `${other}---\n${other.replaceAll("Blog", "Shop")}` },
    ["d"],
  );
  expect(none.issues[0]).toMatchObject({ code: "crd-file" });
  expect(none.issues[0]?.message).toContain("Blog, Shop");
});

test("crFiles are read in order, lists unwrapped", async () => {
  const files = {
    "katalog.yaml": katalogOf(`${TYPES}\ncrFiles: [a.yaml, b.yaml]`),
    "a.yaml": "kind: List\nitems:\n  - { kind: A }\n  - { kind: B }\n",
    "b.yaml": "kind: C\nspec: { version: 1.10, empty: null }\n",
  };
  expect(await resolveFiles(files, ["."])).toMatchObject({
    katalog: {
      crds: [
        {
          customResources: [
            { kind: "A" },
            { kind: "B" },
            { kind: "C", spec: { version: 1.1, empty: null } },
          ],
        },
      ],
    },
  });
});

test("a bare kind means the one of Kubernetes", async () => {
  const crd = await crdOf(katalogOf("apiTypes: { kind: Deployment }\nlabelSelector: { a: b }"));
  expect(crd.type).toEqual({
    group: "apps",
    version: "v1",
    kind: "Deployment",
    plural: "deployments",
    namespaced: true,
  });
  expect(crd.labelSelector).toBe("a=b");
});

test.each([
  ["app=web,tier in (a,b)", "app=web,tier in (a,b)"],
  ["{ app: web, tier: 1.10 }", "app=web,tier=1.10"],
  [
    "{ matchLabels: { app: web }, matchExpressions: [{ key: t, operator: NotIn, values: [a, b] }, { key: x, operator: Exists }, { key: y, operator: DoesNotExist }] }",
    "!y,app=web,t notin (a,b),x",
  ],
])("labelSelector %s is %s", async (written, expected) => {
  expect((await crdOf(katalogOf(`${TYPES}\nlabelSelector: ${written}`))).labelSelector).toBe(
    expected,
  );
});

test.each([
  ["b", [{ crd: "b", condition: "started" }]],
  [
    "[c, b]",
    [
      { crd: "b", condition: "started" },
      { crd: "c", condition: "started" },
    ],
  ],
  ["{ b: healthy }", [{ crd: "b", condition: "healthy" }]],
  [
    "{ b: { condition: healthy }, a: {} }",
    [
      { crd: "a", condition: "started" },
      { crd: "b", condition: "healthy" },
    ],
  ],
])("dependsOn %s is read", async (written, expected) => {
  expect((await crdOf(katalogOf(`${TYPES}\ndependsOn: ${written}`))).dependsOn).toEqual(
    expected as ResolvedCrd["dependsOn"],
  );
});

test("a circle of dependencies is an error that names it, once", async () => {
  const entry = (name: string, on: string) =>
    `    ${name}: { apiTypes: { group: g.io, version: v1, kind: K${name}, plural: k${name} }, dependsOn: [${on}] }\n`;
  const text = `${HEADER}spec:\n  crds:\n${entry("c", "a")}${entry("a", "b")}${entry("b", "c")}${entry("d", "a")}`;
  const { kind, issues } = await resolveText(text);
  expect(kind).toBe("failed");
  expect(issues).toMatchObject([{ code: "dependency-cycle", position: { line: 8 } }]);
  expect(issues[0]?.message).toContain("a → b → c → a");
});

test.each([
  ["5s", [5000]],
  ["{ initial: 1s, maxAttempts: 4, max: 5s }", [1000, 2000, 4000, 5000]],
  ["{ initial: 100ms, multiplier: 3, maxAttempts: 3 }", [100, 300, 900]],
])("retryBackoff %s is a schedule", async (written, expected) => {
  const crd = await crdOf(boxOf(`reconcile: { queue: { retryBackoff: ${written} } }`));
  expect(crd.queue.retryBackoffMs).toEqual(expected);
});

test("children come in the order of phases, kinds and lists, with their treatment", async () => {
  const crd = await crdOf(
    boxOf(`
onReconcile:
  services: [{ port: 80 }, { port: 81, name: b, reconcile: false }]
  deployments: [{ image: a, adopt: true, whenFalse: keep, forceConflict: false, recreate: true }]
  jobs: [{ image: a }]
onCreate:
  secrets: [{ data: { a: b } }, { name: x, reconcile: true }]
`),
  );
  expect(crd.box.children.map(({ id, mode }) => `${id} ${mode}`)).toEqual([
    "onCreate.secrets[0] create",
    "onCreate.secrets[1] reconcile",
    "onReconcile.deployments[0] reconcile",
    "onReconcile.services[0] reconcile",
    "onReconcile.services[1] create",
    "onReconcile.jobs[0] create",
  ]);
  expect(crd.box.children[2]).toMatchObject({
    adopt: true,
    whenFalse: "keep",
    forceConflict: false,
    recreate: true,
  });
});

test("scalars where text is expected are the text that was written; null is not set", async () => {
  const crd = await crdOf(
    boxOf(`
onReconcile:
  configMaps:
    - name: 007
      labels: [{ key: version, value: 1.10 }]
      annotations: { on: True, off: ~ }
      namespace: null
      data: { version: 1.10, port: 80, none: ~ }
      patch: { metadata: { labels: { gone: null } } }
  custom:
    - apiVersion: v1
      kind: Thing
      metadata: { name: 1.10, labels: { a: b } }
      spec: { weight: 1.10, none: ~ }
`),
  );
  const [map, custom] = crd.box.children;
  expect(map).toMatchObject({
    name: "007",
    labels: { version: "1.10" },
    annotations: { on: true },
    fields: { data: { version: "1.10", port: 80 } },
    patch: { metadata: { labels: { gone: null } } },
  });
  expect(map).not.toHaveProperty("namespace");
  expect(map?.annotations).not.toHaveProperty("off");
  expect(custom).toMatchObject({
    labels: { a: "b" },
    fields: { apiVersion: "v1", kind: "Thing", spec: { weight: 1.1 } },
  });
  expect(custom?.fields).not.toHaveProperty("metadata");
});

test("labels of a custom child are text, as a map or as a list", async () => {
  const crd = await crdOf(
    boxOf(`
onReconcile:
  custom:
    - { apiVersion: v1, kind: A, metadata: { name: a, labels: [{ key: v, value: 1.10 }], annotations: { w: 1.10 } } }
    - { apiVersion: b.io/v1, kind: A, metadata: { name: a }, spec: { v: 1.10 } }
`),
  );
  const [first, second] = crd.box.children;
  expect(first).toMatchObject({ labels: { v: "1.10" }, annotations: { w: "1.10" } });
  expect(second?.fields).toMatchObject({ spec: { v: 1.1 } });
});

test("conditions of a phase hold for its entries", async () => {
  const crd = await crdOf(
    boxOf(`
onCreate:
  when: { field: spec.a, equals: 1.10 }
  services: [{ port: 80, when: [{ field: spec.b, negate: true }], or: [{ field: spec.c, value: x }] }]
`),
  );
  expect(crd.box.children[0]).toMatchObject({
    when: [
      { field: "spec.a", operator: "equals", operand: "1.10", isNegated: false },
      { field: "spec.b", operator: "exists", isNegated: true },
    ],
    or: [{ field: "spec.c", operator: "equals", operand: "x", isNegated: false }],
  });
});

function stepText(step: DeleteStep): string {
  return step.kind === "run" ? `run ${step.entry.id}` : `delete ${step.key} ${step.name}`;
}

test.each([
  [
    "{ jobs: [{ name: a, image: b }], deployments: [{ name: d }] }",
    [["delete deployments d", "run onDelete.jobs[0]"]],
  ],
  [
    "{ ordered: true, jobs: [{ name: a }], groups: [{ services: [{ name: s }] }, { jobs: [{ image: b }] }] }",
    [["delete jobs a"], ["delete services s"], ["run onDelete.groups[1].jobs[0]"]],
  ],
  [
    "{ ordered: false, groups: [{ services: [{ name: s }] }, { jobs: [{ image: b }] }] }",
    [["delete services s", "run onDelete.groups[1].jobs[0]"]],
  ],
  [
    "{ custom: [{ apiVersion: v1, kind: Thing, metadata: { name: t, namespace: n } }] }",
    [["delete custom t"]],
  ],
  ["{ configMaps: [{ name: c, data: { a: b } }] }", [["run onDelete.configMaps[0]"]]],
])("onDelete %s is a plan", async (written, expected) => {
  const crd = await crdOf(boxOf(`onDelete: ${written}`));
  expect(crd.box.onDelete.groups.map(({ steps }) => steps.map(stepText))).toEqual(expected);
});

test("onDelete keeps its timeout, conditions and what identifies a custom child", async () => {
  const crd = await crdOf(
    boxOf(
      "onDelete: { timeout: 1m, when: [{ field: spec.a }], custom: [{ apiVersion: g/v1, kind: Thing, metadata: { name: t, namespace: n } }] }",
    ),
  );
  expect(crd.box.onDelete).toMatchObject({
    timeoutMs: 60_000,
    when: [{ field: "spec.a", operator: "exists" }],
    groups: [
      { steps: [{ kind: "delete", apiVersion: "g/v1", objectKind: "Thing", namespace: "n" }] },
    ],
  });
});

test("status, normalize, requeue and finalizers are resolved", async () => {
  const text = katalogOf(`${TYPES}
finalizers: [b, a]
operatorBox:
  reconcile:
    normalize: { spec: { spec.host: "{{ .spec.image }}" } }
    requeue: { after: 5s, when: [{ field: spec.a }] }
  emit:
    status:
      conditions: false
      fields:
        - { path: status.a.b, value: 1.10, type: float, clearOnFalse: true, when: [{ field: spec.a }] }
`).replace("spec:\n", "spec:\n  finalizers: [a]\n");
  expect((await crdOf(text)).box).toMatchObject({
    finalizers: ["a", "b"],
    normalize: { host: "{{ .spec.image }}" },
    requeue: { after: "5s", when: [{ field: "spec.a", operator: "exists" }] },
    status: {
      hasConditions: false,
      fields: [{ path: "a.b", value: "1.10", type: "float", clearOnFalse: true }],
    },
  });
});

test("several Katalogs are merged, entries sorted by name", async () => {
  const files = { "a/katalog.yaml": ZONES, "b.yaml": katalogOf(TYPES) };
  const result = await resolveFiles(files, ["b.yaml", "a"]);
  expect(result).toMatchObject({ katalog: { crds: [{ name: "website" }, { name: "zone" }] } });
});

test("a file named twice, once by its folder, is read once", async () => {
  const result = await resolveFiles({ "a/katalog.yaml": ZONES }, ["a", "a/katalog.yaml", "a"]);
  expect(result).toMatchObject({ kind: "resolved", katalog: { crds: [{ name: "zone" }] } });
});

test("booleans may be written as in YAML 1.1", async () => {
  expect((await crdOf(katalogOf(`${TYPES}\nenabled: no`))).isEnabled).toBe(false);
});

test("two CRDs of one name in two files are an error with both places", async () => {
  const files = { "a.yaml": ZONES, "b.yaml": `# moved\n${ZONES}` };
  const result = await resolveFiles(files, ["a.yaml", "b.yaml"]);
  expect(result).toMatchObject({
    kind: "failed",
    issues: [{ code: "duplicate-crd", position: { file: "b.yaml", line: 6, column: 17 } }],
  });
  expect(result.issues[0]?.message).toContain("a.yaml:5:17");
});

test("two CRDs of one name in a list are an error with both places", async () => {
  const entry =
    "    - name: zone\n      apiTypes: { group: g.io, version: v1, kind: Zone, plural: zones }\n";
  const { issues } = await resolveText(`${HEADER}spec:\n  crds:\n${entry}${entry}`);
  expect(issues[0]).toMatchObject({ code: "duplicate-crd", position: { line: 9, column: 13 } });
  expect(issues[0]?.message).toContain("katalog.yaml:7:13");
});

test.each([
  ["nowhere.yaml", /there is no such file or folder/],
  ["empty", /found no katalog.yaml or komposer.yaml in it/],
])("a missing %s says what was tried", async (path, message) => {
  const result = await resolveFiles({ "empty/other.txt": "" }, [path]);
  expect(result).toMatchObject({ kind: "failed", issues: [{ code: "missing-file" }] });
  expect(result.issues[0]?.message).toMatch(message);
});

test("a folder without a Katalog names those below it that hold one", async () => {
  const folders = ["b", "a", "c", "d", "f", "e"].map((name) => `all/${name}/komposer.yaml`);
  const names = ["all/0/other.yaml", "all/deep/x/katalog.yaml", "all/note.txt", ...folders];
  const { issues } = await resolveFiles(Object.fromEntries(names.map((name) => [name, ""])), [
    "all",
  ]);
  expect(issues).toMatchObject([
    {
      code: "missing-file",
      hint: "Name a folder in it that holds one: all/a, all/b, all/c, all/d, all/e, …",
    },
  ]);
  const none = await resolveFiles({ "all/0/other.yaml": "" }, ["all"]);
  expect(none.issues[0]?.hint).toBe("Name a document, or a folder that holds one, with -f");
});

test("a file that cannot be looked at is an issue, not the end", async () => {
  const files = memoryFiles({ "katalog.yaml": katalogOf("crdFile: locked/crd.yaml") });
  const locked: typeof files = {
    ...files,
    kindOf: async (path) => {
      if (!path.startsWith("locked")) return files.kindOf(path);
      throw new SourceError("unreadable", `Cannot read "${path}": EACCES`);
    },
  };
  const named = await resolve({ paths: ["locked"], env: {}, files: locked });
  expect(named.issues).toMatchObject([
    { code: "unreadable", message: expect.stringContaining("EACCES") },
  ]);
  const inside = await resolve({ paths: ["."], env: {}, files: locked });
  expect(inside.issues).toMatchObject([{ code: "unreadable", position: { line: 8 } }]);
});

test("an empty file is an issue, and standard input is a source", async () => {
  expect((await resolveFiles({ "a.yaml": "# nothing" }, ["a.yaml"])).issues[0]?.code).toBe(
    "empty-document",
  );
  const result = await resolveFiles({ "-": ZONES.replace("zones", "zones, oops: 1") }, ["-"]);
  expect(result.issues[0]).toMatchObject({ code: "unknown-key", position: { file: "<stdin>" } });
});

test("skipUnsupported leaves the entries out that need Go, loudly, and runs the others", async () => {
  const text = `${katalogOf(`${TYPES}\nautoscale: {}\noperatorBox: { hooks: { location: github.com/o/r, function: F } }`)}    zone: { apiTypes: { group: g.io, version: v1, kind: Zone, plural: zones } }\n`;
  expect((await resolveText(text)).kind).toBe("failed");
  const result = await resolveText(text, { skipUnsupported: true });
  expect(result).toMatchObject({ kind: "resolved", katalog: { crds: [{ name: "zone" }] } });
  expect(result.issues[0]).toMatchObject({ code: "left-out", severity: "warning" });
  expect(result.issues[0]?.message).toContain('The CRD "website" is left out');
});

const STEERED = `
onReconcile:
  configMaps:
    - data: { a: b }
      namespace: "{{ .spec.where }}"
`;

test.each([
  ["allowedNamespaces", boxOf(`runtime: { allowedNamespaces: [shared] }${STEERED}`)],
  ["crossNamespace", boxOf(`${STEERED}      crossNamespace: true`)],
  ["the CR's own namespace", boxOf(STEERED.replace(".spec.where", ".metadata.namespace"))],
  ["a literal", boxOf(STEERED.replace("{{ .spec.where }}", "shared"))],
])("a child's namespace may come from %s", async (_, text) => {
  expect((await resolveText(text)).kind).toBe("resolved");
});

test("a cluster-scoped CR may place its children anywhere", async () => {
  const crd = WEBSITE_CRD.replace("Namespaced", "Cluster");
  const files = {
    "katalog.yaml": definedBoxOf(STEERED.replace("where", "image")),
    "crd.yaml": crd,
  };
  expect((await resolveFiles(files, ["."])).kind).toBe("resolved");
});

test("allowCrossNamespace runs such a Katalog with a warning", async () => {
  const result = await resolveText(boxOf(STEERED), { allowCrossNamespace: true });
  expect(result).toMatchObject({
    kind: "resolved",
    katalog: { crds: [{ box: { children: [{ crossNamespace: true }] } }] },
    issues: [{ code: "cross-namespace", severity: "warning" }, { severity: "notice" }],
  });
});

test("known paths are not reported: normalize, status.fields, open schemas, maps, lists", async () => {
  const text = definedBoxOf(`
reconcile:
  normalize: { spec: { made.up: "x" } }
  onReconcile:
    configMaps:
      - data:
          a: "{{ .spec.made.up }} {{ .spec.anything.goes.here }} {{ .spec.labels.any }}"
          b: "{{ range .spec.regions }}{{ .name }}{{ end }} {{ (index .spec.regions 0).name }}"
          c: "{{ .status.mine }} {{ .status.phase }} {{ .status.conditions }}"
          d: "{{ .children.configMap.data.x }} {{ .children.configmaps }} {{ .children.pods }}"
      - name: "{{ .region.name }}-{{ .index }}"
        forEach: { field: spec.regions, as: region }
        when: [{ field: region.name, exists: true }]
emit: { status: { fields: [{ path: mine, value: x }] } }
`);
  const codes = (await resolveText(text)).issues.map(({ code }) => code);
  // What the status fields write is known to readers; that the server drops it is another matter.
  expect(codes).toEqual(["unknown-status-field"]);
});

test("one unknown path is told once per template", async () => {
  const text = definedBoxOf(
    "onReconcile:\n  services: [{ port: 80, name: '{{ .spec.a.b }}{{ .spec.a }}{{ index .spec.a 0 }}' }]",
  );
  const { issues } = await resolveText(text);
  expect(issues.filter(({ code }) => code === "unknown-path")).toHaveLength(1);
});

test("the digest is that of the canonical JSON and starts with its algorithm", async () => {
  const result = await resolveText(katalogOf(TYPES));
  if (result.kind === "failed") throw new Error("failed");
  expect(result.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(result.digest).toBe(digestOf(result.katalog));
});

test("the digest moves with the contents of files that the Katalog names", async () => {
  const files = { "katalog.yaml": katalogOf("crdFile: crd.yaml"), "crd.yaml": WEBSITE_CRD };
  const digest = async (crd: string) => {
    const result = await resolveFiles({ ...files, "crd.yaml": crd }, ["."]);
    return result.kind === "resolved" ? result.digest : undefined;
  };
  const first = await digest(WEBSITE_CRD);
  expect(await digest(`# a comment\n${WEBSITE_CRD}`)).toBe(first);
  expect(await digest(WEBSITE_CRD.replace("type: integer", "type: string"))).not.toBe(first);
});

const SAMPLE: Json = {
  apiVersion: "orkestra.orkspace.io/v1",
  kind: "Katalog",
  metadata: { name: "sample", version: "1.0", tags: ["a", "b"] },
  gateway: { port: 1, host: "h" },
  spec: {
    crds: {
      website: {
        apiTypes: { group: "g.io", version: "v1", kind: "Website", plural: "websites" },
        dependsOn: { zone: "healthy", other: "started" },
        labels: { b: "1", a: "2" },
        operatorBox: {
          onCreate: { secrets: [{ name: "s", data: { z: "1", a: "2" } }] },
          onReconcile: {
            services: [{ port: 80, name: "x" }],
            deployments: [{ image: "i", env: { B: "1", A: "2" } }],
            custom: [
              { apiVersion: "v1", kind: "K", metadata: { name: "n" }, spec: { b: 1, a: 2 } },
            ],
          },
          onDelete: { jobs: [{ name: "j", image: "i" }], deployments: [{ name: "d" }] },
          status: {
            fields: [
              { path: "b", value: "1" },
              { path: "a", value: "2" },
            ],
          },
        },
      },
      zone: { apiTypes: { group: "g.io", version: "v1", kind: "Zone", plural: "zones" } },
    },
  },
};

/** The value with the keys of every mapping in another order; lists stay as they are. */
function shuffled(value: Json, order: (size: number) => readonly number[]): Json {
  if (Array.isArray(value)) return value.map((item: Json) => shuffled(item, order));
  if (!isJsonObject(value)) return value;
  const keys = Object.keys(value);
  const ranks = order(keys.length);
  const sorted = keys
    .map((key, index) => ({ key, rank: ranks[index] ?? 0 }))
    .sort((a, b) => a.rank - b.rank);
  return Object.fromEntries(sorted.map(({ key }) => [key, shuffled(value[key] ?? null, order)]));
}

test("the order of keys does not matter to the digest", async () => {
  const digest = async (document: Json) => {
    const result = await resolveText(stringifyYaml(document));
    if (result.kind === "failed") throw new Error(JSON.stringify(result.issues));
    return result.digest;
  };
  const expected = await digest(SAMPLE);
  await fc.assert(
    fc.asyncProperty(fc.infiniteStream(fc.nat(1000)), async (stream) => {
      const order = (size: number) => [...stream.take(size)];
      expect(await digest(shuffled(SAMPLE, order))).toBe(expected);
    }),
    { numRuns: times(25) },
  );
});
