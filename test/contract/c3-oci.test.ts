/**
 * C3, artifacts: what `ork push` makes is what `ork pull`, an import and cosign's format make of it,
 * by a registry that people run; what is unsigned is refused before any call to a cluster.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { basicCredentials } from "../../src/source/credentials.ts";
import { packManifest, pushArtifact } from "../../src/source/oci/push.ts";
import { parseOciReference } from "../../src/source/oci/reference.ts";
import { Registry } from "../../src/source/oci/registry.ts";
import { openWeb } from "../../src/source/web.ts";
import { ON_DENO, ROOT } from "../support/built-ork.ts";
import { FakeRegistry } from "../support/fake-registry.ts";
import { orkOnce } from "../support/ork-process.ts";
import { hasRegistry } from "../support/registry-program.ts";
import { REGISTRY_PASSWORD, REGISTRY_USER, RegistryServer } from "../support/registry-server.ts";
import { WebServer } from "../support/web-server.ts";
import { chartOf, komposerOf, Sources } from "./sources.ts";

const HOST = "registry.myorg.io";
const WEBSITE = join(ROOT, "examples/website");

/** A pair of keys as openssl writes them, in files. */
async function keyPair(sources: Sources, name: string) {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const pub = publicKey.export({ type: "spki", format: "pem" }).toString();
  return {
    private: await sources.write(`${name}.pem`, pem),
    public: await sources.write(`${name}.pub`, pub),
  };
}

/** Where `docker login` leaves what it was told. */
async function dockerConfig(sources: Sources): Promise<Readonly<Record<string, string>>> {
  const folder = join(sources.folder, "docker");
  await mkdir(folder, { recursive: true });
  const auth = btoa(`${REGISTRY_USER}:${REGISTRY_PASSWORD}`);
  await writeFile(join(folder, "config.json"), JSON.stringify({ auths: { [HOST]: { auth } } }));
  return { DOCKER_CONFIG: folder };
}

const canPush = hasRegistry("no artifact is pushed to a registry");

describe.skipIf(!canPush).each(["none", "basic", "token"] as const)(
  "C3 artifacts, a registry with %s authentication",
  (auth) => {
    let sources: Sources;
    let env: Readonly<Record<string, string>>;
    beforeAll(async () => {
      sources = await Sources.open();
      const { authority } = sources;
      const registry = await RegistryServer.start({
        authority,
        hosts: [HOST, "auth.myorg.io"],
        auth,
        realm: "https://auth.myorg.io/token",
      });
      sources.own(registry);
      sources.place([HOST], registry);
      if (registry.tokens) sources.place(["auth.myorg.io"], registry.tokens);
      env = auth === "none" ? {} : await dockerConfig(sources);
    }, 300_000);
    afterAll(() => sources[Symbol.asyncDispose]());

    const ork = async (args: readonly string[], more: Readonly<Record<string, string>> = {}) => {
      const result = await orkOnce([...args, ...sources.flags], { env: { ...env, ...more } });
      expect(result.stdout + result.stderr).not.toContain(REGISTRY_PASSWORD);
      return result;
    };

    test("what is pushed is what is pulled", async () => {
      const reference = `oci://${HOST}/org/website:v1`;
      const pushed = await ork(["push", reference, "-f", WEBSITE, "-o", "json"]);
      expect(pushed).toMatchObject({ code: 0, stderr: "" });
      const { digest } = JSON.parse(pushed.stdout) as { digest: string };
      const folder = join(sources.folder, "pulled");
      const pulled = await ork(["pull", reference, "-d", folder]);
      expect(pulled).toMatchObject({ code: 0, stderr: "" });
      expect(pulled.stdout).toContain(digest);
      for (const name of ["katalog.yaml", "crd.yaml"]) {
        expect(await readFile(join(folder, name), "utf8")).toBe(
          await readFile(join(WEBSITE, name), "utf8"),
        );
      }
      const [there, here] = await Promise.all([
        ork(["version", "-o", "json", "-f", folder]),
        ork(["version", "-o", "json", "-f", WEBSITE]),
      ]);
      expect(JSON.parse(there.stdout).digest).toBe(JSON.parse(here.stdout).digest);
      const again = await ork(["pull", reference, "-d", folder]);
      expect(again).toMatchObject({ code: 4, stderr: expect.stringContaining("--force") });
      expect(await ork(["pull", reference, "-d", folder, "--force"])).toMatchObject({ code: 0 });
    });

    test("the same documents are the same artifact, on every runtime and in every zone", async () => {
      const reference = `oci://${HOST}/org/same:v1`;
      const digests = new Set<string>();
      const args = ["push", reference, "-f", WEBSITE, "-o", "json", ...sources.flags];
      for (const program of [undefined, ON_DENO]) {
        for (const TZ of ["UTC", "Asia/Tokyo"]) {
          const options = {
            env: { ...env, TZ, LC_ALL: "tr_TR.UTF-8" },
            ...(program && { program }),
          };
          const { stdout, stderr, code } = await orkOnce(args, options);
          expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
          digests.add((JSON.parse(stdout) as { digest: string }).digest);
        }
      }
      expect(digests.size).toBe(1);
    });

    test("a chart is imported as helm push leaves it", async () => {
      const chart = await chartOf("platform", "3.2.1");
      const helm = "application/vnd.cncf.helm";
      const packed = packManifest({
        config: { mediaType: `${helm}.config.v1+json`, bytes: Buffer.from("{}") },
        layers: [{ mediaType: `${helm}.chart.content.v1.tar+gzip`, bytes: chart }],
      });
      const target = new Registry(parseOciReference(`oci://${HOST}/charts/platform:3.2.1`), {
        web: openWeb(sources.web),
        credentials: basicCredentials(REGISTRY_USER, REGISTRY_PASSWORD, []),
      });
      await pushArtifact(target, packed, "3.2.1");
      const repo = `oci://${HOST}/charts`;
      for (const version of ["3.2.1", "^3.0.0"]) {
        const values = { workers: 5 };
        const text = komposerOf({ helm: [{ repo, chart: "platform", version, values }] });
        const { code, stdout, stderr } = await sources.ork(["version", "-o", "json"], {
          text,
          env,
        });
        expect({ version, code, stderr }).toEqual({ version, code: 0, stderr: "" });
        expect(JSON.parse(stdout)).toMatchObject({
          imports: [{ origin: `helm:${repo}/platform@3.2.1`, digest: packed.digest }],
        });
      }
      const wrong = komposerOf({ helm: [{ repo, chart: "platform", version: "4.0.0" }] });
      const refused = await sources.ork(["validate"], { text: wrong, env });
      expect(refused.code).toBe(4);
      expect(refused.stderr).toContain(`${repo}/platform`);
    });

    test("a signature is made, shown and held against a key", async () => {
      const [own, other] = [await keyPair(sources, "own"), await keyPair(sources, "other")];
      const reference = `oci://${HOST}/org/signed:v1`;
      const push = ["push", reference, "-f", WEBSITE];
      expect(await ork(push)).toMatchObject({ code: 0 });
      const unsigned = await ork([
        "pull",
        reference,
        "-d",
        join(sources.folder, "u"),
        "--key",
        own.public,
      ]);
      expect(unsigned).toMatchObject({
        code: 4,
        stderr: expect.stringContaining("it is not signed"),
      });
      expect(await ork([...push, "--sign-key", own.private])).toMatchObject({ code: 0 });
      const shown = await ork(["inspect", reference, "--key", own.public, "-o", "json"]);
      expect(shown.code).toBe(0);
      expect(JSON.parse(shown.stdout)).toMatchObject({
        artifactType: "application/vnd.orkestra.document.v1",
        files: [{ path: "crd.yaml" }, { path: "katalog.yaml" }],
        signatures: [
          { format: "simple-signing", verifiedBy: own.public },
          { format: "bundle", verifiedBy: own.public },
        ],
      });
      expect(await ork(["inspect", reference, "--key", other.public])).toMatchObject({ code: 1 });
      const folder = join(sources.folder, "verified");
      expect(await ork(["pull", reference, "-d", folder, "--key", other.public])).toMatchObject({
        code: 4,
      });
      expect(await ork(["pull", reference, "-d", folder, "--key", own.public])).toMatchObject({
        code: 0,
      });
    });

    test("a policy refuses what is not signed, before any call to the cluster", async () => {
      const own = await keyPair(sources, "policy");
      const reference = `oci://${HOST}/org/judged:v1`;
      const text = komposerOf(
        { registry: [reference] },
        { policy: { verify: [{ match: `oci://${HOST}/*`, keys: [own.public] }] } },
      );
      const push = ["push", reference, "-f", WEBSITE];
      await ork(push);
      await using cluster = await WebServer.start((_, response) => void response.end("{}"));
      const run = ["run", "--server", `http://127.0.0.1:${cluster.port}`];
      const refused = await sources.ork(run, { text, env });
      expect(refused.code).toBe(4);
      expect(refused.stderr).toContain(`Cannot use "${reference}": it is not signed`);
      expect(refused.stderr).toContain("komposer.yaml:1:");
      expect(cluster.seen).toEqual([]);
      expect(await ork([...push, "--sign-key", own.private])).toMatchObject({ code: 0 });
      const accepted = await sources.ork(["validate"], { text, env });
      expect(accepted.code).toBe(0);
    });
  },
);

describe("C3 artifacts, a registry over plain http", () => {
  const allowed = ["--allow-http", "--allow-address", "127.0.0.1"];

  test("what is pushed there is imported from there, and only with leave", async () => {
    await using sources = await Sources.open();
    await using registry = await FakeRegistry.start();
    const reference = `http://127.0.0.1:${registry.server.port}/org/website:v1`;
    const pushed = await orkOnce(["push", reference, "-f", WEBSITE, "-o", "json", ...allowed]);
    expect(pushed).toMatchObject({ code: 0, stderr: "" });
    const { digest } = JSON.parse(pushed.stdout) as { digest: string };
    const url = reference.replace(/:v1$/, "");
    const env = { ORK_REGISTRY: url.replace(/\/website$/, "") };
    for (const written of [reference, { url, version: "v1", oci: true }, "website@v1"]) {
      const text = komposerOf({ registry: [written] });
      const path = await sources.write("komposer.yaml", text);
      const found = await orkOnce(["version", "-o", "json", "-f", path, ...allowed], { env });
      expect({ code: found.code, stderr: found.stderr }).toEqual({ code: 0, stderr: "" });
      expect(JSON.parse(found.stdout)).toMatchObject({ imports: [{ digest }] });
      const plain = await orkOnce(["validate", "-f", path], { env });
      expect(plain).toMatchObject({ code: 4, stderr: expect.stringContaining("--allow-http") });
      const near = await orkOnce(["validate", "-f", path, "--allow-http"], { env });
      expect(near).toMatchObject({
        code: 4,
        stderr: expect.stringContaining("--allow-address 127.0.0.1"),
      });
    }
  });

  test("a tag that meant something else before is told, with its digest", async () => {
    await using registry = await FakeRegistry.start();
    const reference = `http://127.0.0.1:${registry.server.port}/org/moved:v1`;
    const push = async (name: string) => {
      const args = ["push", reference, "-f", join(ROOT, "examples", name), "-o", "json"];
      const { code, stdout, stderr } = await orkOnce([...args, ...allowed]);
      return { code, stderr, ...JSON.parse(stdout) };
    };
    const first = await push("website");
    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect(await push("website")).toMatchObject({ code: 0, stderr: "", digest: first.digest });
    const second = await push("fleet");
    expect(second).toMatchObject({ code: 0, replaced: first.digest });
    expect(second.stderr).toContain(`notice: The tag "v1" was ${first.digest} before`);
  });
});
