/**
 * What a contract test plays on: a Katalog of its own in a namespace of its own, the built `ork`, the
 * fault proxy, and a real API server.
 *
 *     test ──admin──▶ kube-apiserver ◀── fault proxy ◀── ork
 *
 * A Widget makes a ConfigMap of its own name, one more for each of `spec.items`, and repeats its text in
 * its status; so whether it has converged can be read from the cluster (`differences`).
 */
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AuditedRequest, AuditLog, isHousekeeping, isWrite } from "../support/audit-log.ts";
import { ROOT } from "../support/built-ork.ts";
import type { Cluster, CrdManifest } from "../support/cluster-client.ts";
import { eventually } from "../support/eventually.ts";
import { FaultProxy } from "../support/fault-proxy.ts";
import { matchesRequest, type RequestMatch, WRITES } from "../support/fault-proxy-request.ts";
import { type KubeObject, NamespacedObjects } from "../support/namespaced-objects.ts";
import { OrkProcess } from "../support/ork-process.ts";

const GROUP = "contract.orkestra.dev";

/** The kinds of all contract tests; each Katalog serves its own namespace. */
const KINDS = {
  Widget: [`${GROUP}/v1`, "widgets"],
  Gadget: [`${GROUP}/v1`, "gadgets"],
} as const;

export type Kind = keyof typeof KINDS;

export interface StageOptions {
  readonly resync?: string;
  readonly workers?: number;
  /** Instead of the operator box of a Widget. */
  readonly crds?: Readonly<Record<string, object>>;
  /** Instead of `crds`: the Katalog of a folder of `examples/`, for the test's namespace only. */
  readonly example?: string;
  readonly seed?: number;
}

/** Random tests print it; the same seed plays the same faults. */
export const SEED = Number(process.env["ORK_FAULT_SEED"] ?? 20_261_122);

/** How many times as many plans as the reduced suite plays. */
export const SCALE = Math.max(1, Number(process.env["ORK_FAULT_PLANS"] ?? 1));

const WIDGET_BOX = {
  onReconcile: {
    configMaps: [
      { name: "{{ .metadata.name }}", data: { text: "{{ .spec.text }}" } },
      {
        name: "{{ .metadata.name }}-{{ .item }}",
        forEach: { field: "spec.items" },
        data: { item: "{{ .item }}", text: "{{ .spec.text }}" },
      },
    ],
  },
};

const SEEN = { status: { fields: [{ path: "seen", value: "{{ .spec.text }}" }] } };

export class Stage implements AsyncDisposable {
  readonly cluster: Cluster;
  readonly objects: NamespacedObjects;
  readonly proxy: FaultProxy;
  readonly #folder: string;
  readonly #audit: AuditLog;
  #ork: OrkProcess | undefined;

  private constructor(parts: {
    cluster: Cluster;
    namespace: string;
    proxy: FaultProxy;
    folder: string;
  }) {
    const { cluster, namespace, proxy, folder } = parts;
    this.cluster = cluster;
    this.objects = new NamespacedObjects(cluster, namespace, KINDS);
    this.proxy = proxy;
    this.#folder = folder;
    this.#audit = new AuditLog(cluster.auditLogPath ?? "");
    this.#audit.take();
    proxy.kill = () => this.kill();
  }

  static async open(cluster: Cluster, options: StageOptions = {}): Promise<Stage> {
    await installKinds(cluster);
    const namespace = await cluster.newNamespace("contract");
    const folder = await mkdtemp(join(tmpdir(), "orkestra-contract-"));
    const document = options.example
      ? await exampleKatalog(namespace, options.example, folder)
      : katalog(namespace, options);
    await writeFile(join(folder, "katalog.yaml"), JSON.stringify(document));
    for (const kind of Object.keys(KINDS) as Kind[]) {
      await writeFile(join(folder, `${kind.toLowerCase()}.yaml`), JSON.stringify(crdOf(kind)));
    }
    const { server, ca } = cluster;
    const credential = cluster.credential("operator");
    const { seed = SEED } = options;
    const proxy = await FaultProxy.start({ server, ca, credential, folder, seed });
    return new Stage({ cluster, namespace, proxy, folder });
  }

  get namespace(): string {
    return this.objects.namespace;
  }

  get ork(): OrkProcess {
    if (this.#ork === undefined) throw new Error("Cannot use ork: it does not run");
    return this.#ork;
  }

  /** Starts the built `ork` behind the proxy, and waits until it is ready unless told otherwise. */
  async start({ isReady = true }: { isReady?: boolean } = {}): Promise<OrkProcess> {
    const args = ["-f", this.#folder, "--kubeconfig", this.proxy.kubeconfig()];
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
  takePassedWrites() {
    return this.proxy.takePassed().filter((request) => matchesRequest(request, this.writes));
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
    return performance.now() - startMs;
  }

  async untilGone(kind: Kind, timeoutMs = 15_000): Promise<void> {
    await eventually(
      `no ${kind} is left`,
      async () => (await this.objects.list(kind)).length === 0,
      { timeoutMs },
    );
  }

  /** Everything that ork asked of the server for this namespace, or for all, since the last call. */
  takeRequests(): readonly AuditedRequest[] {
    return this.#audit
      .take()
      .filter(({ user }) => user === "operator")
      .filter((request) => !isHousekeeping(request))
      .filter(({ namespace }) => namespace === this.namespace || namespace === "");
  }

  takeWrites(): readonly AuditedRequest[] {
    return this.takeRequests().filter(isWrite);
  }

  /** Successful creations and deletions by ork since the last call, for each object. */
  takeBirths(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { verb, resource, name, code } of this.takeWrites()) {
      const act = code === 201 ? "create" : verb === "delete" && code < 300 ? "delete" : undefined;
      if (act === undefined) continue;
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
    await rm(this.#folder, { recursive: true, force: true });
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

/** One operator box for a kind of the tests. */
export function box(
  kind: Kind,
  {
    reconcile = WIDGET_BOX,
    emit = SEEN,
    ...more
  }: { reconcile?: object; emit?: object } & object = {},
): object {
  return { crdFile: `./${kind.toLowerCase()}.yaml`, operatorBox: { reconcile, emit, ...more } };
}

function katalog(namespace: string, options: StageOptions): object {
  const { resync = "1s", workers = 3 } = options;
  const standard = {
    widget: box("Widget", { reconcile: { ...WIDGET_BOX, resync, workers } }),
  };
  const crds = Object.entries(options.crds ?? standard).map(([name, entry]) => [
    name,
    { namespace, ...entry },
  ]);
  return {
    apiVersion: "orkestra.orkspace.io/v1",
    kind: "Katalog",
    metadata: { name: namespace },
    spec: { crds: Object.fromEntries(crds) },
  };
}

interface Katalog {
  readonly spec: { readonly crds: Readonly<Record<string, object>> };
}

async function exampleKatalog(namespace: string, example: string, folder: string): Promise<object> {
  const source = join(ROOT, "examples", example);
  await cp(source, folder, { recursive: true });
  const document = Bun.YAML.parse(await readFile(join(source, "katalog.yaml"), "utf8")) as Katalog;
  const crds = Object.entries(document.spec.crds).map(([name, entry]) => [
    name,
    { ...entry, namespace },
  ]);
  const metadata = { name: namespace };
  return { ...document, metadata, spec: { ...document.spec, crds: Object.fromEntries(crds) } };
}

/** Installed once for all files of a run. */
let installed: Promise<unknown> | undefined;

function installKinds(cluster: Cluster): Promise<unknown> {
  installed ??= Promise.all(
    (Object.keys(KINDS) as Kind[]).map((kind) => cluster.installCrd(crdOf(kind))),
  );
  return installed;
}

const GADGETS = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gadgets.${GROUP}`;

/** Takes the CRD of the Gadgets away, and waits until it is. Put it back in the same test. */
export async function removeGadgets(cluster: Cluster): Promise<void> {
  await cluster.json("DELETE", GADGETS);
  await eventually("the CRD is gone", async () => {
    return (await cluster.request("GET", GADGETS)).status === 404;
  });
}

export function installGadgets(cluster: Cluster): Promise<void> {
  return cluster.installCrd(crdOf("Gadget"));
}

function crdOf(kind: Kind): CrdManifest {
  const [, plural] = KINDS[kind];
  const text = { type: "string" };
  const openAPIV3Schema = {
    type: "object",
    properties: {
      spec: {
        type: "object",
        properties: { text, items: { type: "array", items: text }, size: { type: "integer" } },
      },
      status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
    },
  };
  const definition = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: "Namespaced",
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema },
        },
      ],
    },
  } as const;
  return definition;
}
