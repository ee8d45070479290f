/**
 * What the tests of the lock play on: a Komposer with imports on an https server and in a registry of a
 * private authority, a cache of its own, and a cluster that only counts what reaches it.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { builtOrk } from "../support/built-ork.ts";
import { createAuthority } from "../support/certificates.ts";
import { FakeRegistry } from "../support/fake-registry.ts";
import { type OrkResult, orkOnce } from "../support/ork-process.ts";
import { WebServer } from "../support/web-server.ts";

/** Stands in the query of URLs, as a token would. */
export const CANARY = "canary";

interface Servers {
  readonly web: WebServer;
  readonly registry: FakeRegistry;
  readonly cluster: WebServer;
}

export class LockStage implements AsyncDisposable {
  /** What the web server has, by path. */
  readonly pages: Map<string, string>;
  readonly #servers: Servers;
  readonly #root: string;
  #serial = 0;

  private constructor(root: string, servers: Servers, pages: Map<string, string>) {
    this.#root = root;
    this.#servers = servers;
    this.pages = pages;
  }

  static async open(): Promise<LockStage> {
    const root = await mkdtemp(join(tmpdir(), "orkestra-lock-"));
    const authority = createAuthority();
    await writeFile(join(root, "ca.crt"), authority.cert);
    const pages = new Map<string, string>();
    const web = await WebServer.start(
      (request, response) => {
        const page = pages.get(request.url ?? "");
        if (page === undefined) return void response.writeHead(404).end();
        return void response.end(page);
      },
      authority.issue(["localhost"]),
    );
    const registry = await FakeRegistry.start(authority.issue(["localhost"]));
    const cluster = await WebServer.start((_, response) => void response.writeHead(500).end());
    return new LockStage(root, { web, registry, cluster }, pages);
  }

  /** A Komposer, a cache and servers as if nothing had been before. */
  async renew(): Promise<void> {
    this.#serial++;
    this.pages.clear();
    this.pages.set(this.pathOf("one.yaml"), katalogOf("one", `crd.yaml?key=${CANARY}`));
    this.pages.set(this.pathOf("crd.yaml"), `${JSON.stringify(crdOf("one"))}\n`);
    await this.push("text");
    await this.writeKomposer();
    this.#servers.cluster.seen.length = 0;
  }

  get folder(): string {
    return join(this.#root, `katalog-${this.#serial}`);
  }

  get cache(): string {
    return join(this.#root, `cache-${this.#serial}`);
  }

  /** Reference of the artifact. */
  get artifact(): string {
    return `oci://localhost:${this.#servers.registry.server.port}/patterns/two:v1`;
  }

  pathOf(name: string): string {
    return `/${name}?key=${CANARY}`;
  }

  /** Somebody changes what stands under a URL. */
  change(name: string): void {
    const path = this.pathOf(name);
    this.pages.set(path, `${this.pages.get(path)}# changed\n`);
  }

  /** Requests that reached the cluster. */
  get clusterRequests(): number {
    return this.#servers.cluster.seen.length;
  }

  /** Requests that reached where imports come from. */
  get importRequests(): number {
    const { web, registry } = this.#servers;
    return web.seen.length + registry.server.seen.length;
  }

  ork(...args: readonly string[]): Promise<OrkResult> {
    return this.orkWith({}, ...args);
  }

  /** With further variables of the environment. */
  orkWith(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<OrkResult> {
    const [command = "", ...rest] = args;
    const all = [command, "-f", this.folder, ...this.#sourceFlags(), ...rest];
    return orkOnce(all, { ...PROGRAM, env: { KEY: CANARY, ...env } });
  }

  /** A start, which would reach the cluster. */
  start(command: "run" | "plan", ...flags: readonly string[]): Promise<OrkResult> {
    const server = `http://127.0.0.1:${this.#servers.cluster.port}`;
    const listen = command === "run" ? ["--listen", "0"] : [];
    return this.ork(command, "--server", server, ...listen, ...flags);
  }

  /** `ork lock`, ended without a warning after so many milliseconds. */
  async killLockAfter(ms: number): Promise<void> {
    const own: { readonly program?: readonly string[] } = PROGRAM;
    const program = own.program ?? [(await builtOrk()).executable];
    const child = Bun.spawn([...program, "lock", "-f", this.folder, ...this.#sourceFlags()], {
      env: { ...process.env, KEY: CANARY },
      stdout: "ignore",
      stderr: "ignore",
    });
    await Bun.sleep(ms);
    child.kill("SIGKILL");
    await child.exited;
  }

  get lockPath(): string {
    return join(this.folder, "orkestra.lock");
  }

  lockText(): Promise<string> {
    return readFile(this.lockPath, "utf8");
  }

  async cachedFiles(): Promise<readonly string[]> {
    const folder = join(this.cache, "sha256");
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name));
  }

  async writeKomposer(...more: readonly string[]): Promise<void> {
    const { web } = this.#servers;
    const files = ["/one.yaml?key=$KEY", ...more].map(
      (path) => `    - https://localhost:${web.port}${path}\n`,
    );
    const text = `apiVersion: orkestra.orkspace.io/v1
kind: Komposer
metadata: { name: whole }
imports:
  files:
${files.join("")}  registry:
    - ${this.artifact}
`;
    await mkdir(this.folder, { recursive: true });
    await writeFile(join(this.folder, "komposer.yaml"), text);
  }

  /** A page that asks for a token, imported with `auth`. */
  async requireToken(variable: string): Promise<void> {
    const { web } = this.#servers;
    const text = await readFile(join(this.folder, "komposer.yaml"), "utf8");
    const auth = `, auth: { type: bearer, fromEnv: ${variable} }`;
    const url = `https://localhost:${web.port}/private.yaml`;
    this.pages.set("/private.yaml", katalogOf("private"));
    const entry = `  files:\n    - { url: "${url}"${auth} }\n`;
    await writeFile(join(this.folder, "komposer.yaml"), text.replace("  files:\n", entry));
  }

  /** A Katalog of one CRD as the artifact, at its tag. */
  async push(description: string): Promise<void> {
    const source = join(this.#root, "source");
    await mkdir(source, { recursive: true });
    const text = katalogOf("two").replace("1.0.0", `1.0.0, description: "${description}"`);
    await writeFile(join(source, "katalog.yaml"), text);
    const flags = this.#sourceFlags().filter((_, index, all) => all[index - 1] !== "--cache-dir");
    const args = [
      "push",
      this.artifact,
      "-f",
      source,
      ...flags.filter((one) => one !== "--cache-dir"),
    ];
    const { code, stderr } = await orkOnce(args, PROGRAM);
    if (code !== 0) throw new Error(`ork push ended with ${code}: ${stderr}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { web, registry, cluster } = this.#servers;
    await Promise.all([web, registry, cluster].map((server) => server[Symbol.asyncDispose]()));
    await rm(this.#root, { recursive: true });
  }

  #sourceFlags(): readonly string[] {
    const allowed = ["--allow-address", "127.0.0.0/8", "--allow-address", "::1"];
    return ["--ca-file", join(this.#root, "ca.crt"), ...allowed, "--cache-dir", this.cache];
  }
}

const PROGRAM = {};

/** One bit of the byte in the middle of each of so many regions, one after the other. */
export function* tamperings(bytes: Uint8Array, regions: number): Generator<Uint8Array> {
  for (let region = 0; region < regions; region++) {
    const tampered = Buffer.from(bytes);
    const at = Math.floor(((region + 0.5) * bytes.length) / regions);
    tampered[at] = (tampered[at] ?? 0) ^ 1;
    yield tampered;
  }
}

export function katalogOf(name: string, crdFile?: string): string {
  const type = `{ group: ${name}.example.io, version: v1, kind: Thing, plural: things }`;
  const source = crdFile ? `crdFile: ${crdFile}` : `apiTypes: ${type}`;
  return `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: { name: ${name}, version: 1.0.0 }
spec:
  crds:
    ${name}: { ${source} }
`;
}

function crdOf(name: string): object {
  const schema = { openAPIV3Schema: { type: "object" } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `things.${name}.example.io` },
    spec: {
      group: `${name}.example.io`,
      scope: "Namespaced",
      names: { kind: "Thing", plural: "things" },
      versions: [{ name: "v1", served: true, storage: true, schema }],
    },
  };
}
