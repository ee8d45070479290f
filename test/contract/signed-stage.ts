/**
 * Imports that somebody signed, in each of the ways that there are, on servers that serve what they are told
 * to, and an API server that only counts what reaches it.
 *
 *     org/base:v1     an artifact, signed with a key
 *     org/keyless:v1  an artifact, signed without one
 *     web 1.0.0       a chart with provenance, in an index repository and in the registry
 */
import { createHash, generateKeyPairSync } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createCleartextMessage, generateKey, sign } from "openpgp";
import { packManifest } from "../../src/source/oci/push.ts";
import { FakeRegistry } from "../support/fake-registry.ts";
import { orkOnce } from "../support/ork-process.ts";
import { BUNDLE_TYPE, createSigstore } from "../support/sigstore.ts";
import { WebServer } from "../support/web-server.ts";
import { chartOf, indexOf, komposerOf, Sources, thingCrd, thingKatalog } from "./sources.ts";

const CHARTS = "charts.example.io";
const REGISTRY = "registry.example.io";
const WHO = { identity: "release@example.io", issuer: "https://accounts.example.io" };
const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
const INDEX_TYPE = "application/vnd.oci.image.index.v1+json";
const HELM = "application/vnd.cncf.helm";
const CHART = { chart: "web", version: "1.0.0", verify: { keyring: "./keys.asc" } };

export type SignedKind = "key" | "identity" | "provenance" | "provenance in a registry";

/** A Komposer of one import that demands its kind of signature. */
export const KOMPOSERS: Readonly<Record<SignedKind, string>> = {
  key: komposerOf(
    { registry: [`oci://${REGISTRY}/org/base:v1`] },
    { policy: { verify: [{ match: `oci://${REGISTRY}/*`, keys: ["./own.pub"] }] } },
  ),
  identity: komposerOf(
    { registry: [`oci://${REGISTRY}/org/keyless:v1`] },
    { policy: { verify: [{ match: "*", ...WHO, trustedRoot: "./root.json" }] } },
  ),
  provenance: komposerOf({ helm: [{ repo: `https://${CHARTS}`, ...CHART }] }),
  "provenance in a registry": komposerOf({
    helm: [{ repo: `oci://${REGISTRY}/charts`, ...CHART }],
  }),
};

interface Servers {
  readonly sources: Sources;
  readonly registry: FakeRegistry;
  /** What the repository of charts has, by the end of its paths. */
  readonly charts: Map<string, Uint8Array>;
  readonly repository: WebServer;
  readonly api: WebServer;
}

/** Files that are trusted, by name. */
type Trusted = Readonly<Record<string, string | Uint8Array>>;

export class SignedStage implements AsyncDisposable {
  readonly #servers: Servers;
  readonly #own: Trusted;
  readonly #exchanged: Trusted;

  private constructor(servers: Servers, own: Trusted, exchanged: Trusted) {
    this.#servers = servers;
    this.#own = own;
    this.#exchanged = exchanged;
  }

  static async open(): Promise<SignedStage> {
    const sources = await Sources.open();
    const registry = await FakeRegistry.start(sources.authority.issue([REGISTRY]));
    sources.own(registry);
    sources.place([REGISTRY], registry.server);
    const api = await WebServer.start((_, response) => void response.writeHead(403).end("{}"));
    sources.own(api);
    const charts = new Map<string, Uint8Array>();
    const repository = await sources.serve([CHARTS], (request, response) => {
      const found = charts.get(request.url?.split("/").at(-1) ?? "");
      response.writeHead(found ? 200 : 404).end(found);
    });
    const servers = { sources, registry, charts, repository, api };
    const trusted = [
      await signWithKey(servers),
      await signWithout(servers),
      await signChart(servers),
    ];
    const of = (which: keyof SignedBy) => Object.assign({}, ...trusted.map((one) => one[which]));
    const stage = new SignedStage(servers, of("own"), of("exchanged"));
    await stage.trust("own");
    return stage;
  }

  /** `org/base`, by the key that is trusted once they are exchanged. */
  async signAgain(): Promise<void> {
    await pushSigned(this.#servers, "other.pem");
  }

  get sources(): Sources {
    return this.#servers.sources;
  }

  get apiUrl(): string {
    return `http://127.0.0.1:${this.#servers.api.port}`;
  }

  /** Requests that reached the API server. */
  get apiRequests(): number {
    return this.#servers.api.seen.length;
  }

  /** Everything that the servers hold, each as a thing that can be changed. */
  get served(): readonly Served[] {
    const { registry, charts } = this.#servers;
    const blobs = [...registry.blobs].map(([digest, bytes]) => ({
      path: `/blobs/${digest}`,
      bytes,
      set: (changed: Uint8Array) => void registry.blobs.set(digest, changed),
    }));
    const manifests = [...registry.manifests].map(([name, { bytes, mediaType }]) => ({
      path: name.replace(/[:@]/, "/manifests/"),
      bytes,
      set: (changed: Uint8Array) => {
        registry.manifests.set(name, { mediaType, bytes: changed });
      },
    }));
    const files = [...charts].map(([name, bytes]) => ({
      path: `/${name}`,
      bytes,
      set: (changed: Uint8Array) => void charts.set(name, changed),
    }));
    return [...blobs, ...manifests, ...files];
  }

  /** Paths that the servers were asked for since the last time. */
  takeAsked(): readonly string[] {
    const { registry, repository } = this.#servers;
    const servers = [registry.server, repository];
    return servers.flatMap(({ seen }) => seen.splice(0).map(({ path }) => path));
  }

  /** `exchanged`: files of the same names trust others, too, and nothing that is signed is refused. */
  async trust(which: "own" | "exchanged"): Promise<void> {
    const files = which === "own" ? this.#own : this.#exchanged;
    for (const [name, content] of Object.entries(files)) {
      await writeFile(join(this.sources.folder, name), content);
    }
  }

  /** `ork run`, which would reach the API server. */
  run(kind: SignedKind) {
    return this.ork(kind, ["run", "--listen", "0", "--server", this.apiUrl]);
  }

  ork(kind: SignedKind, command: readonly string[], flags: readonly string[] = []) {
    const cache = ["--cache-dir", join(this.sources.folder, "cache")];
    const own = ["push", "version"].includes(command[0] ?? "") ? [] : cache;
    return this.sources.ork(command, { text: KOMPOSERS[kind], flags: [...own, ...flags] });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sources[Symbol.asyncDispose]();
  }
}

/** What a server holds. */
export interface Served {
  /** The end of the path under which it is asked for. */
  readonly path: string;
  readonly bytes: Uint8Array;
  set(changed: Uint8Array): void;
}

interface SignedBy {
  readonly own: Trusted;
  readonly exchanged: Trusted;
}

async function signWithKey(servers: Servers): Promise<SignedBy> {
  const pairs = ["own", "other"].map(() => generateKeyPairSync("ec", { namedCurve: "P-256" }));
  for (const [index, { privateKey }] of pairs.entries()) {
    const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    await servers.sources.write(index === 0 ? "own.pem" : "other.pem", pem);
  }
  await pushSigned(servers, "own.pem");
  const [own = "", other = ""] = pairs.map(({ publicKey }) =>
    publicKey.export({ type: "spki", format: "pem" }).toString(),
  );
  return { own: { "own.pub": own }, exchanged: { "own.pub": other } };
}

/** In the older of the two forms that are written, so that it is the only one; keyless signatures have the newer. */
async function pushSigned(servers: Servers, key: "own.pem" | "other.pem"): Promise<string> {
  const digest = await push(servers, "base", ["--sign-key", join(servers.sources.folder, key)]);
  if (!servers.registry.manifests.delete(`org/base:${digest.replace(":", "-")}`)) {
    throw new Error("There is no signature in the newer form");
  }
  return digest;
}

/** As cosign leaves a bundle at a registry that keeps no list of referrers. */
async function signWithout(servers: Servers): Promise<SignedBy> {
  const { registry } = servers;
  const digest = await push(servers, "keyless");
  const [own, other] = [await createSigstore(), await createSigstore()];
  const bytes = Buffer.from(JSON.stringify(await own.signBundle(digest, WHO)));
  const packed = packManifest({
    artifactType: BUNDLE_TYPE,
    layers: [{ mediaType: BUNDLE_TYPE, bytes }],
  });
  for (const blob of packed.blobs) registry.addBlob(blob);
  registry.manifests.set(`org/keyless@${packed.digest}`, {
    mediaType: MANIFEST_TYPE,
    bytes: packed.manifest,
  });
  const size = packed.manifest.length;
  const referrer = { mediaType: MANIFEST_TYPE, size, digest: packed.digest };
  const manifests = [{ ...referrer, artifactType: BUNDLE_TYPE }];
  const index = { schemaVersion: 2, mediaType: INDEX_TYPE, manifests };
  const tag = digest.replace(":", "-");
  const stored = { mediaType: INDEX_TYPE, bytes: Buffer.from(JSON.stringify(index)) };
  registry.manifests.set(`org/keyless:${tag}`, stored);
  const [root, more] = [own, other].map(({ trustedRoot }) => JSON.parse(trustedRoot));
  const certificateAuthorities = [...root.certificateAuthorities, ...more.certificateAuthorities];
  const both = JSON.stringify({ ...root, certificateAuthorities });
  return { own: { "root.json": own.trustedRoot }, exchanged: { "root.json": both } };
}

async function signChart({ registry, charts }: Servers): Promise<SignedBy> {
  const archive = await chartOf("web", "1.0.0");
  const file = "web-1.0.0.tgz";
  const user = (name: string) => generateKey({ userIDs: [{ name }], format: "object" });
  const [owner, other] = await Promise.all([user("Owner"), user("Other")]);
  const sum = createHash("sha256").update(archive).digest("hex");
  const text = `name: web\nversion: 1.0.0\n\n...\nfiles:\n  ${file}: sha256:${sum}\n`;
  const message = await createCleartextMessage({ text });
  const signed = Buffer.from(await sign({ message, signingKeys: owner.privateKey }));
  charts.set("index.yaml", Buffer.from(indexOf("web", "1.0.0", archive)));
  charts.set(file, archive).set(`${file}.prov`, signed);
  const { manifest, blobs, digest } = packManifest({
    config: { mediaType: `${HELM}.config.v1+json`, bytes: Buffer.from("{}") },
    layers: [
      { mediaType: `${HELM}.chart.content.v1.tar+gzip`, bytes: archive },
      { mediaType: `${HELM}.chart.provenance.v1.prov`, bytes: signed },
    ],
  });
  for (const blob of blobs) registry.addBlob(blob);
  for (const name of ["charts/web:1.0.0", `charts/web@${digest}`]) {
    registry.manifests.set(name, { mediaType: MANIFEST_TYPE, bytes: manifest });
  }
  const [own, more] = [owner, other].map(({ publicKey }) => publicKey.write());
  const both = Buffer.concat([own ?? Buffer.alloc(0), more ?? Buffer.alloc(0)]);
  return { own: { "keys.asc": Buffer.from(own ?? []) }, exchanged: { "keys.asc": both } };
}

/** Gives the digest of its manifest. */
async function push(
  { sources }: Servers,
  name: string,
  flags: readonly string[] = [],
): Promise<string> {
  const folder = join(sources.folder, `pushed-${name}`);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "katalog.yaml"), thingKatalog(name, "default"));
  await writeFile(join(folder, "crd.json"), thingCrd(name));
  const args = ["push", `oci://${REGISTRY}/org/${name}:v1`, "-f", folder, "-o", "json"];
  const { code, stdout, stderr } = await orkOnce([...args, ...flags, ...sources.flags]);
  if (code !== 0) throw new Error(`ork push ended with ${code}: ${stderr}`);
  return (JSON.parse(stdout) as { digest: string }).digest;
}
