/**
 * C9, safe to load, for signatures without keys: an identity that a trusted root vouches for, with no
 * connection to anything but the registry; everything else is refused before any call to the cluster.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { packManifest } from "../../src/source/oci/push.ts";
import { SIMPLE_SIGNING_TYPE, simplePayload } from "../../src/source/oci/signature-payload.ts";
import { builtOrk, ON_DENO, ROOT } from "../support/built-ork.ts";
import { FakeRegistry } from "../support/fake-registry.ts";
import { orkOnce } from "../support/ork-process.ts";
import { BUNDLE_TYPE, createSigstore, type Sigstore } from "../support/sigstore.ts";
import { WebServer } from "../support/web-server.ts";
import { komposerOf, Sources } from "./sources.ts";

const HOST = "registry.myorg.io";
const WEBSITE = join(ROOT, "examples/website");
const REFERENCE = `oci://${HOST}/org/website:v1`;
const WHO = {
  identity: "https://github.com/org/website/.github/workflows/release.yaml@refs/tags/v1",
  issuer: "https://token.actions.githubusercontent.com",
};

describe("C9 signatures without keys", () => {
  let sources: Sources;
  let registry: FakeRegistry;
  let sigstore: Sigstore;
  let digest: string;
  let flags: Readonly<Record<"identity" | "issuer" | "root", string>>;
  let otherRoot: string;
  beforeAll(async () => {
    sources = await Sources.open();
    registry = await FakeRegistry.start(sources.authority.issue([HOST]));
    sources.own(registry);
    sources.place([HOST], registry.server);
    const other = await createSigstore();
    sigstore = await createSigstore();
    const root = await sources.write("trusted_root.json", sigstore.trustedRoot);
    otherRoot = await sources.write("other_root.json", other.trustedRoot);
    flags = {
      identity: `--certificate-identity=${WHO.identity}`,
      issuer: `--certificate-oidc-issuer=${WHO.issuer}`,
      root: `--trusted-root=${root}`,
    };
    const pushed = await ork(["push", REFERENCE, "-f", WEBSITE, "-o", "json"]);
    expect(pushed).toMatchObject({ code: 0, stderr: "" });
    digest = (JSON.parse(pushed.stdout) as { digest: string }).digest;
  }, 300_000);
  afterAll(() => sources[Symbol.asyncDispose]());

  const ork = (args: readonly string[], program?: readonly string[]) =>
    orkOnce([...args, ...sources.flags], { ...(program && { program }) });
  const inspect = (...given: readonly string[]) =>
    ork(["inspect", REFERENCE, "-o", "json", ...given]);
  let folders = 0;
  const pull = (...given: readonly string[]) =>
    ork(["pull", REFERENCE, "-d", join(sources.folder, `pulled-${++folders}`), ...given]);

  /** As cosign leaves a bundle at a registry that keeps no list of referrers. */
  function attach(content: string): void {
    const bytes = Buffer.from(content);
    const {
      manifest,
      digest: own,
      blobs,
    } = packManifest({
      artifactType: BUNDLE_TYPE,
      layers: [{ mediaType: BUNDLE_TYPE, bytes }],
    });
    for (const blob of blobs) registry.addBlob(blob);
    const type = "application/vnd.oci.image.manifest.v1+json";
    registry.manifests.set(`org/website@${own}`, { mediaType: type, bytes: manifest });
    const mediaType = "application/vnd.oci.image.index.v1+json";
    const manifests = [
      { mediaType: type, size: manifest.length, digest: own, artifactType: BUNDLE_TYPE },
    ];
    const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests }));
    registry.addManifest("org/website", digest.replace(":", "-"), { mediaType, bytes: index });
  }

  test("what is not signed is refused; what its identity signed is taken", async () => {
    const { identity, issuer, root } = flags;
    const unsigned = await pull(identity, issuer, root);
    expect(unsigned.code).toBe(4);
    expect(unsigned.stderr).toContain(
      `Cannot use "${REFERENCE}": it is not signed, expected a signature by "${WHO.identity}"`,
    );
    attach(JSON.stringify(await sigstore.signBundle(digest, WHO)));
    expect(await pull(identity, issuer, root)).toMatchObject({ code: 0, stderr: "" });
    const shown = await inspect(identity, issuer, root);
    expect(shown.code).toBe(0);
    expect(JSON.parse(shown.stdout)).toMatchObject({
      signatures: [{ format: "bundle", verifiedBy: WHO.identity, proof: WHO.issuer }],
    });
    const pattern =
      "--certificate-identity-regexp=https://github.com/org/website/.*@refs/tags/v[0-9]+";
    expect(await pull(pattern, issuer, root)).toMatchObject({ code: 0 });
  }, 60_000);

  test("a certificate beside the artifact counts like one in a bundle", async () => {
    registry.manifests.delete(`org/website:${digest.replace(":", "-")}`);
    const payload = simplePayload({ digest, repository: `${HOST}/org/website` });
    const { identity, issuer, root } = flags;
    const late = await sigstore.signSimple(payload, WHO, { logDelayMs: 3_600_000 });
    const good = await sigstore.signSimple(payload, WHO);
    for (const [annotations, code] of [
      [late, 4],
      [good, 0],
    ] as const) {
      const layer = { mediaType: SIMPLE_SIGNING_TYPE, bytes: payload, annotations };
      const { manifest, blobs } = packManifest({ layers: [layer] });
      for (const blob of blobs) registry.addBlob(blob);
      const mediaType = "application/vnd.oci.image.manifest.v1+json";
      const tag = `${digest.replace(":", "-")}.sig`;
      registry.addManifest("org/website", tag, { mediaType, bytes: manifest });
      expect(await pull(identity, issuer, root)).toMatchObject({ code });
      registry.manifests.delete(`org/website:${tag}`);
    }
  }, 60_000);

  test("another identity, issuer, part of a name or root is refused, and what was found is said", async () => {
    attach(JSON.stringify(await sigstore.signBundle(digest, WHO)));
    const { identity, issuer, root } = flags;
    const cases: readonly (readonly [readonly string[], string])[] = [
      [
        ["--certificate-identity=https://github.com/org/x", issuer, root],
        `it is by "${WHO.identity}"`,
      ],
      [["--certificate-identity-regexp=https://github.com/org/", issuer, root], "it is by"],
      [
        [identity, "--certificate-oidc-issuer=https://accounts.google.com", root],
        'expected "https://accounts.google.com"',
      ],
      [[identity, issuer, `--trusted-root=${otherRoot}`], "does not hold against the trusted root"],
    ];
    for (const [given, message] of cases) {
      const refused = await pull(...given);
      expect(refused.code).toBe(4);
      expect(refused.stderr).toContain(`Cannot use "${REFERENCE}": none of its 1 signatures`);
      expect(refused.stderr).toContain(message);
      expect(await inspect(...given)).toMatchObject({ code: 1 });
    }
  }, 60_000);

  test("flags that do not make one demand are refused before anything is asked", async () => {
    const { identity, issuer, root } = flags;
    const before = registry.server.seen.length;
    const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
      [[identity], 2, /Cannot use "--certificate-identity" without "--certificate-oidc-issuer"/],
      [[identity, issuer], 2, /without "--trusted-root"/],
      [[root], 2, /Cannot use "--trusted-root" without "--certificate-identity"/],
      [[identity, "--certificate-identity-regexp=.*", issuer, root], 2, /expected one of them/],
      [
        ["--certificate-identity-regexp=(", issuer, root],
        4,
        /Cannot use the identity pattern "\("/,
      ],
      [[identity, issuer, `--trusted-root=${sources.caFile}`], 4, /it is no JSON object/],
      [
        [identity, issuer, "--trusted-root=nowhere.json"],
        4,
        /Cannot read the trusted root "nowhere\.json"/,
      ],
    ];
    for (const [given, code, message] of cases) {
      const refused = await pull(...given);
      expect(refused.stderr).toMatch(message);
      expect(refused.code).toBe(code);
    }
    expect(registry.server.seen.length).toBe(before);
  }, 60_000);

  test("a policy takes and refuses the same, before any call to the cluster", async () => {
    const rule = { match: `oci://${HOST}/*`, ...WHO, trustedRoot: "trusted_root.json" };
    const text = komposerOf({ registry: [REFERENCE] }, { policy: { verify: [rule] } });
    await using cluster = await WebServer.start((_, response) => void response.end("{}"));
    const run = ["run", "--server", `http://127.0.0.1:${cluster.port}`];
    const good = await sigstore.signBundle(digest, WHO);
    const { verificationMaterial: material, dsseEnvelope } = good;
    const [entry] = material.tlogEntries;
    const wrong: readonly object[] = [
      await sigstore.signBundle(digest, { ...WHO, issuer: "https://evil.example" }),
      await sigstore.signBundle(digest, WHO, { logDelayMs: 3_600_000 }),
      await sigstore.signBundle(`sha256:${"0".repeat(64)}`, WHO),
      { ...good, verificationMaterial: { ...material, tlogEntries: [] } },
      {
        ...good,
        verificationMaterial: { ...material, tlogEntries: [{ ...entry, logIndex: "7" }] },
      },
      { ...good, dsseEnvelope: { ...dsseEnvelope, payload: btoa('{"subject":[]}') } },
    ];
    for (const bundle of wrong) {
      attach(JSON.stringify(bundle));
      const refused = await sources.ork(run, { text });
      expect(refused.code).toBe(4);
      expect(refused.stderr).toContain(`Cannot use "${REFERENCE}": none of its 1 signatures`);
      expect(refused.stderr).toContain("komposer.yaml:1:");
    }
    expect(cluster.seen).toEqual([]);
    attach(JSON.stringify(good));
    expect(await sources.ork(["validate"], { text })).toMatchObject({ code: 0 });
  }, 120_000);

  test("the executable, Bun and Deno come to the same verdict", async () => {
    attach(JSON.stringify(await sigstore.signBundle(digest, WHO)));
    const { bundle } = await builtOrk();
    const { identity, issuer, root } = flags;
    const programs = [undefined, [process.execPath, bundle], ON_DENO];
    for (const program of programs) {
      const args = ["inspect", REFERENCE, "-o", "json", issuer, root];
      const good = await ork([...args, identity], program);
      expect(good).toMatchObject({ code: 0, stderr: "" });
      expect(JSON.parse(good.stdout)).toMatchObject({
        signatures: [{ verifiedBy: WHO.identity, proof: WHO.issuer }],
      });
      const bad = await ork([...args, "--certificate-identity=x"], program);
      expect(bad.code).toBe(1);
    }
  }, 60_000);
});
