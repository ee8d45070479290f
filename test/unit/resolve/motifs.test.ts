/** Motifs: what they bring to a CRD entry, and what is told when they cannot. */
import { expect, test } from "bun:test";
import { type ResolveResult, resolve } from "../../../src/resolve/resolve.ts";
import type { Issue } from "../../../src/std/issue.ts";
import { type FakeBundle, fakeSources } from "./fake-sources.ts";

const MOTIF = `apiVersion: orkestra.orkspace.io/v1
kind: Motif
metadata: { name: web, version: 1.0.0 }
inputs:
  - { name: image, required: true, description: what runs }
  - { name: replicas, type: int, default: 2 }
  - { name: host }
  - { name: tags, type: list, default: [a] }
resources:
  services:
    - name: "{{ .metadata.name }}"
      port: 80
  onReconcile:
    when: [{ field: spec.enabled, equals: true }]
    deployments:
      - name: "{{ .metadata.name }}-{{ .inputs.host }}"
        image: "{{ .inputs.image }}"
        replicas: "{{ .inputs.replicas }}"
status:
  fields:
    - { path: phase, value: motif }
    - { path: host, value: "x-{{ $.inputs.host }}" }
`;

function katalog(imports: string, box = ""): string {
  return `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: { name: whole }
spec:
  crds:
    site:
      apiTypes: { group: g.io, version: v1, kind: Site, plural: sites }
      imports: ${imports}
${box.replaceAll(/^/gm, "      ")}
`;
}

interface Setup {
  readonly files?: Readonly<Record<string, string>>;
  readonly bundles?: Readonly<Record<string, FakeBundle>>;
  readonly env?: Readonly<Record<string, string>>;
}

function run(text: string, { files = {}, bundles = {}, env = {} }: Setup = {}) {
  const all = { "motif.yaml": MOTIF, "katalog.yaml": text, ...files };
  return resolve({ paths: ["katalog.yaml"], env, sources: fakeSources(all, bundles) });
}

async function resolved(...parameters: Parameters<typeof run>) {
  const result: ResolveResult = await run(...parameters);
  if (result.kind === "failed") throw new Error(JSON.stringify(result.issues, null, 2));
  return result;
}

async function boxOf(...parameters: Parameters<typeof run>) {
  const { katalog: found } = await resolved(...parameters);
  const [crd] = found.crds;
  if (!crd) throw new Error("no CRD");
  return crd.box;
}

async function errors(...parameters: Parameters<typeof run>): Promise<readonly Issue[]> {
  const result = await run(...parameters);
  expect(result.kind).toBe("failed");
  return result.issues.filter(({ severity }) => severity === "error");
}

const WITH = "with: { image: nginx, host: '{{ .spec.host }}' }";

test("a Motif brings children and status fields, with its inputs filled in", async () => {
  const box = await boxOf(katalog(`[{ motif: ./motif.yaml, ${WITH} }]`));
  expect(box.children).toMatchObject([
    {
      id: "onReconcile.deployments[0]",
      name: "{{ .metadata.name }}-{{ $.spec.host }}",
      fields: { image: '{{ ("nginx") }}', replicas: "{{ (2) }}" },
      when: [{ field: "spec.enabled", operator: "equals" }],
    },
    { id: "onReconcile.services[0]", fields: { port: 80 } },
  ]);
  expect(box.children[1]?.when).toBeUndefined();
  expect(box.status.fields).toMatchObject([
    { path: "phase", value: "motif" },
    { path: "host", value: "x-{{ $.spec.host }}" },
  ]);
  expect(box.inputs).toBeUndefined();
});

test("the CRD's own word wins by name, and what is its own comes after", async () => {
  const own = `operatorBox:
  status: { fields: [{ path: phase, value: own }, { path: more, value: x }] }
  onReconcile:
    services:
      - { name: "{{ .metadata.name }}", port: 8080, type: NodePort }
      - { name: other, port: 1 }
    deployments: [{ name: second, image: caddy }]`;
  const box = await boxOf(katalog(`[{ motif: ./motif.yaml, ${WITH} }]`, own));
  expect(box.children.map(({ id, name, fields }) => [id, name, fields["port"]])).toEqual([
    ["onReconcile.deployments[0]", "{{ .metadata.name }}-{{ $.spec.host }}", undefined],
    ["onReconcile.deployments[1]", "second", undefined],
    ["onReconcile.services[0]", "{{ .metadata.name }}", 8080],
    ["onReconcile.services[1]", "other", 1],
  ]);
  expect(box.status.fields.map(({ path, value }) => [path, value])).toEqual([
    ["phase", "own"],
    ["host", "x-{{ $.spec.host }}"],
    ["more", "x"],
  ]);
  // The condition of the Motif's phase holds for what the Motif brings, and for nothing else.
  expect(box.children.map((child) => child.when !== undefined)).toEqual([
    true,
    false,
    false,
    false,
  ]);
});

test("what only a custom resource can say is read at run time, under the key of the use", async () => {
  const box = await boxOf(
    katalog(
      `[{ motif: ./motif.yaml, with: { image: "r/{{ .spec.image }}", replicas: "{{ .spec.n }}" } }]`,
    ),
  );
  expect(box.children[0]).toMatchObject({
    name: '{{ .metadata.name }}-{{ ("") }}',
    fields: { image: "{{ $.inputs.m0.image }}", replicas: "{{ $.inputs.m0.replicas }}" },
  });
  expect(box.inputs).toEqual([
    {
      key: "m0",
      motif: "web",
      values: {
        image: { value: "r/{{ .spec.image }}" },
        replicas: { value: "{{ .spec.n }}", type: "int" },
        host: { value: "" },
        tags: { value: ["a"], type: "list" },
      },
    },
  ]);
});

const OUTER = `apiVersion: orkestra.orkspace.io/v1
kind: Motif
metadata: { name: outer }
inputs: [{ name: app, required: true }]
imports:
  - motif: ../motif.yaml
    with: { image: "{{ .inputs.app }}", host: "h-{{ .inputs.app }}" }
resources: {}
`;

test("a Motif imports Motifs, beside itself, and hands its inputs on", async () => {
  const files = { "sub/outer.yaml": OUTER };
  const path = await boxOf(
    katalog("[{ motif: sub/outer.yaml, with: { app: '{{ .spec.app }}' } }]"),
    {
      files,
    },
  );
  expect(path.children[0]).toMatchObject({
    name: "{{ .metadata.name }}-{{ $.inputs.m1.host }}",
    fields: { image: "{{ $.spec.app }}" },
  });
  expect(path.inputs?.map(({ key, values }) => [key, values["host"]?.value])).toEqual([
    ["m1", "h-{{ $.spec.app }}"],
  ]);
  const mixed = await boxOf(
    katalog("[{ motif: sub/outer.yaml, with: { app: 'a{{ .spec.app }}' } }]"),
    {
      files,
    },
  );
  expect(mixed.inputs?.map(({ key }) => key)).toEqual(["m0", "m1"]);
  expect(mixed.inputs?.[1]?.values["image"]).toEqual({ value: "{{ $.inputs.m0.app }}" });
});

test.each([
  ["a folder", "./m", { files: { "m/motif.yaml": MOTIF } }, "motif:m/motif.yaml"],
  [
    "an artifact",
    "oci://a.io/web:1",
    { bundles: { "oci://a.io/web:1": { files: { "motif.yaml": MOTIF } } } },
    "motif:oci://a.io/web:1",
  ],
  [
    "a git repository",
    "https://github.com/o/motifs@v1",
    { bundles: { "https://github.com/o/motifs@v1": { files: { "motif.yaml": MOTIF } } } },
    "motif:https://github.com/o/motifs@v1",
  ],
  [
    "a short name",
    "web@1",
    {
      env: { ORK_MOTIFS_REGISTRY: "a.io" },
      bundles: { "oci://a.io/web:1": { files: { "motif.yaml": MOTIF } } },
    },
    "motif:oci://a.io/web:1",
  ],
] satisfies [string, string, Setup, string][])(
  "%s is a Motif",
  async (...[, motif, setup, origin]: [string, string, Setup, string]) => {
    const { imports, katalog: found } = await resolved(
      katalog(`[{ motif: "${motif}", ${WITH} }]`),
      setup,
    );
    expect(found.crds[0]?.box.children).toHaveLength(2);
    expect(imports).toMatchObject([{ origin, katalog: "web" }]);
  },
);

test("issues of what a Motif brings stand in the Motif, at the character", async () => {
  const bad = MOTIF.replace("x-{{ $.inputs.host }}", "{{ $.inputs.host }} {{ nothing }}");
  const found = await errors(katalog(`[{ motif: ./motif.yaml, ${WITH} }]`), {
    files: { "motif.yaml": bad },
  });
  expect(found).toMatchObject([
    { code: "unknown-function", position: { file: "motif.yaml", line: 22, column: 52 } },
  ]);
});

const cycle = (name: string) => `apiVersion: orkestra.orkspace.io/v1
kind: Motif
metadata: { name: x }
imports: [{ motif: ./${name} }]
`;

test.each<[string, string, Setup, string, RegExp]>([
  [
    "a Motif that is not there",
    "[{ motif: ./none.yaml }]",
    {},
    "unreadable",
    /there is no such file/,
  ],
  ["a required input", "[{ motif: ./motif.yaml }]", {}, "missing-input", /needs the input "image"/],
  [
    "an input that there is not",
    "[{ motif: ./motif.yaml, with: { image: a, hots: b } }]",
    {},
    "unknown-input",
    /has no input "hots"/,
  ],
  [
    "an input of another type",
    "[{ motif: ./motif.yaml, with: { image: a, replicas: many } }]",
    {},
    "wrong-type",
    /the input "replicas".*expected int/,
  ],
  [
    "a template that does not parse",
    "[{ motif: ./motif.yaml, with: { image: '{{ .spec.' } }]",
    {},
    "template-syntax",
    /./,
  ],
  [
    "a random value",
    "[{ motif: ./motif.yaml, with: { image: '{{ randomHex 4 }}' } }]",
    {},
    "bad-input",
    /another value on each pass/,
  ],
  [
    "what is no Motif",
    "[{ motif: ./katalog.yaml }]",
    {},
    "import-cycle",
    /imported by what it imports/,
  ],
  [
    "another document",
    "[{ motif: ./pod.yaml }]",
    { files: { "pod.yaml": "apiVersion: v1\nkind: Pod\n" } },
    "not-a-motif",
    /it holds no Motif/,
  ],
  [
    "a cycle",
    "[{ motif: ./a.yaml }]",
    { files: { "a.yaml": cycle("b.yaml"), "b.yaml": cycle("a.yaml") } },
    "import-cycle",
    /imported by what it imports/,
  ],
  [
    "a short name of nowhere",
    "[{ motif: web }]",
    {},
    "bad-reference",
    /ORK_MOTIFS_REGISTRY is not set/,
  ],
  ["an unknown key", "[{ motif: ./motif.yaml, wiht: {} }]", {}, "unknown-key", /"wiht"/],
  [
    "a block that does nothing yet",
    `[{ motif: ./motif.yaml, ${WITH} }]`,
    { files: { "motif.yaml": `${MOTIF}notes: [{ name: x }]\n` } },
    "unsupported",
    /"notes" of a Motif/,
  ],
])(
  "%s is refused, at its place",
  async (...[, imports, setup, code, said]: [string, string, Setup, string, RegExp]) => {
    const found = await errors(katalog(imports), setup);
    expect(found[0]).toMatchObject({ code });
    expect(found[0]?.message).toMatch(said);
    expect(found[0]?.position).toBeDefined();
  },
);

test("a Katalog's own templates have no inputs", async () => {
  const own = 'operatorBox: { status: { fields: [{ path: a, value: "{{ .inputs.x }}" }] } }';
  expect(await errors(katalog(`[{ motif: ./motif.yaml, ${WITH} }]`, own))).toMatchObject([
    { code: "no-inputs", position: { file: "katalog.yaml" } },
  ]);
});

test("a Komposer gives an imported entry other Motifs", async () => {
  const komposer = `apiVersion: orkestra.orkspace.io/v1
kind: Komposer
metadata: { name: k }
imports: { files: [sub/katalog.yaml] }
spec: { crds: { site: { imports: [{ motif: ./motif.yaml, with: { image: over } }] } } }
`;
  const files = {
    "sub/katalog.yaml": katalog(`[{ motif: ./motif.yaml, ${WITH} }]`),
    "komposer.yaml": komposer,
  };
  const sources = fakeSources({ ...files, "motif.yaml": MOTIF }, {});
  const result = await resolve({ paths: ["komposer.yaml"], env: {}, sources });
  if (result.kind === "failed") throw new Error(JSON.stringify(result.issues));
  expect(result.katalog.crds[0]?.box.children[0]?.fields["image"]).toBe('{{ ("over") }}');
  expect(result.imports.map(({ origin }) => origin)).toEqual([
    "file:sub/katalog.yaml",
    "motif:motif.yaml",
  ]);
});

test("calls of a Motif's onDelete come before the CRD's own, with its inputs filled in", async () => {
  const motif = `apiVersion: orkestra.orkspace.io/v1
kind: Motif
metadata: { name: billed }
inputs: [{ name: at, required: true }, { name: team, required: true }, { name: token }]
resources:
  onDelete:
    when: [{ field: spec.billed, equals: true }]
    external:
      - { name: bill, url: "{{ .inputs.at }}/{{ .inputs.team }}", token: "{{ .inputs.token }}" }
`;
  const box = `operatorBox:
  reconcile:
    onDelete:
      external:
        - { name: tell, url: "https://chat.example.com/{{ .external.bill.status }}" }`;
  const imports =
    "[{ motif: ./billed.yaml, with: { at: https://billing.example.com, team: blue, token: $BILLING } }]";
  const { katalog: whole } = await resolved(katalog(imports, box), {
    files: { "billed.yaml": motif },
  });
  const { onDelete } = whole.crds[0]!.box;
  expect(onDelete.when).toBeUndefined();
  expect(onDelete.external?.[0]?.credential).toEqual({ kind: "variable", name: "BILLING" });
  expect(onDelete.external?.map(({ name, url, when }) => [name, url, when?.length])).toEqual([
    ["bill", "https://billing.example.com/blue", 1],
    ["tell", "https://chat.example.com/{{ .external.bill.status }}", undefined],
  ]);
});

test("a Motif by itself is checked, and does not run", async () => {
  const of = (text: string) =>
    resolve({ paths: ["m.yaml"], env: {}, sources: fakeSources({ "m.yaml": text }, {}) });
  expect(await of(MOTIF)).toMatchObject({
    kind: "failed",
    motifs: [{ name: "web", inputs: 4 }],
    issues: [{ code: "only-a-motif" }],
  });
  const bad = await of(MOTIF.replace('image: "{{ .inputs.image }}"', "imag: x"));
  expect(bad.kind === "failed" && bad.motifs).toBeUndefined();
  expect(bad.issues.map(({ code }) => code)).toContain("unknown-key");
  const stray = await of(MOTIF.replace("$.inputs.host", ".inputs.hots"));
  expect(stray.issues.map(({ code }) => code)).toEqual(["only-a-motif", "unknown-input"]);
});
