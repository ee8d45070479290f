/** Objects of one namespace, by `Kind/name`, for tests that read as a user's sentences. */
import type { Cluster } from "./cluster-client.ts";
import { eventually } from "./eventually.ts";

/** `"Deployment/hello"` */
export type Ref = `${string}/${string}`;

export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly generation: number;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly finalizers?: readonly string[];
    readonly ownerReferences?: readonly {
      readonly kind: string;
      readonly name: string;
      readonly uid: string;
    }[];
    readonly deletionTimestamp?: string;
  };
  // biome-ignore lint/suspicious/noExplicitAny: tests look into objects of all kinds
  readonly [field: string]: any;
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number;
}

/** Kind → API version and plural. */
const KINDS: Readonly<Record<string, readonly [apiVersion: string, plural: string]>> = {
  ConfigMap: ["v1", "configmaps"],
  Event: ["v1", "events"],
  PersistentVolumeClaim: ["v1", "persistentvolumeclaims"],
  Pod: ["v1", "pods"],
  ResourceQuota: ["v1", "resourcequotas"],
  Secret: ["v1", "secrets"],
  Service: ["v1", "services"],
  ServiceAccount: ["v1", "serviceaccounts"],
  Deployment: ["apps/v1", "deployments"],
  StatefulSet: ["apps/v1", "statefulsets"],
  Job: ["batch/v1", "jobs"],
  Ingress: ["networking.k8s.io/v1", "ingresses"],
  NetworkPolicy: ["networking.k8s.io/v1", "networkpolicies"],
  PodDisruptionBudget: ["policy/v1", "poddisruptionbudgets"],
  Role: ["rbac.authorization.k8s.io/v1", "roles"],
  RoleBinding: ["rbac.authorization.k8s.io/v1", "rolebindings"],
  AlertRule: ["demo.orkestra.dev/v1", "alertrules"],
  Bulletin: ["demo.orkestra.dev/v1", "bulletins"],
  Application: ["demo.orkestra.dev/v1", "applications"],
  Cache: ["demo.orkestra.dev/v1", "caches"],
  Database: ["demo.orkestra.dev/v1", "databases"],
  Fleet: ["demo.orkestra.dev/v1", "fleets"],
  Monitor: ["demo.orkestra.dev/v1", "monitors"],
  Notice: ["demo.orkestra.dev/v1", "notices"],
  Tenant: ["demo.orkestra.dev/v1", "tenants"],
  Website: ["demo.orkestra.dev/v1", "websites"],
};

export class NamespacedObjects {
  readonly namespace: string;
  readonly #cluster: Cluster;
  readonly #kinds: Readonly<Record<string, readonly [apiVersion: string, plural: string]>>;

  /** `kinds` are those that the table here does not know. */
  constructor(
    cluster: Cluster,
    namespace: string,
    kinds: Readonly<Record<string, readonly [apiVersion: string, plural: string]>> = {},
  ) {
    this.#cluster = cluster;
    this.namespace = namespace;
    this.#kinds = { ...KINDS, ...kinds };
  }

  /** `undefined` when there is none. */
  async find(ref: Ref): Promise<KubeObject | undefined> {
    const response = await this.#cluster.request("GET", this.#path(ref));
    if (response.status === 404) return undefined;
    if (!response.ok) throw new Error(`Cannot read ${ref}: ${await response.text()}`);
    return (await response.json()) as KubeObject;
  }

  async get(ref: Ref): Promise<KubeObject> {
    const object = await this.find(ref);
    if (object === undefined) throw new Error(`There is no ${ref} in "${this.namespace}"`);
    return object;
  }

  async list(kind: string): Promise<readonly KubeObject[]> {
    const { items } = await this.#cluster.json<{ items: KubeObject[] }>("GET", this.#path(kind));
    return items;
  }

  create(kind: string, name: string, rest: Readonly<Record<string, unknown>>): Promise<KubeObject> {
    const [apiVersion] = this.#kind(kind);
    const body = { apiVersion, kind, metadata: { name, namespace: this.namespace }, ...rest };
    return this.#cluster.json<KubeObject>("POST", this.#path(kind), { body });
  }

  /** A JSON merge patch, by somebody who is not the operator. */
  patch(ref: Ref, body: unknown): Promise<KubeObject> {
    const contentType = "application/merge-patch+json";
    return this.#cluster.json<KubeObject>("PATCH", `${this.#path(ref)}?fieldManager=somebody`, {
      body,
      contentType,
    });
  }

  async delete(ref: Ref): Promise<void> {
    await this.#cluster.json("DELETE", this.#path(ref));
  }

  async deleteIfThere(ref: Ref): Promise<void> {
    const { ok, status } = await this.#cluster.request("DELETE", this.#path(ref));
    if (!ok && status !== 404) throw new Error(`Cannot delete ${ref}: status ${status}`);
  }

  untilThere(ref: Ref): Promise<KubeObject> {
    return eventually(`${ref} is there`, () => this.find(ref));
  }

  async untilGone(ref: Ref, timeoutMs = 20_000): Promise<void> {
    const isGone = async () => (await this.find(ref)) === undefined;
    await eventually(`${ref} is gone`, isGone, { timeoutMs });
  }

  /** The custom resource when its condition `Ready` is true and speaks of its present generation. */
  async untilReady(ref: Ref): Promise<KubeObject> {
    let last: KubeObject | undefined;
    try {
      return await eventually(`${ref} is ready`, async () => {
        last = await this.find(ref);
        const ready = conditionOf(last, "Ready");
        const isCurrent = ready?.observedGeneration === last?.metadata.generation;
        return ready?.status === "True" && isCurrent && last;
      });
    } catch (error) {
      const status = JSON.stringify(last?.["status"] ?? null, null, 2);
      throw new Error(`${ref} is not ready, its status is ${status}`, { cause: error });
    }
  }

  #kind(kind: string): readonly [apiVersion: string, plural: string] {
    const known = this.#kinds[kind];
    if (known === undefined) throw new Error(`Cannot address a ${kind}: its API is not known here`);
    return known;
  }

  #path(ref: string): string {
    const [kind = "", name] = ref.split("/");
    const [apiVersion, plural] = this.#kind(kind);
    const root = apiVersion === "v1" ? "/api" : "/apis";
    const path = `${root}/${apiVersion}/namespaces/${this.namespace}/${plural}`;
    return name === undefined ? path : `${path}/${name}`;
  }
}

export function conditionOf(object: KubeObject | undefined, type: string): Condition | undefined {
  const conditions = (object?.["status"]?.conditions ?? []) as readonly Condition[];
  return conditions.find((condition) => condition.type === type);
}
