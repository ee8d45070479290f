/**
 * One server for each kind of source, healthy unless the path says which fault is wanted: `…/f7/…` is the
 * seventh of its kind. So that many faults can be played at once, none knows of another.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { packManifest } from "../../src/source/oci/push.ts";
import { createAuthority } from "../support/certificates.ts";
import { FakeRegistry } from "../support/fake-registry.ts";
import { GitServer, hasGit } from "../support/git-server.ts";
import { WebServer } from "../support/web-server.ts";
import { EMPTY_HOST } from "./fault-answers.ts";
import { type Fault, SOURCE_KINDS, type SourceKind, type Way } from "./fault-kinds.ts";
import { faultsOf } from "./faults.ts";
import { chartOf, indexOf, katalogOf, komposerOf, Sources } from "./sources.ts";

type RemoteKind = Exclude<SourceKind, "file">;

interface Remote {
  readonly host: string;
  /** The server of fault number `index`; without one it is healthy. */
  base(host: string, index: number): string;
  imports(base: string): object;
  /** Requests for what the first answer promised. */
  readonly isLater: RegExp;
}

const folderOf = (index: number) => (index < 0 ? "" : `/f${index}`);
const https = (host: string, index: number) => `https://${host}${folderOf(index)}`;
const oci = (host: string, index: number) => `oci://${host}${folderOf(index)}`;

const REMOTES: Readonly<Record<RemoteKind, Remote>> = {
  http: {
    host: "files.example.io",
    base: https,
    imports: (base) => ({ files: [`${base}/katalog.yaml`] }),
    isLater: /never/,
  },
  helm: {
    host: "charts.example.io",
    base: https,
    imports: (base) => ({ helm: [{ repo: base, chart: "platform", version: "1.0.0" }] }),
    isLater: /\.tgz$/,
  },
  "helm-oci": {
    host: "helm.example.io",
    base: oci,
    imports: (base) => ({ helm: [{ repo: base, chart: "platform", version: "1.0.0" }] }),
    isLater: /\/blobs\//,
  },
  oci: {
    host: "registry.example.io",
    base: oci,
    imports: (base) => ({ registry: [`${base}/one:v1`] }),
    isLater: /\/blobs\//,
  },
  git: {
    host: "git.example.io",
    base: https,
    imports: (base) => ({ registry: [`${base}/patterns@main`] }),
    isLater: /^[^?]*\/git-upload-pack$/,
  },
};

export interface PlayedFault {
  /** Text of the Komposer. */
  readonly text: string;
  /** What a message has to name. */
  readonly named: string;
  readonly flags: readonly string[];
}

/** Of a fault that only ends with it. */
const SHORT_PATIENCE = "700ms";
/** Of all others: none of them waits for it, however busy the machine is. */
const LONG_PATIENCE = "60s";

export class FaultSources implements AsyncDisposable {
  readonly sources: Sources;
  /** By kind, then by {@link Way}. */
  readonly #ways = new Map<string, number>();

  private constructor(sources: Sources) {
    this.sources = sources;
  }

  static async open(): Promise<FaultSources> {
    const all = new FaultSources(await Sources.open());
    await all.sources.write("good.yaml", katalogOf("good"));
    await all.#openFiles();
    await all.#openCharts();
    await all.#openRegistry("helm-oci");
    await all.#openRegistry("oci");
    if (hasGit()) await all.#openGit();
    const nothing = (_: unknown, response: ServerResponse) => void response.writeHead(404).end();
    await all.sources.serve([EMPTY_HOST], nothing);
    for (const kind of SOURCE_KINDS) if (kind !== "file") await all.#openWays(kind);
    return all;
  }

  /** Without any fault. */
  async good(kind: SourceKind): Promise<PlayedFault> {
    const files = { files: ["good.yaml"] };
    if (kind === "file") return { text: komposerOf(files), named: "", flags: [] };
    const { host, base, imports } = REMOTES[kind];
    return { text: komposerOf({ ...files, ...imports(base(host, -1)) }), named: host, flags: [] };
  }

  async play(kind: SourceKind, index: number): Promise<PlayedFault> {
    const fault = faultsOf(kind)[index];
    if (!fault) throw new Error(`Cannot play fault ${index} of ${kind}: there is none`);
    if (kind === "file") return this.#playFile(fault, index);
    const { host, base, imports } = REMOTES[kind];
    const place = "way" in fault ? this.#placeOf(kind, fault.way) : { host, flags: [] };
    const own = base(place.host, index);
    const text = composed("imports" in fault ? fault.imports(own) : imports(own));
    const patience = fault.isEndless ? SHORT_PATIENCE : LONG_PATIENCE;
    return { text, named: place.host, flags: [...place.flags, "--import-timeout", patience] };
  }

  async #playFile(fault: Fault, index: number): Promise<PlayedFault> {
    if (!("file" in fault)) throw new Error(`"${fault.what}" is no fault of a file`);
    const folder = `file-${index}`;
    await Bun.write(join(this.sources.folder, folder, "note.txt"), "");
    await fault.make?.(join(this.sources.folder, folder));
    const isWhole = /^[/$]/.test(fault.file);
    const url = isWhole ? fault.file : `./${join(folder, fault.file)}`;
    const entry = fault.more ? { url, ...fault.more } : url;
    return {
      text: composed({ files: [entry] }),
      named: fault.file === "." ? folder : fault.file,
      flags: [],
    };
  }

  #placeOf(
    kind: RemoteKind,
    way: Way,
  ): { readonly host: string; readonly flags: readonly string[] } {
    const { host } = REMOTES[kind];
    const leads = (to: string) => ({ host, flags: [`--resolve=${host}=${to}`] });
    switch (way.kind) {
      case "host":
        return { host: way.host, flags: [] };
      case "address":
        return leads(way.address);
      case "closed":
      case "server": {
        const name = way.kind === "closed" ? way.kind : way.which;
        return leads(`127.0.0.1:${this.#ways.get(`${kind} ${name}`)}`);
      }
      default:
        return way satisfies never;
    }
  }

  /** Servers that are not the ones that are meant. */
  async #openWays(kind: RemoteKind): Promise<void> {
    const { host } = REMOTES[kind];
    const { authority } = this.sources;
    const hourAgo = Date.now() - 3_600_000;
    const tomorrow = Date.now() + 86_400_000;
    const certificates = {
      stranger: createAuthority("Somebody else").issue([host]),
      misnamed: authority.issue(["another.example.io"]),
      expired: authority.issue([host], hourAgo),
      early: authority.issue([host], tomorrow + 3_600_000, tomorrow),
      plain: undefined,
    };
    for (const [name, certificate] of Object.entries(certificates)) {
      const answer = (_: unknown, response: ServerResponse) => void response.end("never read");
      const server = await WebServer.start(answer, certificate);
      this.sources.own(server);
      this.#ways.set(`${kind} ${name}`, server.port);
    }
    this.#ways.set(`${kind} closed`, await closedPort());
  }

  async #openFiles(): Promise<void> {
    const lone = katalogOf("lone").replace(/apiTypes: .*/, "crdFile: ./none.yaml");
    const texts: Readonly<Record<string, string>> = {
      "/katalog.yaml": katalogOf("remote"),
      "/good.yaml": katalogOf("good"),
      "/lone.yaml": lone,
    };
    await this.sources.serve([REMOTES.http.host], (request, response) => {
      if (plays("http", request, response)) return;
      const text = texts[request.url ?? ""];
      response.writeHead(text === undefined ? 404 : 200).end(text);
    });
  }

  async #openCharts(): Promise<void> {
    const chart = await chartOf("platform", "1.0.0");
    await this.sources.serve([REMOTES.helm.host], (request, response) => {
      if (plays("helm", request, response)) return;
      response.end(request.url?.endsWith(".tgz") ? chart : indexOf("platform", "1.0.0", chart));
    });
  }

  /** With one artifact and one chart. */
  async #openRegistry(kind: "oci" | "helm-oci"): Promise<void> {
    const { host } = REMOTES[kind];
    const registry = await FakeRegistry.start(this.sources.authority.issue([host]));
    const helm = "application/vnd.cncf.helm";
    const annotations = { "org.opencontainers.image.title": "katalog.yaml" };
    const bytes = Buffer.from(katalogOf("one"));
    const artifact = packManifest({
      layers: [{ mediaType: "application/yaml", bytes, annotations }],
    });
    const chart = packManifest({
      config: { mediaType: `${helm}.config.v1+json`, bytes: Buffer.from("{}") },
      layers: [
        {
          mediaType: `${helm}.chart.content.v1.tar+gzip`,
          bytes: await chartOf("platform", "1.0.0"),
        },
      ],
    });
    const mediaType = "application/vnd.oci.image.manifest.v1+json";
    for (const [name, tag, { manifest, blobs }] of [
      ["one", "v1", artifact],
      ["one", "1.0.0", artifact],
      ["platform", "1.0.0", chart],
    ] as const) {
      for (const blob of blobs) registry.addBlob(blob);
      registry.addManifest(name, tag, { bytes: manifest, mediaType });
    }
    registry.intercept = (request, response) => plays(kind, request, response);
    this.sources.own(registry);
    this.sources.place([host], registry.server);
  }

  async #openGit(): Promise<void> {
    const { host } = REMOTES.git;
    const git = await GitServer.start({
      tls: this.sources.authority.issue([host]),
      intercept: (request, response) => plays("git", request, response),
    });
    this.sources.own(git);
    this.sources.place([host], git.web);
    git.commit("patterns", { "katalog.yaml": katalogOf("pattern") });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sources[Symbol.asyncDispose]();
  }
}

/** Beside an import that is good. */
function composed(imports: object): string {
  const { files = [] } = imports as { readonly files?: readonly unknown[] };
  return komposerOf({ ...imports, files: ["good.yaml", ...files] });
}

/** Takes the number of the fault off the path. True: the fault happened instead of the answer. */
function plays(kind: RemoteKind, request: IncomingMessage, response: ServerResponse): boolean {
  const [, index] = /\/f(\d+)(?=\/)/.exec(request.url ?? "") ?? [];
  if (index === undefined) return false;
  request.url = request.url?.replace(`/f${index}/`, "/") ?? "";
  const fault = faultsOf(kind)[Number(index)];
  if (!fault || !("answer" in fault)) return false;
  if (REMOTES[kind].isLater.test(request.url) !== (fault.stage === 2)) return false;
  fault.answer(request, response);
  return true;
}

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
