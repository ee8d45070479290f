/** `policy` of what is started, and `packDocument()`: what is asked of artifacts, and how they are made. */
import { expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { packDocument } from "../../../src/resolve/pack.ts";
import { resolve } from "../../../src/resolve/resolve.ts";
import { createSigstore } from "../../support/sigstore.ts";
import { fakeSources } from "./fake-sources.ts";
import { memoryFiles } from "./memory-files.ts";

const PEM = generateKeyPairSync("ec", { namedCurve: "P-256" })
  .publicKey.export({ type: "spki", format: "pem" })
  .toString();

const KATALOG = `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: { name: pg, version: 1.2.0, description: Databases, author: A, license: MIT, tags: [x] }
spec:
  crds:
    pg: { apiTypes: { group: pg.io, version: v1, kind: Pg, plural: pgs } }
`;
const POLICY = `policy: { verify: [{ match: "oci://ghcr.io/*", keys: [keys/own.pub], signedAs: ghcr.io/a/b }] }\n`;
const komposer = (rest: string) => `apiVersion: orkestra.orkspace.io/v1
kind: Komposer
metadata: { name: whole }
${rest}imports: { registry: [oci://ghcr.io/org/pg:1] }
spec: { crds: {} }
`;
const BUNDLES = { "oci://ghcr.io/org/pg:1": { files: { "katalog.yaml": KATALOG } } };

async function run(text: string, files: Readonly<Record<string, string>> = {}, bundles = BUNDLES) {
  const sources = fakeSources({ "k.yaml": text, "keys/own.pub": PEM, ...files }, bundles);
  return { result: await resolve({ paths: ["k.yaml"], env: {}, sources }), asked: sources.asked };
}

test("a policy goes with everything that is asked of a registry", async () => {
  const { result, asked } = await run(komposer(POLICY));
  expect(result.issues).toEqual([]);
  const keys = [{ name: "keys/own.pub", pem: PEM }];
  const rule = { match: "oci://ghcr.io/*", keys, signedAs: "ghcr.io/a/b" };
  expect(asked.map(({ signatures }) => signatures)).toEqual([[rule]]);
});

const IDENTITY = "{ match: x, identity: me@x.io, issuer: 'https://x.io', trustedRoot: root.json }";
const root = (await createSigstore()).trustedRoot;

test("a rule may name an identity, whose trusted root is a file beside the document", async () => {
  const text = komposer(`policy: { verify: [${IDENTITY}] }\n`);
  const { result, asked } = await run(text, { "root.json": root });
  expect(result.issues).toEqual([]);
  const identity = { kind: "exact", text: "me@x.io" } as const;
  const trustedRoot = { name: "root.json", text: root };
  const identities = [{ identity, issuer: "https://x.io", trustedRoot }];
  expect(asked[0]?.signatures).toEqual([{ match: "x", keys: [], identities }]);
});

test("a rule may name a pattern, and keys beside it", async () => {
  const rule = `${IDENTITY.replace("identity: me@x.io", 'identityRegexp: ".*@x[.]io"').slice(0, -1)}, keys: [keys/own.pub] }`;
  const { result, asked } = await run(komposer(`policy: { verify: [${rule}] }\n`), {
    "root.json": root,
  });
  expect(result.issues).toEqual([]);
  expect(asked[0]?.signatures).toMatchObject([
    {
      keys: [{ name: "keys/own.pub" }],
      identities: [{ identity: { kind: "pattern", text: ".*@x[.]io" } }],
    },
  ]);
});

test("without a policy nothing is asked of signatures", async () => {
  const { asked } = await run(komposer(""));
  expect(asked.map(({ signatures }) => signatures)).toEqual([undefined]);
});

test("the policy of an import counts for nothing, and that is said", async () => {
  const bundles = { "oci://ghcr.io/org/pg:1": { files: { "katalog.yaml": POLICY + KATALOG } } };
  const { result, asked } = await run(komposer(""), {}, bundles);
  expect(result.kind).toBe("resolved");
  expect(asked[0]?.signatures).toBeUndefined();
  expect(result.issues).toMatchObject([
    { code: "no-effect", severity: "notice", path: ["policy"] },
  ]);
});

test.each([
  ["an unknown key", "policy: { verify: [{ match: x, keys: [a], any: 1 }] }", /Unknown key "any"/],
  ["no match", "policy: { verify: [{ keys: [keys/own.pub] }] }", /"match" is missing/],
  ["no keys", "policy: { verify: [{ match: x }] }", /names no key and no identity/],
  [
    "an empty list of keys",
    "policy: { verify: [{ match: x, keys: [] }] }",
    /names no key and no identity/,
  ],
  ["a key that is not there", "policy: { verify: [{ match: x, keys: [none.pub] }] }", /none\.pub/],
  ["a key that is none", "policy: { verify: [{ match: x, keys: [k.yaml] }] }", /no key in PEM/],
  [
    "a key from a server",
    "policy: { verify: [{ match: x, keys: ['https://x.io/k.pub'] }] }",
    /no file beside the document/,
  ],
  [
    "an identity without issuer and root",
    "policy: { verify: [{ match: x, identity: a }] }",
    /the rule has no issuer and no trustedRoot: .* belong together/,
  ],
  [
    "an issuer without identity",
    "policy: { verify: [{ match: x, keys: [keys/own.pub], issuer: a }] }",
    /the rule has no identity and no trustedRoot/,
  ],
  [
    "an identity and a pattern",
    `policy: { verify: [${IDENTITY.replace("issuer", "identityRegexp: a, issuer")}] }`,
    /both identity and identityRegexp/,
  ],
  [
    "a trusted root that is none",
    `policy: { verify: [${IDENTITY.replace("root.json", "k.yaml")}] }`,
    /Cannot use the trusted root "k\.yaml": it is no JSON object/,
  ],
  ["a trusted root that is not there", `policy: { verify: [${IDENTITY}] }`, /root\.json/],
  [
    "a trusted root from a server",
    `policy: { verify: [${IDENTITY.replace("root.json", "'https://x.io/root.json'")}] }`,
    /trusted root "https:\/\/x\.io\/root\.json": it is no file beside the document/,
  ],
  ["another policy", "policy: { admit: all }", /Unknown key "admit"/],
])("a policy with %s stops the start before anything is fetched", async (_, policy, message) => {
  const { result, asked } = await run(komposer(`${policy}\n`));
  expect(result.kind).toBe("failed");
  expect(asked).toEqual([]);
  const [issue] = result.issues;
  expect(issue?.message).toMatch(message);
  expect(issue?.position).toMatchObject({ file: "k.yaml", line: 4 });
});

async function pack(files: Readonly<Record<string, string>>, path: string, env = {}) {
  const sources = memoryFiles(files);
  const packed = await packDocument({ path, files: sources, env });
  if (packed.kind === "packed") return packed;
  throw new Error(packed.issues.map(({ message }) => message).join("; "));
}

const WITH_CRD = KATALOG.replace(
  "apiTypes: { group: pg.io, version: v1, kind: Pg, plural: pgs }",
  "crdFile: crds/pg.yaml",
);
const CRD = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: pgs.pg.io }
spec:
  group: pg.io
  names: { kind: Pg, plural: pgs }
  scope: Namespaced
  versions: [{ name: v1, served: true, storage: true, schema: { openAPIV3Schema: { type: object } } }]
`;

test("packDocument() takes the document and what it refers to, under the name of its kind", async () => {
  const files = { "in/my.yaml": WITH_CRD, "in/crds/pg.yaml": CRD, "in/other.yaml": "x" };
  const packed = await pack(files, "in/my.yaml");
  expect([...packed.files.keys()]).toEqual(["crds/pg.yaml", "katalog.yaml"]);
  expect(packed.document).toBe("Katalog");
  expect(Object.fromEntries(packed.metadata)).toEqual({
    name: "pg",
    version: "1.2.0",
    description: "Databases",
    author: "A",
    license: "MIT",
  });
});

test("packDocument() takes a Komposer with the local files that it imports", async () => {
  const text = `apiVersion: orkestra.orkspace.io/v1
kind: Komposer
metadata: { name: whole }
imports: { files: [parts] }
spec: { crds: {} }
`;
  const packed = await pack(
    { "komposer.yaml": text, "parts/katalog.yaml": WITH_CRD, "parts/crds/pg.yaml": CRD },
    ".",
  );
  expect(packed.document).toBe("Komposer");
  expect([...packed.files.keys()]).toEqual([
    "komposer.yaml",
    "parts/crds/pg.yaml",
    "parts/katalog.yaml",
  ]);
});

test("packDocument() takes modules with all that they import, custom resources and nested Motifs", async () => {
  const entry = `crdFile: crd.yaml
      crFiles: [samples/cr.yaml]
      imports: [{ motif: ./motifs/outer.yaml }]
      operatorBox: { reconcile: { hooks: { module: ./hooks/a.ts } } }`;
  const text = KATALOG.replace(
    "{ apiTypes: { group: pg.io, version: v1, kind: Pg, plural: pgs } }",
    `\n      ${entry}`,
  );
  const motif = (name: string, imports: string) => `apiVersion: orkestra.orkspace.io/v1
kind: Motif
metadata: { name: ${name} }
inputs: []
${imports}resources: { configMaps: [{ name: ${name}, data: { a: b } }] }
`;
  const files = {
    "katalog.yaml": text,
    "crd.yaml": CRD,
    "samples/cr.yaml":
      "apiVersion: pg.io/v1\nkind: Pg\nmetadata: { name: x, namespace: default }\n",
    "hooks/a.ts": 'import { b } from "../lib/b.ts";\nexport default {};\n',
    "lib/b.ts": "export const b = 1;\n",
    "motifs/outer.yaml": motif("outer", "imports: [{ motif: ./inner.yaml }]\n"),
    "motifs/inner.yaml": motif("inner", ""),
    "hooks/unused.ts": "",
  };
  const { "hooks/unused.ts": _, ...used } = files;
  const packed = await pack(files, ".");
  expect([...packed.files.keys()]).toEqual(Object.keys(used).sort());
});

test("packDocument() takes the lock along", async () => {
  const packed = await pack({ "katalog.yaml": KATALOG, "orkestra.lock": "imports: []\n" }, ".");
  expect([...packed.files.keys()]).toEqual(["katalog.yaml", "orkestra.lock"]);
});

test("packDocument() packs a Motif, which does not run by itself", async () => {
  const motif = `apiVersion: orkestra.orkspace.io/v1
kind: Motif
metadata: { name: probes, version: 1.0.0 }
inputs: []
resources: { configMaps: [{ data: { a: b } }] }
`;
  const packed = await pack({ "m.yaml": motif }, "m.yaml");
  expect([packed.document, ...packed.files.keys()]).toEqual(["Motif", "motif.yaml"]);
  expect(packed.issues).toEqual([]);
});

test("packDocument() takes the keys of a policy", async () => {
  const packed = await pack({ "katalog.yaml": POLICY + KATALOG, "keys/own.pub": PEM }, ".");
  expect([...packed.files.keys()]).toEqual(["katalog.yaml", "keys/own.pub"]);
});

test("packDocument() takes the trusted root of a policy", async () => {
  const policy = `policy: { verify: [${IDENTITY}] }\n`;
  const packed = await pack({ "katalog.yaml": policy + KATALOG, "root.json": root }, ".");
  expect([...packed.files.keys()]).toEqual(["katalog.yaml", "root.json"]);
});

test.each([
  [
    "a file outside of its folder",
    { "in/katalog.yaml": WITH_CRD.replace("crds/pg", "../crds/pg"), "crds/pg.yaml": CRD },
    "in",
    /lies outside of "in"/,
  ],
  ["a document that would not run", { "katalog.yaml": WITH_CRD }, ".", /crds\/pg\.yaml/],
  [
    "two files of one name",
    { "my.yaml": WITH_CRD.replace("crds/pg.yaml", "katalog.yaml"), "katalog.yaml": CRD },
    "my.yaml",
    /refers to another file of that name/,
  ],
  ["standard input", {}, "-", /expected a file or a folder/],
  ["nothing", {}, "none.yaml", /^Cannot pack "none.yaml": there is no such file or folder/],
])("packDocument() refuses %s", async (...[, files, path, message]) => {
  const packing = pack(files as Readonly<Record<string, string>>, path);
  await expect(packing).rejects.toThrow(message);
});
