/**
 * C9, safe to load, for charts with provenance: what is not what its owner signed stops the start before the
 * API server is asked for anything.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { createCleartextMessage, generateKey, sign } from "openpgp";
import { EXIT } from "../../src/cli/exit-codes.ts";
import { FakeRegistry } from "../support/fake-registry.ts";
import { WebServer } from "../support/web-server.ts";
import { chartOf, indexOf, komposerOf, Sources } from "./sources.ts";

const CHARTS = "charts.example.io";
const REGISTRY = "registry.example.io";
const FILE = "web-1.0.0.tgz";
const INDEXED = { repo: `https://${CHARTS}`, chart: "web", version: "1.0.0" };
const PUSHED = { ...INDEXED, repo: `oci://${REGISTRY}/charts` };
const VERIFY = { verify: { keyring: "./keys.asc" } };
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const HELM = "application/vnd.cncf.helm";

const user = (name: string) => generateKey({ userIDs: [{ name }], format: "object" });

describe("C9 provenance", () => {
  let sources: Sources;
  let registry: FakeRegistry;
  let api: WebServer;
  let chart: Uint8Array;
  let provenance = "";
  let kubeconfig = "";
  /** What the repository of charts has, by the end of its paths. */
  const served = new Map<string, string | Uint8Array>();

  beforeAll(async () => {
    sources = await Sources.open();
    chart = await chartOf("web", "1.0.0");
    const [owner, other] = await Promise.all([user("Owner"), user("Other")]);
    const sum = createHash("sha256").update(chart).digest("hex");
    const text = `name: web\nversion: 1.0.0\n\n...\nfiles:\n  ${FILE}: sha256:${sum}\n`;
    const message = await createCleartextMessage({ text });
    provenance = await sign({ message, signingKeys: owner.privateKey });
    await sources.write("keys.asc", owner.publicKey.armor());
    await sources.write("other.asc", other.publicKey.armor());
    await sources.serve([CHARTS], (request, response) => {
      const found = served.get(request.url?.split("/").at(-1) ?? "");
      response.statusCode = found === undefined ? 404 : 200;
      response.end(found);
    });
    registry = await FakeRegistry.start(sources.authority.issue([REGISTRY]));
    sources.own(registry);
    sources.place([REGISTRY], registry.server);
    api = await WebServer.start((_, response) => {
      response.statusCode = 403;
      response.end("{}");
    });
    sources.own(api);
    kubeconfig = await sources.write("kubeconfig", kubeconfigOf(api.port));
  });
  afterAll(() => sources[Symbol.asyncDispose]());

  interface Published {
    readonly archive?: Uint8Array;
    readonly signed?: string | undefined;
  }

  /** In the repository and in the registry; an index that says the digest of whatever is there. */
  function publish({ archive = chart, signed }: Published): void {
    served.clear();
    served.set("index.yaml", indexOf("web", "1.0.0", archive)).set(FILE, archive);
    if (signed !== undefined) served.set(`${FILE}.prov`, signed);
    const layer = (mediaType: string, bytes: Uint8Array) => {
      return { mediaType, digest: registry.addBlob(bytes), size: bytes.length };
    };
    const layers = [layer(`${HELM}.chart.content.v1.tar+gzip`, archive)];
    const more = signed === undefined ? undefined : Buffer.from(signed);
    if (more) layers.push(layer(`${HELM}.chart.provenance.v1.prov`, more));
    const config = layer(`${HELM}.config.v1+json`, Buffer.from("{}"));
    const manifest = { schemaVersion: 2, mediaType: MANIFEST, config, layers };
    const bytes = Buffer.from(JSON.stringify(manifest));
    registry.addManifest("charts/web", "1.0.0", { bytes, mediaType: MANIFEST });
  }

  function ork(command: readonly string[], helm: object) {
    return sources.ork(command, { text: komposerOf({ helm: [{ ...helm }] }) });
  }

  test("what its owner signed is taken, and the keyring is told with its digest", async () => {
    publish({ signed: provenance });
    for (const helm of [INDEXED, PUSHED]) {
      const result = await ork(["version", "-o", "json"], { ...helm, ...VERIFY });
      expect({ code: result.code, stderr: result.stderr }).toEqual({ code: 0, stderr: "" });
      expect(result.stdout).toMatch(/keys\.asc/);
    }
    // The other tests count what this server is asked for.
    const plan = await ork(["plan", "--kubeconfig", kubeconfig], { ...INDEXED, ...VERIFY });
    expect(plan.code).toBe(EXIT.operational);
    expect(api.seen.length).toBeGreaterThan(0);
  });

  test("whatever was tampered with is refused, and the API server is asked for nothing", async () => {
    const flipped = (bytes: Uint8Array, at: number) =>
      Buffer.from(bytes).map((byte, index) => (index === at ? byte ^ 1 : byte));
    const text = (at: number) => flipped(Buffer.from(provenance), at).toString();
    const faults: readonly (readonly [string, Published, RegExp, object?])[] = [
      [
        "the chart",
        { archive: flipped(chart, chart.length - 9), signed: provenance },
        /SHA-256 is/,
      ],
      [
        "another chart",
        { archive: await chartOf("web", "1.0.0", "a: b\n"), signed: provenance },
        /SHA/,
      ],
      ["the text", { signed: text(provenance.indexOf("web")) }, /does not hold/],
      ["the digest", { signed: text(provenance.indexOf("sha256:") + 20) }, /does not hold/],
      [
        "the signature",
        { signed: text(provenance.indexOf("SIGNATURE-----") + 60) },
        /does not hold/,
      ],
      ["no provenance", {}, /has no provenance/],
      ["another key", { signed: provenance }, /expected one of/, { keyring: "./other.asc" }],
    ];
    api.seen.length = 0;
    for (const helm of [INDEXED, PUSHED]) {
      for (const [what, published, message, verify = VERIFY.verify] of faults) {
        publish(published);
        const command = ["run", "--listen", "0", "--kubeconfig", kubeconfig];
        const { code, stderr } = await ork(command, { ...helm, verify });
        expect({ what, code }).toEqual({ what, code: EXIT.operational });
        expect(stderr).toContain(`${helm.repo}/web`);
        expect(stderr).toMatch(message);
        expect(stderr).toMatch(/komposer\.yaml:1:\d+/);
      }
    }
    expect(api.seen).toEqual([]);
    // Nobody said that it has to be signed: the first of them is then a chart like any other.
    publish({ archive: await chartOf("web", "1.0.0") });
    expect(await ork(["validate"], INDEXED)).toMatchObject({ code: 0 });
  }, 60_000);

  test("a keyring that cannot be used is told before anything is fetched", async () => {
    publish({ signed: provenance });
    await sources.write("none.asc", "any text");
    for (const keyring of ["./none.asc", "./missing.asc", `https://${CHARTS}/keys.asc`]) {
      const { code, stderr } = await ork(["validate"], { ...INDEXED, verify: { keyring } });
      expect({ keyring, code }).toEqual({ keyring, code: EXIT.issues });
      expect(stderr).toContain(keyring.split("/").at(-1) ?? "");
    }
  });
});

function kubeconfigOf(port: number): string {
  const cluster = { server: `http://127.0.0.1:${port}` };
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster }],
    users: [{ name: "u", user: {} }],
    contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
    "current-context": "c",
  });
}
