/**
 * What a contract test plays on: a Katalog of its own in a namespace of its own, the built `ork`, the
 * fault proxy, and a real API server.
 *
 *     test ──admin──▶ kube-apiserver or sandbox ◀── fault proxy ◀── ork
 *
 * What `ork` asks of the server is counted by the proxy, which sees everything, whatever server it is.
 * A Widget makes a ConfigMap of its own name, one more for each of `spec.items`, and repeats its text in
 * its status; so whether it has converged can be read from the cluster (`differences`).
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Cluster } from "../support/cluster-client.ts";
import { eventually } from "../support/eventually.ts";
import { FaultProxy, type Passed } from "../support/fault-proxy.ts";
import { matchesRequest, type RequestMatch, WRITES } from "../support/fault-proxy-request.ts";
import { type KubeObject, NamespacedObjects } from "../support/namespaced-objects.ts";
import { OrkProcess } from "../support/ork-process.ts";
import { ENTRY_FOLDER, type KatalogOptions, writeEntry } from "./stage-katalog.ts";
import { crdOf, GROUP, installKinds, KINDS, type Kind } from "./stage-kinds.ts";

export interface StageOptions extends KatalogOptions {
  /** Whose requests are counted too. */
  readonly otherNamespaces?: readonly string[];
  readonly seed?: number;
}

/** Random tests print it; the same seed plays the same faults. */
export const SEED = Number(process.env["ORK_FAULT_SEED"] ?? 20_261_122);

/** How many times as many plans as the reduced suite plays. */
export const SCALE = Math.max(1, Number(process.env["ORK_FAULT_PLANS"] ?? 1));

/** Counted apart in every promise about requests: Events, and the leader's Lease. */
const HOUSEKEEPING: readonly string[] = ["events", "leases"];

export class Stage implements AsyncDisposable {
  cluster: Cluster;
  objects: NamespacedObjects;
  readonly proxy: FaultProxy;
  readonly folder: string;
  /** Everything that was answered, in its order; and how much of it was taken by whom. */
  readonly #passed: Passed[] = [];
  readonly #namespaces: readonly string[];
  readonly #taken = { requests: 0, writes: 0 };
  #ork: OrkProcess | undefined;

  private constructor(parts: {
    cluster: Cluster;
    namespace: string;
    proxy: FaultProxy;
    folder: string;
    otherNamespaces: readonly string[];
  }) {
    const { cluster, namespace, proxy, folder } = parts;
    // What is asked for all namespaces, or of none, names none.
    this.#namespaces = [namespace, "", ...parts.otherNamespaces];
    this.cluster = cluster;
    this.objects = new NamespacedObjects(cluster, namespace, KINDS);
    this.proxy = proxy;
    this.folder = folder;
    proxy.kill = () => this.kill();
  }

  static async open(cluster: Cluster, options: StageOptions = {}): Promise<Stage> {
    await installKinds(cluster);
    const namespace = await cluster.newNamespace("contract");
    const folder = await mkdtemp(join(tmpdir(), "orkestra-contract-"));
    await writeEntry(namespace, folder, options);
    const { server, ca } = cluster;
    const credential = cluster.credential("operator");
    const { seed = SEED, otherNamespaces = [] } = options;
    const proxy = await FaultProxy.start({ server, ca, credential, folder, seed });
    return new Stage({ cluster, namespace, proxy, folder, otherNamespaces });
  }

  get namespace(): string {
    return this.objects.namespace;
  }

  /** Another server takes the place of the one so far; it has the kinds and the namespace, and nothing else. */
  async moveTo(cluster: Cluster): Promise<void> {
    const { namespace } = this;
    await Promise.all(
      (Object.keys(KINDS) as Kind[]).map((kind) => cluster.installCrd(crdOf(kind))),
    );
    await cluster.json("POST", "/api/v1/namespaces", { body: { metadata: { name: namespace } } });
    this.cluster = cluster;
    this.objects = new NamespacedObjects(cluster, namespace, KINDS);
    const { server, ca } = cluster;
    this.proxy.moveTo({ server, ca, credential: cluster.credential("operator") });
  }

  /** In its namespace, with the key `token`. */
  async createSecret(name: string, token: string): Promise<void> {
    const metadata = { name };
    await this.cluster.json("POST", `/api/v1/namespaces/${this.namespace}/secrets`, {
      body: { apiVersion: "v1", kind: "Secret", metadata, stringData: { token } },
    });
  }

  /** What `ork run -f` is given. */
  get entryFolder(): string {
    return join(this.folder, ENTRY_FOLDER);
  }

  get ork(): OrkProcess {
    if (this.#ork === undefined) throw new Error("Cannot use ork: it does not run");
    return this.#ork;
  }

  /** Starts the built `ork` behind the proxy, and waits until it is ready unless told otherwise. */
  async start({
    isReady = true,
    kubeconfig = this.proxy.kubeconfig(),
    more = [],
  }: {
    readonly isReady?: boolean;
    readonly kubeconfig?: string;
    readonly more?: readonly string[];
  } = {}): Promise<OrkProcess> {
    const args = ["-f", join(this.folder, ENTRY_FOLDER), "--kubeconfig", kubeconfig, ...more];
    this.#ork = await OrkProcess.start([
      ...["run", "--listen", "127.0.0.1:0", "--log-format", "json", ...args],
    ]);
    if (isReady) await this.#ork.untilReady();
    return this.#ork;
  }

  /** Ends it without a warning, and waits until it is gone. */
  async kill(): Promise<void> {
    const ork = this.#ork;
    this.#ork = undefined;
    if (ork === undefined) return;
    ork.signal("SIGKILL");
    await ork.ended();
  }

  /** What ork's view says of one entry of the Katalog. */
  async health(crd = "widget"): Promise<BoxHealth> {
    return (await this.ork.view<BoxHealth>(`/katalog/${crd}/health`)).body;
  }

  /** Waits until each custom resource was looked at since the start, and nobody works. */
  async untilQuiet(crd = "widget"): Promise<void> {
    await this.ork.eventually("all is quiet", async () => {
      const { totalReconciles, resourceCount, queueDepth } = await this.health(crd);
      return totalReconciles >= resourceCount && queueDepth === 0;
    });
  }

  get isRunning(): boolean {
    return this.#ork?.exitCode === undefined && this.#ork !== undefined;
  }

  create(kind: Kind, name: string, spec: object): Promise<KubeObject> {
    return this.createObject(kind, { metadata: { name }, spec });
  }

  createObject(
    kind: Kind,
    { metadata, spec }: { readonly metadata: object; readonly spec: object },
  ): Promise<KubeObject> {
    const { namespace } = this;
    const body = { apiVersion: `${GROUP}/v1`, kind, metadata: { namespace, ...metadata }, spec };
    return this.cluster.json<KubeObject>("POST", this.path(kind), { body });
  }

  async edit(kind: Kind, name: string, patch: object): Promise<KubeObject> {
    return this.cluster.json<KubeObject>("PATCH", this.path(kind, name), {
      body: patch,
      contentType: "application/merge-patch+json",
    });
  }

  async delete(kind: Kind, name: string): Promise<void> {
    await this.cluster.json("DELETE", this.path(kind, name));
  }

  /** Writes that matter: of this namespace, and no Events, which promise nothing. */
  get writes(): RequestMatch {
    return { verb: WRITES, namespace: this.namespace, except: ["events"] };
  }

  path(kind: Kind, name?: string): string {
    const [apiVersion, plural] = KINDS[kind];
    const base = `/apis/${apiVersion}/namespaces/${this.namespace}/${plural}`;
    return name === undefined ? base : `${base}/${name}`;
  }

  /** What keeps the Widgets from being as they are declared; empty when they have converged. */
  async differences(kind: Kind): Promise<readonly string[]> {
    const [widgets, maps] = await Promise.all([
      this.objects.list(kind),
      this.objects.list("ConfigMap"),
    ]);
    const differences: string[] = [];
    const owned = new Map<string, KubeObject[]>();
    for (const map of maps) {
      const uid = map["metadata"].ownerReferences?.[0]?.uid ?? "";
      owned.set(uid, [...(owned.get(uid) ?? []), map]);
    }
    for (const widget of widgets) {
      const { name, uid, generation, finalizers = [] } = widget.metadata;
      const { text, items = [] } = widget.spec;
      const found = (owned.get(uid) ?? []).map(
        ({ metadata, data }) => `${metadata.name}=${data?.text}`,
      );
      const wanted = [name, ...items.map((item: string) => `${name}-${item}`)];
      const expected = wanted.map((child) => `${child}=${text}`);
      if (widget.metadata.deletionTimestamp) differences.push(`${name} is still being deleted`);
      if (!finalizers.includes(FINALIZER)) differences.push(`${name} has no finalizer`);
      if (found.sort().join() !== expected.sort().join()) {
        differences.push(`${name} has children ${found}, expected ${expected}`);
      }
      const { seen, observedGeneration } = widget["status"] ?? {};
      if (seen !== text || observedGeneration !== generation) {
        differences.push(`${name} has status ${JSON.stringify(widget["status"])}`);
      }
    }
    return differences;
  }

  /** Writes that the proxy has passed on since the last call, in their order. */
  takePassedWrites(): readonly Passed[] {
    return this.#take("writes").filter((request) => matchesRequest(request, this.writes));
  }

  #take(reader: "requests" | "writes"): readonly Passed[] {
    this.#passed.push(...this.proxy.takePassed());
    const taken = this.#passed.slice(this.#taken[reader]);
    this.#taken[reader] = this.#passed.length;
    return taken;
  }

  /** Waits until everything is as declared; milliseconds that it took. */
  async untilConverged(timeoutMs = 15_000, kind: Kind = "Widget"): Promise<number> {
    const startMs = performance.now();
    let last: readonly string[] = [];
    await eventually(
      "everything is as declared",
      async () => {
        last = await this.differences(kind);
        return last.length === 0;
      },
      { timeoutMs },
    ).catch((error: unknown) => {
      const log = this.isRunning ? this.ork.stderr.split("\n").slice(-12).join("\n") : "";
      throw new Error(`Not as declared: ${last.slice(0, 5).join("; ")}\n${log}`, { cause: error });
    });
    const tookMs = performance.now() - startMs;
    await this.proxy.untilIdle();
    return tookMs;
  }

  async untilGone(kind: Kind, timeoutMs = 15_000): Promise<void> {
    await eventually(
      `no ${kind} is left`,
      async () => (await this.objects.list(kind)).length === 0,
      { timeoutMs },
    );
    await this.proxy.untilIdle();
  }

  /** Everything that ork asked of the server for this namespace, or for all, since the last call. */
  takeRequests(): readonly Passed[] {
    return this.#take("requests")
      .filter(({ resource }) => !HOUSEKEEPING.includes(resource))
      .filter(({ namespace }) => this.#namespaces.includes(namespace));
  }

  takeWrites(): readonly Passed[] {
    return this.takeRequests().filter(({ verb }) => WRITES.includes(verb));
  }

  /** Successful creations and deletions by ork since the last call, for each object. */
  takeBirths(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { verb, resource, name, status } of this.takeWrites()) {
      const act = status === 201 ? "create" : verb === "delete" && status < 300 && "delete";
      if (!act) continue;
      const key = `${act} ${resource}/${name}`;
      counts[key] = (counts[key] ?? 0) + 1;
    }
    return counts;
  }

  /** Nobody is left who could take our finalizer off what the test made. */
  async #clear(kind: Kind): Promise<void> {
    const body = { metadata: { finalizers: null } };
    const contentType = "application/merge-patch+json";
    await this.cluster.request("DELETE", this.path(kind));
    const { items = [] } = (await (await this.cluster.request("GET", this.path(kind))).json()) as {
      items?: KubeObject[];
    };
    await Promise.all(
      items.map(({ metadata }) =>
        this.cluster.request("PATCH", this.path(kind, metadata.name), { body, contentType }),
      ),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await Promise.all((Object.keys(KINDS) as Kind[]).map((kind) => this.#clear(kind)));
    await this.proxy[Symbol.asyncDispose]();
    await rm(this.folder, { recursive: true, force: true });
  }
}

export interface BoxHealth {
  readonly state: string;
  readonly totalReconciles: number;
  readonly resourceCount: number;
  readonly queueDepth: number;
  readonly consecutiveFails: number;
  readonly errorRate: number;
  readonly lastError?: string;
  readonly reason?: string;
}

export const FINALIZER = "orkestra.orkspace.io/cleanup";
