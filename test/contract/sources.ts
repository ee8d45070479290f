/**
 * Sources for the tests of the configuration contract: servers of this process behind an authority of
 * its own, under the host names that documents say; the built `ork` is told where they are.
 *
 *     ork ──https──▶ api.example.io ┐
 *         ──https──▶ charts.…       ├─ servers on the loopback, each on a port of its own
 *         ──https──▶ registry.…     ┘
 */

import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAllowedAddress } from "../../src/source/address-rules.ts";
import { writeTarGz } from "../../src/source/archive.ts";
import type { WebOptions } from "../../src/source/web.ts";
import { type Authority, createAuthority } from "../support/certificates.ts";
import { type OrkResult, orkOnce } from "../support/ork-process.ts";
import { WebServer } from "../support/web-server.ts";

/** A Katalog of one CRD; both are called like this. */
export function katalogOf(name: string, more = ""): string {
  return `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: { name: ${name}, version: 1.0.0 }
spec:
  crds:
    ${name}:
      apiTypes: { group: ${name}.example.io, version: v1, kind: Thing, plural: things }
${more.replaceAll(/^(?=.)/gm, "      ")}`;
}

/** A Komposer with these imports, as YAML or as data. */
export function komposerOf(imports: object, rest: object = {}): string {
  return JSON.stringify({
    apiVersion: "orkestra.orkspace.io/v1",
    kind: "Komposer",
    metadata: { name: "whole" },
    imports,
    ...rest,
  });
}

interface OrkCall {
  /** Of the Komposer. */
  readonly text: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Over those that find the servers. */
  readonly flags?: readonly string[];
}

export class Sources implements AsyncDisposable {
  readonly authority: Authority = createAuthority();
  /** For documents of the test. */
  readonly folder: string;
  readonly #servers: AsyncDisposable[] = [];
  readonly #places = new Map<string, { readonly address: string; readonly port: number }>();

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(): Promise<Sources> {
    const sources = new Sources(await mkdtemp(join(tmpdir(), "ork-sources-")));
    await writeFile(sources.caFile, sources.authority.cert);
    return sources;
  }

  get caFile(): string {
    return join(this.folder, "ca.crt");
  }

  /** An https server under these names. */
  async serve(hosts: readonly string[], answer: RequestListener): Promise<WebServer> {
    const server = await WebServer.start(answer, this.authority.issue(hosts));
    this.place(hosts, server);
    this.own(server);
    return server;
  }

  place(hosts: readonly string[], { port }: { readonly port: number }): void {
    for (const host of hosts) this.#places.set(host, { address: "127.0.0.1", port });
  }

  /** Where the server of this host is. */
  placeOf(host: string): { readonly address: string; readonly port: number } {
    const place = this.#places.get(host);
    if (!place) throw new Error(`Cannot place "${host}": no server has this name`);
    return place;
  }

  /** The same for what runs in this process. */
  get web(): WebOptions {
    const loopback = parseAllowedAddress("127.0.0.0/8");
    return {
      certificateAuthorities: this.authority.cert,
      allowedAddresses: loopback ? [loopback] : [],
      resolveHost: async (host) => [this.placeOf(host)],
    };
  }

  own(server: AsyncDisposable): void {
    this.#servers.push(server);
  }

  /** What `ork` needs to find and trust the servers. */
  get flags(): readonly string[] {
    const places = [...this.#places].map(
      ([host, { address, port }]) => `--resolve=${host}=${address}:${port}`,
    );
    return ["--ca-file", this.caFile, "--allow-address", "127.0.0.0/8", ...places];
  }

  async write(name: string, text: string): Promise<string> {
    const path = join(this.folder, name);
    await writeFile(path, text);
    return path;
  }

  /** Runs a command over a document. */
  async ork(
    command: readonly string[],
    { text, env = {}, flags = [] }: OrkCall,
  ): Promise<OrkResult> {
    const path = await this.write("komposer.yaml", text);
    return orkOnce([...command, "-f", path, ...this.flags, ...flags], { env });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#servers.map((server) => server[Symbol.asyncDispose]()));
    await rm(this.folder, { recursive: true, force: true });
  }
}

const WORKERS = "operatorBox: { reconcile: { workers: {{ .Values.workers }} } }\n";

/** A chart of one Katalog, of the chart's name unless given, and of something that is none. */
export async function chartOf(
  name: string,
  version: string,
  katalog = katalogOf(name, WORKERS),
): Promise<Uint8Array> {
  const files = {
    "Chart.yaml": `apiVersion: v2\nname: ${name}\nversion: ${version}\n`,
    "values.yaml": "workers: 2\n",
    "templates/katalog.yaml": katalog,
    "templates/map.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ignored }\n",
  };
  const entries = Object.entries(files).map(
    ([path, text]) => [`${name}/${path}`, new TextEncoder().encode(text)] as const,
  );
  return writeTarGz(new Map(entries));
}

/** `index.yaml` of a repository of charts. */
export function indexOf(name: string, version: string, archive: Uint8Array): string {
  const digest = createHash("sha256").update(archive).digest("hex");
  const entry = { apiVersion: "v2", name, version, urls: [`${name}-${version}.tgz`], digest };
  return JSON.stringify({ apiVersion: "v1", entries: { [name]: [entry] } });
}

/** A kind of `<name>.example.io` whose objects become ConfigMaps with their text. */
export function thingKatalog(name: string, namespace: string): string {
  const configMap = { name: "{{ .metadata.name }}", data: { text: "{{ .spec.text }}" } };
  return JSON.stringify({
    apiVersion: "orkestra.orkspace.io/v1",
    kind: "Katalog",
    metadata: { name, version: "1.0.0" },
    spec: {
      crds: {
        [name]: {
          crdFile: "./crd.json",
          namespace,
          operatorBox: { onReconcile: { configMaps: [configMap] } },
        },
      },
    },
  });
}

export function thingCrd(name: string): string {
  const spec = { type: "object", properties: { text: { type: "string" } } };
  const properties = {
    spec,
    status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
  };
  return JSON.stringify({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `things.${name}.example.io` },
    spec: {
      group: `${name}.example.io`,
      scope: "Namespaced",
      names: { kind: "Thing", plural: "things" },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: { type: "object", properties } },
        },
      ],
    },
  });
}
