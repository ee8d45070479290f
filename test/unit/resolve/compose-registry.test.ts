/** `imports.registry`: packages from artifacts and commits, and what may be in them. */
import { expect, test } from "bun:test";
import { type ResolveResult, resolve } from "../../../src/resolve/resolve.ts";
import type { Issue } from "../../../src/std/issue.ts";
import { type FakeBundle, fakeSources } from "./fake-sources.ts";
import { WEBSITE_CRD } from "./marked.ts";

function katalog(name: string, rest = ""): string {
  return `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: { name: ${name}, version: 1.2.0 }
spec:
  crds:
    ${name}: { apiTypes: { group: ${name}.io, version: v1, kind: Thing, plural: things }${rest} }
`;
}

function komposer(imports: string, rest = "spec: { crds: {} }", name = "whole"): string {
  return `apiVersion: orkestra.orkspace.io/v1
kind: Komposer
metadata: { name: ${name} }
imports:
${imports.replaceAll(/^/gm, "  ")}
${rest}
`;
}

type Bundles = Readonly<Record<string, FakeBundle>>;

const WEB = `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: { name: web }
spec: { crds: { website: { crdFile: ../crds/website.yaml } } }
`;

const BUNDLES: Bundles = {
  "oci://ghcr.io/org/patterns/postgres:v14": {
    version: "v14",
    files: { "katalog.yaml": katalog("postgres") },
  },
  "oci://ghcr.io/org/deep:1": {
    version: "1",
    files: { "katalog.yaml": katalog("deep"), "komposer.yaml": "" },
  },
  "https://github.com/org/registry@main": {
    files: {
      "postgres/v14/katalog.yaml": katalog("postgres"),
      "web/katalog.yaml": WEB,
      "crds/website.yaml": WEBSITE_CRD,
      "redis/katalog.yaml": katalog("redis"),
    },
  },
};

const ENV = { ORK_REGISTRY: "oci://ghcr.io/org/patterns", ORG: "org", TOKEN: "canary-canary-1" };

interface Setup {
  readonly bundles?: Bundles;
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

function run(text: string, { bundles = BUNDLES, files = {}, env = ENV }: Setup = {}) {
  const sources = fakeSources({ ...files, "komposer.yaml": text }, bundles);
  return resolve({ paths: ["komposer.yaml"], env, sources });
}

async function resolved(...parameters: Parameters<typeof run>) {
  const result: ResolveResult = await run(...parameters);
  if (result.kind === "failed") throw new Error(JSON.stringify(result.issues, null, 2));
  return result;
}

async function errors(...parameters: Parameters<typeof run>): Promise<readonly Issue[]> {
  const result = await run(...parameters);
  expect(result.kind).toBe("failed");
  return result.issues.filter(({ severity }) => severity === "error");
}

test.each([
  ["a short name with @", "postgres@v14"],
  ["a short name with :", "postgres:v14"],
  ["an oci URL", "oci://ghcr.io/org/patterns/postgres:v14"],
  ["a variable", `oci://ghcr.io/\${ORG}/patterns/postgres:v14`],
  ["a mapping", "{ url: ghcr.io/org/patterns/postgres, version: v14, oci: true }"],
  ["a mapping without oci", "{ url: ghcr.io/org/patterns/postgres, version: v14 }"],
  ["a mapping of a short name", "{ url: postgres, version: v14 }"],
])("%s is an artifact", async (_, one) => {
  const { katalog, imports } = await resolved(
    komposer(`registry: [${JSON.stringify(one).includes("{ ") ? one : JSON.stringify(one)}]`),
  );
  expect(katalog.crds.map(({ name }) => name)).toEqual(["postgres"]);
  expect(imports).toEqual([
    {
      origin: "registry:oci://ghcr.io/org/patterns/postgres:v14",
      katalog: "postgres",
      version: "v14",
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      files: [
        {
          file: "oci://ghcr.io/org/patterns/postgres:v14/katalog.yaml",
          digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        },
      ],
    },
  ]);
});

test("a git repository gives several, each by name and version, with what they refer to", async () => {
  const imports = `registry:
  - url: https://github.com/org/registry@main
    katalog: { postgres: { version: v14 }, web: {}, redis: { version: v1.2.0 } }`;
  const { katalog, origins, imports: told } = await resolved(komposer(imports));
  expect(katalog.crds.map(({ name }) => name)).toEqual(["postgres", "redis", "website"]);
  expect(katalog.crds[2]?.type.group).toBe("demo.orkestra.io");
  const origin = "https://github.com/org/registry@main";
  expect(origins.get("/crds/2/crd")).toMatchObject({ file: `${origin}/crds/website.yaml` });
  expect(told[1]).toMatchObject({
    origin: `registry:${origin}/web`,
    files: [{ file: `${origin}/crds/website.yaml` }, { file: `${origin}/web/katalog.yaml` }],
  });
});

test("short names may lead to a git repository", async () => {
  const env = { ORK_REGISTRY: "https://github.com/org/registry@main" };
  const { katalog } = await resolved(komposer("registry: [postgres@v14]"), { env });
  expect(katalog.crds).toMatchObject([{ name: "postgres" }]);
});

test("a reference without a version is told to be open", async () => {
  const bundles = { "oci://ghcr.io/org/open:latest": { files: { "katalog.yaml": katalog("a") } } };
  const { issues } = await resolved(komposer("registry: [oci://ghcr.io/org/open]"), { bundles });
  expect(issues).toMatchObject([{ code: "no-version", severity: "notice" }]);
});

test("registry gives way to files, files to inline, field by field; teams are joined", async () => {
  const blocks = (min: string, team: string) =>
    `security: { tls: ${min} }\nnotification: { teams: [{ name: all }, { name: ${team} }] }\nspec:`;
  const one = katalog("a").replace("spec:", blocks("{ min: r, max: r, own: r }", "registry"));
  const bundles = { "oci://a.io/a:1": { files: { "katalog.yaml": one } } };
  const files = { "b.yaml": katalog("b").replace("spec:", blocks("{ min: f, max: f }", "files")) };
  const text = komposer(
    "registry: [oci://a.io/a:1]\nfiles: [b.yaml]",
    `${blocks("{ min: inline }", "inline")}\n  crds: {}`,
  );
  const { katalog: whole } = await resolved(text, { bundles, files });
  expect(whole.other).toEqual({
    security: { tls: { min: "inline", max: "f", own: "r" } },
    notification: {
      teams: [{ name: "all" }, { name: "inline" }, { name: "files" }, { name: "registry" }],
    },
  });
});

test("one name from an artifact and a file is an error with both origins", async () => {
  const files = { "b.yaml": katalog("postgres") };
  const [issue] = await errors(komposer("registry: [postgres@v14]\nfiles: [b.yaml]"), { files });
  expect(issue?.code).toBe("duplicate-crd");
  expect(issue?.message).toContain(
    "registry:oci://ghcr.io/org/patterns/postgres:v14 (imported at komposer.yaml:5:14)",
  );
  expect(issue?.message).toContain("file:b.yaml (imported at komposer.yaml:6:11)");
});

test("a Komposer of a registry is composed, and the one that imports it has the last word", async () => {
  const inner = komposer(
    "files: [parts/*.yaml]\nregistry: [postgres@v14]",
    `spec:
  crds:
    a: { workers: 7, resync: 30s }
    own: { apiTypes: { group: own.io, version: v1, kind: Own, plural: owns } }`,
    "inner",
  );
  const bundles = {
    ...BUNDLES,
    "oci://a.io/stack:1": {
      version: "1",
      files: { "komposer.yaml": inner, "parts/a.yaml": katalog("a"), "parts/b.yaml": katalog("b") },
    },
  };
  const text = komposer(
    "registry:\n  - { url: a.io/stack, version: 1, useKomposer: true }",
    "spec: { crds: { a: { workers: 9 }, own: { workers: 4 } } }",
  );
  const { katalog: whole, imports, origins } = await resolved(text, { bundles });
  expect(whole.crds).toMatchObject([
    { name: "a", workers: 9, resyncMs: 30_000 },
    { name: "b" },
    { name: "own", katalog: "inner", workers: 4 },
    { name: "postgres" },
  ]);
  expect(imports.map(({ origin }) => origin)).toEqual([
    "registry:oci://a.io/stack:1",
    "registry:oci://ghcr.io/org/patterns/postgres:v14",
    "file:oci://a.io/stack:1/parts/a.yaml",
    "file:oci://a.io/stack:1/parts/b.yaml",
  ]);
  const at = (pointer: string) => {
    const origin = origins.get(pointer);
    return origin && "file" in origin ? origin.file : undefined;
  };
  expect([at("/crds/0/workers"), at("/crds/0/resyncMs"), at("/crds/0/type")]).toEqual([
    "komposer.yaml",
    "oci://a.io/stack:1/komposer.yaml",
    "oci://a.io/stack:1/parts/a.yaml",
  ]);
});

const chainOf = (length: number): Bundles =>
  Object.fromEntries(
    Array.from({ length }, (_, index) => {
      const next = `{ url: a.io/k${index + 1}, version: 1, useKomposer: true }`;
      const last = "oci://ghcr.io/org/patterns/postgres:v14";
      const imports = `registry: [${index + 1 === length ? last : next}]`;
      const text = komposer(imports, "", `k${index}`);
      return [`oci://a.io/k${index}:1`, { files: { "komposer.yaml": text } }];
    }),
  );

test("Komposers may lie ten deep, and no deeper", async () => {
  const text = komposer("registry: [{ url: a.io/k0, version: 1, useKomposer: true }]");
  const ten = await resolved(text, { bundles: { ...BUNDLES, ...chainOf(9) } });
  expect(ten.katalog.crds).toHaveLength(1);
  expect(await errors(text, { bundles: { ...BUNDLES, ...chainOf(11) } })).toMatchObject([
    { code: "too-many-imports", message: expect.stringContaining("the limit is 10") },
  ]);
});

test("more than a hundred imports are refused before one is fetched", async () => {
  const list = Array.from({ length: 101 }, (_, index) => `  - oci://a.io/a${index}:1`).join("\n");
  const sources = fakeSources({ "komposer.yaml": komposer(`registry:\n${list}`) }, {});
  const result = await resolve({ paths: ["komposer.yaml"], env: {}, sources });
  expect(result).toMatchObject({ kind: "failed", issues: [{ code: "too-many-imports" }] });
  expect(sources.asked).toEqual([]);
});

const LOOP = {
  "oci://a.io/a:1": {
    files: {
      "komposer.yaml": komposer("registry: [{ url: a.io/b, version: 1, useKomposer: true }]"),
    },
  },
  "oci://a.io/b:1": {
    files: {
      "komposer.yaml": komposer("registry: [{ url: a.io/a, version: 1, useKomposer: true }]"),
    },
  },
};

test.each([
  {
    what: "a cycle",
    imports: "registry: [{ url: a.io/a, version: 1, useKomposer: true }]",
    bundles: LOOP,
    code: "import-cycle",
    said: /it is imported by what it imports/,
  },
  {
    what: "a Komposer without useKomposer",
    imports: "registry: [oci://a.io/a:1]",
    bundles: { "oci://a.io/a:1": { files: { "katalog.yaml": komposer("files: [a]") } } },
    code: "nested-komposer",
    said: /a Komposer imports Katalogs only/,
  },
  {
    what: "an artifact without a Katalog",
    imports: "registry: [oci://a.io/a:1]",
    bundles: { "oci://a.io/a:1": { files: { "motif.yaml": "" } } },
    code: "source-wrong-type",
    said: /there is no katalog.yaml in it/,
  },
  {
    what: "what a repository does not hold",
    imports: "registry: [{ url: https://github.com/org/registry@main, katalog: { mongo: {} } }]",
    bundles: BUNDLES,
    code: "source-wrong-type",
    said: /no katalog.yaml of "mongo"/,
  },
  {
    what: "another version than the repository holds",
    imports:
      "registry: [{ url: https://github.com/org/registry@main, katalog: { redis: { version: 2 } } }]",
    bundles: BUNDLES,
    code: "wrong-version",
    said: /it is version "1.2.0", expected "2"/,
  },
  {
    what: "a short name without a registry",
    imports: "registry: [postgres@v14]",
    bundles: BUNDLES,
    env: {},
    code: "bad-reference",
    said: /it is a short name, and ORK_REGISTRY is not set/,
  },
  {
    what: "a reference that is none",
    imports: "registry: ['oci://ghcr.io/Org//x:1']",
    bundles: BUNDLES,
    code: "bad-reference",
    said: /it is no reference to an OCI artifact/,
  },
  {
    what: "two versions",
    imports: "registry: [{ url: 'oci://ghcr.io/a/b:1', version: 2 }]",
    bundles: BUNDLES,
    code: "bad-reference",
    said: /it names "1" and the version "2"/,
  },
  {
    what: "a scheme that nothing reads",
    imports: "registry: ['ssh://github.com/a/b']",
    bundles: BUNDLES,
    code: "bad-reference",
    said: /nothing reads "ssh"/,
  },
  {
    what: "credentials in the URL",
    imports: "registry: ['https://me:canary@github.com/a/b@main']",
    bundles: BUNDLES,
    code: "secret-in-url",
    said: /the URL holds credentials/,
  },
  {
    what: "a path that leads out",
    imports: "registry: [oci://a.io/a:1]",
    bundles: {
      "oci://a.io/a:1": {
        files: { "katalog.yaml": katalog("a", ", crFiles: [../../etc/passwd]") },
      },
    },
    code: "unsupported",
    said: /it leads out of "oci:\/\/a.io\/a:1"/,
  },
  {
    what: "an absolute path",
    imports: "registry: [oci://a.io/a:1]",
    bundles: {
      "oci://a.io/a:1": { files: { "katalog.yaml": katalog("a", ", crFiles: [/etc/passwd]") } },
    },
    code: "unsupported",
    said: /it leads out of/,
  },
  {
    what: "a file that the bundle lacks",
    imports: "registry: [oci://a.io/a:1]",
    bundles: {
      "oci://a.io/a:1": { files: { "katalog.yaml": katalog("a", ", crFiles: [./none.yaml]") } },
    },
    code: "unreadable",
    said: /oci:\/\/a.io\/a:1\/none.yaml": it holds no such file/,
  },
  {
    what: "a Komposer of a bundle that imports a file outside of it",
    imports: "registry: [{ url: oci://a.io/a:1, useKomposer: true }]",
    bundles: {
      "oci://a.io/a:1": { files: { "komposer.yaml": komposer("files: [../komposer.yaml]") } },
    },
    code: "outside",
    said: /it leads out of what the import brought/,
  },
])("$what is refused, at its place", async ({ imports, bundles, env = ENV, code, said }) => {
  const [issue, ...more] = await errors(komposer(imports), { bundles, env });
  expect({ issue, more }).toMatchObject({ issue: { code }, more: [] });
  expect(issue?.message).toMatch(said);
  if (code !== "secret-in-url") expect(issue?.position).toBeDefined();
  expect(JSON.stringify(issue)).not.toContain("canary");
});

test("credentials of a registry are taken from the environment, or a file that it names", async () => {
  const text = komposer(
    "registry: [{ url: postgres@v14, auth: { type: bearer, fromEnv: MOUNTED } }]",
  );
  const files = { "komposer.yaml": text, "/run/token": "canary-from-file\n" };
  const sources = fakeSources(files, BUNDLES);
  const env = { ...ENV, MOUNTED_FILE: "/run/token" };
  const result = await resolve({ paths: ["komposer.yaml"], env, sources });
  expect(result.kind).toBe("resolved");
  expect(sources.asked[0]?.credentials).toMatchObject({
    authorization: "Bearer canary-from-file",
    variables: ["MOUNTED"],
  });
});
