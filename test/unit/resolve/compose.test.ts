import { expect, test } from "bun:test";
import fc from "fast-check";
import { type ResolveOptions, type ResolveResult, resolve } from "../../../src/resolve/resolve.ts";
import type { Issue } from "../../../src/std/issue.ts";
import { times } from "../../support/effort.ts";
import { unmark, WEBSITE_CRD } from "./marked.ts";
import { memoryFiles } from "./memory-files.ts";

type Files = Readonly<Record<string, string>>;

const WEB = `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: { name: web, version: 1.2.0 }
spec:
  finalizers: [a.example.com/keep]
  crds:
    website:
      crdFile: ./crd.yaml
      labels: { tier: free, team: web }
      operatorBox:
        reconcile:
          workers: 2
          resync: 10s
          onReconcile:
            deployments:
              - image: nginx
                replicas: 1
                patch: { spec: { paused: true } }
`;

const ZONE = `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: { name: zones }
spec:
  crds:
    zone: { apiTypes: { group: g.io, version: v1, kind: Zone, plural: zones } }
`;

const FILES: Files = { "web/katalog.yaml": WEB, "web/crd.yaml": WEBSITE_CRD, "zone.yaml": ZONE };

/** A Komposer of these imports; `crds` is indented below `spec.crds`. */
function komposer(imports: string, crds = ""): string {
  const body = crds === "" ? " {}" : `\n${crds.replace(/^\n/, "").replaceAll(/^/gm, "    ")}`;
  return `apiVersion: orkestra.orkspace.io/v1
kind: Komposer
metadata: { name: whole }
imports:
  files:
${imports.replace(/^\n/, "").replaceAll(/^/gm, "    ")}
spec:
  crds:${body}
`;
}

function run(text: string, more: Files = {}, options: Partial<ResolveOptions> = {}) {
  const files = memoryFiles({ ...FILES, ...more, "komposer.yaml": text });
  return resolve({ paths: ["komposer.yaml"], env: {}, files, ...options });
}

type Resolved = Extract<ResolveResult, { kind: "resolved" }>;

async function resolved(...parameters: Parameters<typeof run>): Promise<Resolved> {
  const result = await run(...parameters);
  if (result.kind === "failed") throw new Error(JSON.stringify(result.issues, null, 2));
  return result;
}

async function errors(...parameters: Parameters<typeof run>): Promise<readonly Issue[]> {
  const result = await run(...parameters);
  expect(result.kind).toBe("failed");
  return result.issues.filter(({ severity }) => severity === "error");
}

test("a Komposer without a word of its own is what it imports, under its name", async () => {
  const whole = await resolved(komposer("- web/katalog.yaml\n- ./zone.yaml"));
  const alone = await resolve({
    paths: ["web", "zone.yaml"],
    env: {},
    files: memoryFiles(FILES),
  });
  if (alone.kind === "failed") throw new Error("failed");
  expect(whole.katalog.crds).toEqual(alone.katalog.crds);
  expect(whole.katalog.metadata.name).toBe("whole");
  expect(whole.issues).toEqual([]);
});

const OVERRIDE = `
website:
  labels: { tier: null, zone: eu }
  operatorBox:
    reconcile:
      workers: 7
own:
  apiTypes: { group: own.io, version: v1, kind: Own, plural: owns }
`;

test("inline wins field by field, null clears, and what nobody brings is an own entry", async () => {
  const { katalog } = await resolved(komposer("- web", OVERRIDE));
  const [own, website] = katalog.crds;
  expect(own).toMatchObject({ name: "own", katalog: "whole" });
  expect(website).toMatchObject({
    name: "website",
    katalog: "web",
    labels: { team: "web", zone: "eu" },
    workers: 7,
    resyncMs: 10_000,
    box: { children: [{ fields: { image: "nginx" } }], finalizers: ["a.example.com/keep"] },
  });
  expect(website?.labels).not.toHaveProperty("tier");
});

test.each([
  ["in the flat layout", "website:\n  workers: 7\n  resync: null\n"],
  ["as a list", "- name: website\n  operatorBox: { reconcile: { workers: 7, resync: null } }\n"],
])("an override %s reaches the canonical field", async (_, crds) => {
  const { katalog } = await resolved(komposer("- web", crds));
  expect(katalog.crds).toMatchObject([{ workers: 7, resyncMs: 15_000 }]);
});

test("a list takes the place of a list, and null below patch is a value", async () => {
  const crds = `website:
  operatorBox:
    reconcile:
      onReconcile:
        deployments:
          - image: caddy
            patch: { spec: { paused: null } }
`;
  const { katalog } = await resolved(komposer("- web", crds));
  expect(katalog.crds[0]?.box.children).toMatchObject([
    { fields: { image: "caddy" }, patch: { spec: { paused: null } } },
  ]);
  expect(katalog.crds[0]?.box.children[0]?.fields).not.toHaveProperty("replicas");
});

test("an element that lacks what the import has is told which list it replaces", async () => {
  const text =
    "website: { operatorBox: { reconcile: { onReconcile: { deployments: [{ replicas: 3 }] } } } }";
  const [issue] = await errors(komposer("- web", text));
  expect(issue).toMatchObject({
    code: "missing-key",
    message: 'The key "image" is missing in onReconcile.deployments[0]',
    hint: expect.stringMatching(
      /^The list "deployments" here replaces the one imported at \S*web\/katalog\.yaml:\d+:\d+, /,
    ),
  });
});

test("null takes a whole entry away, or a block that this build cannot run", async () => {
  const without = await resolved(komposer("- web\n- zone.yaml", "website: null"));
  expect(without.katalog.crds.map(({ name }) => name)).toEqual(["zone"]);
  const rich = WEB.replace("workers: 2", "workers: 2\n          profile: gold");
  const more = { "web/katalog.yaml": rich };
  expect((await errors(komposer("- web"), more))[0]).toMatchObject({ code: "unsupported" });
  const cleared = "website: { operatorBox: { reconcile: { profile: null } } }";
  expect((await resolved(komposer("- web", cleared), more)).katalog.crds).toHaveLength(1);
});

test("finalizers of the Komposer are for imported entries, too", async () => {
  const text = komposer("- web").replace("  crds: {}", "  finalizers: [b.example.com/keep]");
  const { katalog } = await resolved(text);
  expect(katalog.crds[0]?.box.finalizers).toEqual(["a.example.com/keep", "b.example.com/keep"]);
});

test("a crdFile is relative to the document that names it", async () => {
  const more = { "own.yaml": WEBSITE_CRD.replaceAll("demo.orkestra.io", "own.io") };
  const { katalog } = await resolved(komposer("- web", "website: { crdFile: ./own.yaml }"), more);
  expect(katalog.crds[0]?.type.group).toBe("own.io");
});

test("origins point into the document that a value came from", async () => {
  const { origins } = await resolved(komposer("- web", OVERRIDE));
  expect(origins.get("/crds/1/labels/team")).toMatchObject({ file: "web/katalog.yaml", line: 9 });
  expect(origins.get("/crds/1/labels/zone")).toMatchObject({ file: "komposer.yaml", line: 10 });
});

test("imports are told with version, digest and the files that they brought", async () => {
  const { imports } = await resolved(komposer("- web\n- zone.yaml"));
  const digest = expect.stringMatching(/^sha256:[0-9a-f]{64}$/);
  expect(imports).toEqual([
    {
      origin: "file:web/katalog.yaml",
      katalog: "web",
      version: "1.2.0",
      digest,
      files: [{ file: "web/crd.yaml", digest }],
    },
    { origin: "file:zone.yaml", katalog: "zones", digest, files: [] },
  ]);
});

test.each([
  ["a glob over names", "*/katalog.yaml"],
  ["a glob over folders", "we?"],
  ["a glob at any depth", "**/katalog.yaml"],
  ["a variable", "$TEAM/katalog.yaml"],
  ["a variable in braces", "./$" + "{TEAM}"],
])("%s is an import", async (_, path) => {
  const { katalog } = await resolved(komposer(`- "${path}"`), {}, { env: { TEAM: "web" } });
  expect(katalog.crds.map(({ name }) => name)).toEqual(["website"]);
});

const SUM = "0".repeat(64);

/** What is wrong → the imports with its place marked, or the whole text. */
const WRONG: readonly {
  readonly what: string;
  readonly code: string;
  readonly imports: string;
  readonly crds?: string;
  readonly message: RegExp;
  readonly more?: Files;
}[] = [
  {
    what: "a file that is not there",
    code: "missing-file",
    imports: "- web\n- §./none.yaml",
    message: /Cannot read "none.yaml": there is no such file or folder/,
  },
  {
    what: "a folder without a Katalog",
    code: "missing-file",
    imports: "- §empty",
    message: /found no katalog.yaml/,
    more: { "empty/readme.md": "" },
  },
  {
    what: "a glob that matches nothing",
    code: "missing-file",
    imports: "- §none/*.yaml",
    message: /"none\/\*.yaml": it matches no file/,
    more: { "none/readme.md": "" },
  },
  {
    what: "a variable that is not set",
    code: "missing-variable",
    imports: "- §https://example.com/$NOWHERE/katalog.yaml",
    message: /"https:\/\/example.com\/\$NOWHERE\/katalog.yaml": the environment variable NOWHERE/,
  },
  {
    what: "a token that is not set",
    code: "missing-variable",
    imports: "- { url: https://example.com, auth: { type: bearer, fromEnv: §NOWHERE } }",
    message: /Cannot authenticate for ".+": the environment variable NOWHERE is not set/,
  },
  {
    what: "basic without a password",
    code: "missing-key",
    imports: "- { url: https://example.com, auth: §{ type: basic, usernameFromEnv: USER } }",
    message: /The key "passwordFromEnv" is missing in auth of type basic/,
  },
  {
    what: "keys of another type of auth",
    code: "bad-auth",
    imports:
      "- { url: https://e.com, auth: { type: github, fromEnv: USER, usernameFromEnv: §USER } }",
    message: /Cannot use "usernameFromEnv" with auth of type github: expected fromEnv/,
  },
  {
    what: "a token in the document",
    code: "unknown-key",
    imports: "- { url: https://example.com, auth: { type: bearer, fromEnv: USER, §token: abc } }",
    message: /Unknown key "token" in imports.files\[0\].auth/,
  },
  {
    what: "a type of auth that there is not",
    code: "wrong-type",
    imports: "- { url: https://example.com, auth: { type: §magic } }",
    message: /found the text "magic", expected "github" or "bearer" or "basic" or "header"/,
  },
  {
    what: "auth for a path",
    code: "bad-auth",
    imports: "- { url: ./web, auth: §{ type: bearer, fromEnv: USER } }",
    message: /only a URL takes credentials/,
  },
  {
    what: "a pin that is none",
    code: "wrong-type",
    imports: "- { url: ./web, sha256: §abc }",
    message: /expected 64 hexadecimal digits/,
  },
  {
    what: "a pin that does not fit",
    code: "wrong-pin",
    imports: `- §{ url: ./web, sha256: ${SUM} }`,
    message: new RegExp(`its SHA-256 is [0-9a-f]{64}, expected ${SUM}`),
  },
  {
    what: "a scheme that nothing reads",
    code: "unsupported",
    imports: "- §oci://example.com/katalog:v1",
    message: /imports.files reads files, https and http, not "oci"/,
  },
  {
    what: "plain http",
    code: "source-insecure",
    imports: "- §http://example.com/katalog.yaml?token=abc",
    message: /^Cannot read "http:\/\/example.com\/katalog.yaml\?…": plain http/,
  },
  {
    what: "an address that is not public",
    code: "source-address",
    imports: "- §https://169.254.169.254/",
    message: /its address 169.254.169.254 is link-local, expected a public one/,
  },
  {
    what: "a Komposer",
    code: "nested-komposer",
    imports: "- §other.yaml",
    message: /"other.yaml": it is a Komposer, and a Komposer imports Katalogs only/,
    more: { "other.yaml": komposer("- web") },
  },
  {
    what: "itself",
    code: "import-cycle",
    imports: "- §./komposer.yaml",
    message: /a Komposer imports itself/,
  },
  {
    what: "a Katalog without CRDs",
    code: "empty-import",
    imports: "- §bare.yaml",
    message: /"bare.yaml": it brings no CRD/,
    more: { "bare.yaml": ZONE.replace(/ {4}zone.*/, "    {}") },
  },
  {
    what: "an own entry that is wrong",
    code: "unknown-key",
    imports: "- web",
    crds: "own:\n  apiTypes: { group: o.io, version: v1, kind: Own, plural: owns }\n  §lables: {}",
    message: /Unknown key "lables" in spec.crds.own/,
  },
  {
    what: "an override that is wrong",
    code: "unknown-key",
    imports: "- web",
    crds: "website:\n  operatorBox:\n    reconcile:\n      §wrkers: 1",
    message: /Unknown key "wrkers"/,
  },
  {
    what: "an override of a wrong type",
    code: "wrong-type",
    imports: "- web",
    crds: "website: { workers: §many }",
    message: /found the text "many"/,
  },
];

test.each(WRONG)("$what is told with its place", async ({ imports, crds, ...expected }) => {
  const { text, position } = unmark(komposer(imports, crds), "komposer.yaml");
  const found = await errors(text, expected.more, { env: { USER: "u" } });
  expect(found).toMatchObject([{ code: expected.code, position }]);
  expect(found[0]?.message).toMatch(expected.message);
});

test("what is wrong in an imported document is told there", async () => {
  const bad = { "web/katalog.yaml": WEB.replace("workers: 2", "workers: many") };
  expect(await errors(komposer("- web"), bad)).toMatchObject([
    { code: "wrong-type", position: { file: "web/katalog.yaml", line: 12 } },
  ]);
  const pod = { "pod.yaml": "apiVersion: v1\nkind: Pod\n" };
  expect(await errors(komposer("- pod.yaml"), pod)).toMatchObject([
    {
      code: "not-a-katalog",
      hint: expect.stringContaining("komposer.yaml:6:7"),
      position: { file: "pod.yaml", line: 1 },
    },
  ]);
});

test("one name from two imports is an error with both origins", async () => {
  const more = { "again.yaml": WEB.replace("./crd.yaml", "web/crd.yaml") };
  const [issue] = await errors(komposer("- web/katalog.yaml\n- again.yaml"), more);
  expect(issue).toMatchObject({
    code: "duplicate-crd",
    position: { file: "again.yaml", line: 7, column: 5 },
  });
  expect(issue?.message).toBe(
    'The CRD "website" comes from two places: file:again.yaml (imported at komposer.yaml:7:7), and file:web/katalog.yaml (imported at komposer.yaml:6:7) with it at web/katalog.yaml:7:5',
  );
});

test("all that is wrong with all imports is told at once", async () => {
  const found = await errors(
    komposer("- a.yaml\n- https://10.0.0.1/\n- b.yaml", "website: { workers: 2 }"),
  );
  expect(found.map(({ code }) => code)).toEqual(["missing-file", "source-address", "missing-file"]);
});

test("only what servers do is a fault of the world", async () => {
  const world = await run(komposer("- https://10.0.0.1/"));
  expect(world).toMatchObject({ kind: "failed", isWorldFault: true });
  const both = await run(komposer("- https://10.0.0.1/\n- none.yaml"));
  expect(both).toMatchObject({ kind: "failed", isWorldFault: false });
});

test("credentials in a URL are refused without the line that they stand in", async () => {
  const [issue] = await errors(komposer("- https://user:hidden@example.com/katalog.yaml"));
  expect(issue).toEqual({
    code: "secret-in-url",
    severity: "error",
    message:
      'Cannot import "https://…@example.com/katalog.yaml": the URL holds credentials, at komposer.yaml:6:7',
    hint: "Give them with auth, which takes them from the environment",
    path: ["imports", "files", 0, "url"],
  });
});

test("blocks for other processes are joined field by field, the Komposer first", async () => {
  const block = (text: string) => `security: ${text}\nspec:`;
  const text = komposer("- zone.yaml").replace("spec:", block("{ tls: { minVersion: a } }"));
  const zone = ZONE.replace("spec:", block("{ tls: { minVersion: b, ciphers: [c] }, rbac: {} }"));
  const { katalog } = await resolved(text, { "zone.yaml": zone });
  expect(katalog.other).toEqual({
    security: { tls: { minVersion: "a", ciphers: ["c"] }, rbac: {} },
  });
});

test("sources of the oldest layout are imports", async () => {
  const { katalog } = await resolved(komposer("- web").replace("imports:", "sources:"));
  expect(katalog.crds).toHaveLength(1);
});

test("a Katalog imports nothing", async () => {
  const text = ZONE.replace("spec:", "imports: { files: [web] }\nspec:");
  expect(await errors(text)).toMatchObject([
    {
      code: "unsupported",
      message: expect.stringContaining("only kind Komposer imports Katalogs"),
    },
  ]);
});

test("the digest does not depend on the order of arrival", async () => {
  const text = komposer("- web\n- zone.yaml", OVERRIDE);
  const { digest } = await resolved(text);
  const files = memoryFiles({ ...FILES, "komposer.yaml": text });
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), async (scheduler) => {
      const read = scheduler.scheduleFunction(files.read);
      const running = resolve({ paths: ["komposer.yaml"], env: {}, files: { ...files, read } });
      const result = await scheduler.waitFor(running);
      expect(result).toMatchObject({ kind: "resolved", digest });
    }),
    { numRuns: times(50) },
  );
}, 60_000);
