/**
 * C9, safe to load, for artifacts: what was changed on its way is refused; nothing is written outside of the
 * folder, nothing secret is pushed; charts and Motifs are judged like everything from a registry.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../support/built-ork.ts";
import { FakeRegistry } from "../support/fake-registry.ts";
import { orkOnce } from "../support/ork-process.ts";
import { chartOf, katalogOf, komposerOf, Sources } from "./sources.ts";

const HOST = "registry.myorg.io";
const WEBSITE = join(ROOT, "examples/website");
const MOTIF = `apiVersion: orkestra.orkspace.io/v1
kind: Motif
metadata: { name: notes, version: 1.0.0 }
inputs: []
resources: { configMaps: [{ name: notes, data: { a: b } }] }
`;

describe("C9 artifacts", () => {
  let sources: Sources;
  let registry: FakeRegistry;
  beforeAll(async () => {
    sources = await Sources.open();
    registry = await FakeRegistry.start(sources.authority.issue([HOST]));
    sources.own(registry);
    sources.place([HOST], registry.server);
  });
  afterAll(() => sources[Symbol.asyncDispose]());

  const ork = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    orkOnce([...args, ...sources.flags], { env });

  test("what was changed on its way is refused, and nothing is written", async () => {
    const reference = `oci://${HOST}/org/changed:v1`;
    expect(await ork(["push", reference, "-f", WEBSITE])).toMatchObject({ code: 0 });
    for (const [digest, bytes] of registry.blobs) {
      registry.blobs.set(
        digest,
        Buffer.from(bytes).map((byte) => byte ^ 1),
      );
    }
    const folder = join(sources.folder, "changed");
    const pulled = await ork(["pull", reference, "-d", folder]);
    expect(pulled.code).toBe(4);
    expect(pulled.stderr).toMatch(/its blob has the digest sha256:\w{64}, expected sha256:\w{64}/);
    expect(await Bun.file(join(folder, "katalog.yaml")).exists()).toBe(false);
    registry.blobs.clear();
  });

  test("a policy goes for charts and Motifs, too", async () => {
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
    const keys = [await sources.write("any.pub", pem)];
    const policy = { verify: [{ match: "*", keys }] };
    const chart = await chartOf("web", "1.0.0");
    const digest = registry.addBlob(chart);
    const config = registry.addBlob(Buffer.from("{}"));
    const mediaType = "application/vnd.oci.image.manifest.v1+json";
    const manifest = {
      schemaVersion: 2,
      mediaType,
      config: { mediaType: "application/vnd.cncf.helm.config.v1+json", digest: config, size: 2 },
      layers: [
        {
          mediaType: "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
          digest,
          size: chart.length,
        },
      ],
    };
    const bytes = Buffer.from(JSON.stringify(manifest));
    registry.addManifest("charts/web", "1.0.0", { bytes, mediaType });
    const chartImport = { repo: `oci://${HOST}/charts`, chart: "web", version: "1.0.0" };
    const imports = { helm: [chartImport] };
    expect(await sources.ork(["validate"], { text: komposerOf(imports) })).toMatchObject({
      code: 0,
    });
    const judged = await sources.ork(["validate"], { text: komposerOf(imports, { policy }) });
    expect(judged).toMatchObject({ code: 4, stderr: expect.stringContaining("it is not signed") });
    const entry = katalogOf("security", `imports: [{ motif: "oci://${HOST}/org/motif:v1" }]\n`);
    const motif = await sources.write("motif.yaml", MOTIF);
    expect(await ork(["push", `oci://${HOST}/org/motif:v1`, "-f", motif])).toMatchObject({
      code: 0,
    });
    expect(await sources.ork(["validate"], { text: entry })).toMatchObject({ code: 0 });
    const strict = `policy: ${JSON.stringify(policy)}\n${entry}`;
    const refused = await sources.ork(["validate"], { text: strict });
    expect(refused).toMatchObject({ code: 4, stderr: expect.stringContaining("it is not signed") });
  });

  test("nothing is written through a link", async () => {
    const reference = `oci://${HOST}/org/linked:v1`;
    const document = join(sources.folder, "document");
    await mkdir(join(document, "crds"), { recursive: true });
    const crd = await readFile(join(WEBSITE, "crd.yaml"), "utf8");
    await writeFile(join(document, "crds/crd.yaml"), crd);
    const katalog = await readFile(join(WEBSITE, "katalog.yaml"), "utf8");
    await writeFile(join(document, "katalog.yaml"), katalog.replace("crd.yaml", "crds/crd.yaml"));
    expect(await ork(["push", reference, "-f", document])).toMatchObject({ code: 0 });
    const [target, outside] = [join(sources.folder, "target"), join(sources.folder, "outside")];
    await Promise.all([mkdir(target), mkdir(outside)]);
    await symlink(outside, join(target, "crds"));
    const pulled = await ork(["pull", reference, "-d", target, "--force"]);
    expect(pulled).toMatchObject({ code: 4, stderr: expect.stringContaining("is no folder") });
    expect(await Bun.file(join(outside, "crd.yaml")).exists()).toBe(false);
    expect(await Bun.file(join(target, "katalog.yaml")).exists()).toBe(false);
  });

  test("what a credential is read from is not pushed", async () => {
    const secret = "canary-token-0123456789";
    const seen: (string | undefined)[] = [];
    await sources.serve(["api.myorg.io"], (request, response) => {
      seen.push(request.headers.authorization);
      response.end(katalogOf("security"));
    });
    const folder = join(sources.folder, "secretive");
    await mkdir(folder);
    await writeFile(join(folder, "token"), secret);
    const auth = { type: "bearer", fromEnv: "TOKEN" };
    const imports = { files: [{ url: "https://api.myorg.io/katalog.yaml", auth }] };
    await writeFile(join(folder, "komposer.yaml"), komposerOf(imports));
    const args = ["push", `oci://${HOST}/org/secretive:v1`, "-f", folder, "-o", "json"];
    const { stdout, stderr, code } = await ork(args, { TOKEN_FILE: join(folder, "token") });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(seen).toEqual([`Bearer ${secret}`]);
    expect((JSON.parse(stdout) as { files: { path: string }[] }).files).toMatchObject([
      { path: "komposer.yaml" },
    ]);
    for (const bytes of registry.blobs.values()) {
      expect(Buffer.from(bytes).includes(secret)).toBe(false);
    }
  });

  test.each([
    [
      ["push", "oci://registry.myorg.io/Org/x:v1", "-f", WEBSITE],
      2,
      'Did you mean "oci://registry.myorg.io/org/x:v1"?',
    ],
    [["push", "oci://registry.myorg.io/org/x", "-f", WEBSITE], 2, "expected a tag behind it"],
    [
      ["push", `oci://registry.myorg.io/org/x@sha256:${"a".repeat(64)}`, "-f", WEBSITE],
      2,
      "expected a tag",
    ],
    [["push", "oci://registry.myorg.io/org/x:v1", "-f", "nowhere"], 3, "no such file or folder"],
    [
      ["push", "oci://registry.myorg.io/org/x:v1", "-f", WEBSITE, "--sign-key", "nowhere"],
      4,
      'the key "nowhere"',
    ],
    [["pull"], 2, "needs an argument <reference>"],
    [["pull", "oci://registry.myorg.io/org/none:v1"], 4, '404 Not Found for "v1"'],
    [["pull", "oci://nowhere.invalid/org/x:v1"], 4, "its host"],
    [["inspect", "oci://registry.myorg.io/org/none:v1", "--realm", "x"], 2, "expected a URL"],
  ] as const)("%j ends with code %d and says why", async (args, code, message) => {
    const result = await ork(args);
    expect(result.stderr).toContain(message);
    expect(result.code).toBe(code);
  });
});
