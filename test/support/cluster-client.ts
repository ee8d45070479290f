/**
 * What a test does with a cluster, the same for every provider: kubeconfigs of several users, kubectl,
 * plain requests, namespaces, CRDs, service accounts with exactly the rights that a test names.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "./eventually.ts";
import { type Credential, kubeconfigText } from "./kubeconfig.ts";
import { outputOf } from "./process-output.ts";

/** Everything that is needed to use a running cluster; plain data, so that it can go through a file. */
export interface ClusterDescription {
  readonly provider: string;
  /** `https://127.0.0.1:12345` */
  readonly server: string;
  /** PEM of the authority that signed the serving certificate. */
  readonly ca: string;
  readonly users: Readonly<Record<string, Credential>>;
  readonly kubectlPath: string;
  /** Takes kubeconfigs and whatever else belongs to this cluster. */
  readonly folder: string;
  readonly auditLogPath?: string;
  readonly features: ClusterFeatures;
}

export interface ClusterFeatures {
  readonly controllers: boolean;
  /** Pods run, be it by kwok or by real kubelets. */
  readonly pods: boolean;
  readonly audit: boolean;
}

export interface KubectlResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RequestOptions {
  readonly body?: unknown;
  /** Default `application/json`. */
  readonly contentType?: string;
  /** Default `admin`. */
  readonly user?: string;
  readonly signal?: AbortSignal;
}

export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** As much of a CustomResourceDefinition as `installCrd` reads. */
export interface CrdManifest {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly scope: "Namespaced" | "Cluster";
    readonly names: { readonly plural: string; readonly kind: string };
    readonly versions: readonly { readonly name: string }[];
  };
}

/** The Kubernetes answer to a request that did not succeed. */
class ApiError extends Error {
  readonly status: number;
  constructor(message: string, status: number) {
    super(message);
    this.name = "ApiError";
    this.status = status;
  }
}

/** From a CRD's establishment on, kube-apiserver holds creates for this long. */
const ESTABLISHING_DELAY_MS = 2_000;

export class Cluster implements AsyncDisposable {
  readonly #description: ClusterDescription;
  readonly #close: () => Promise<void>;
  readonly #namespaces: string[] = [];

  constructor(description: ClusterDescription, close: () => Promise<void>) {
    this.#description = description;
    this.#close = close;
    mkdirSync(description.folder, { recursive: true });
  }

  get description(): ClusterDescription {
    return this.#description;
  }
  get server(): string {
    return this.#description.server;
  }
  get ca(): string {
    return this.#description.ca;
  }
  get features(): ClusterFeatures {
    return this.#description.features;
  }
  get kubectlPath(): string {
    return this.#description.kubectlPath;
  }
  get auditLogPath(): string | undefined {
    return this.#description.auditLogPath;
  }
  /** Of the administrator. */
  get kubeconfigPath(): string {
    return this.kubeconfig("admin");
  }

  /**
   * Writes a kubeconfig and returns its path. Users of a control plane that we start:
   * `admin` (certificate, system:masters), `admin-token`, `operator` and `floor` (certificate, bound to
   * cluster-admin by RBAC, in the audit log), `operator-token`, `nobody` (a token without any rights).
   * On other clusters: `admin`, `operator`, `floor`, `nobody`, all by token.
   */
  kubeconfig(user = "admin", namespace = "default"): string {
    const { server, ca, folder } = this.#description;
    const path = join(folder, `${user}.${namespace}.kubeconfig`.replaceAll(":", "-"));
    const text = kubeconfigText({ server, ca, user, namespace, credential: this.credential(user) });
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  }

  credential(user: string): Credential {
    const credential = this.#description.users[user];
    if (credential !== undefined) return credential;
    const known = Object.keys(this.#description.users).join(", ");
    throw new Error(`Cannot act as "${user}": expected one of ${known}`);
  }

  /** Runs kubectl of the server's version and returns its standard output; a failure is thrown. */
  async kubectl(args: readonly string[], options: { stdin?: string; user?: string } = {}) {
    const result = await this.tryKubectl(args, options);
    if (result.code === 0) return result.stdout;
    throw new Error(`kubectl ${args.join(" ")} ended with ${result.code}: ${result.stderr.trim()}`);
  }

  async tryKubectl(
    args: readonly string[],
    options: { stdin?: string; user?: string } = {},
  ): Promise<KubectlResult> {
    const child = Bun.spawn([this.kubectlPath, ...args], {
      env: {
        ...process.env,
        KUBECONFIG: this.kubeconfig(options.user),
        // Discovery is cached below HOME; another cluster may have had the same port.
        KUBECACHEDIR: join(this.#description.folder, "kubectl-cache"),
      },
      stdin: options.stdin === undefined ? "ignore" : new Blob([options.stdin]),
      stdout: "pipe",
      stderr: "pipe",
    });
    return await outputOf(child);
  }

  /** A plain request; the caller looks at the status. */
  request(method: string, path: string, options: RequestOptions = {}): Promise<Response> {
    const credential = this.credential(options.user ?? "admin");
    const tls =
      credential.kind === "certificate"
        ? { ca: this.ca, cert: credential.certificate, key: credential.key }
        : { ca: this.ca };
    return fetch(this.server + path, {
      method,
      tls,
      // Watches may be silent for long.
      timeout: false,
      headers: {
        Accept: "application/json",
        ...(credential.kind === "token" && { Authorization: `Bearer ${credential.token}` }),
        ...(options.body !== undefined && {
          "Content-Type": options.contentType ?? "application/json",
        }),
      },
      ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
      ...(options.signal && { signal: options.signal }),
    } as RequestInit);
  }

  /** A request whose answer is JSON. @throws ApiError when the status is not 2xx */
  async json<T = Record<string, unknown>>(
    method: string,
    path: string,
    options: RequestOptions = {},
  ): Promise<T> {
    const response = await this.request(method, path, options);
    const text = await response.text();
    if (!response.ok) {
      throw new ApiError(`${method} ${path} answered ${response.status}: ${text}`, response.status);
    }
    return JSON.parse(text) as T;
  }

  /** A namespace of the test's own, with a name that nobody else has. */
  async newNamespace(prefix = "test"): Promise<string> {
    const body = { metadata: { generateName: `${prefix}-`, labels: { "orkestra-test": "true" } } };
    const created = await this.json<{ metadata: { name: string } }>("POST", "/api/v1/namespaces", {
      body,
    });
    this.#namespaces.push(created.metadata.name);
    return created.metadata.name;
  }

  /**
   * Creates or replaces a CRD and waits until creates of it are answered at once (kube-apiserver holds
   * them for 2 s after a CRD is established, which would spoil every measurement).
   */
  async installCrd(crd: CrdManifest): Promise<void> {
    const { name } = crd.metadata;
    const crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    await this.json("PATCH", `${crds}/${name}?fieldManager=test&force=true`, {
      body: { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", ...crd },
      contentType: "application/apply-patch+yaml",
    });
    const holdMs = this.#description.provider === "sandbox" ? 0 : ESTABLISHING_DELAY_MS + 1_000;
    const establishedMs = await eventually(`CRD "${name}" is established`, async () => {
      const { status } = await this.json<{ status?: { conditions?: CrdCondition[] } }>(
        "GET",
        `${crds}/${name}`,
      );
      const condition = status?.conditions?.find(({ type }) => type === "Established");
      return condition?.status === "True" && Date.parse(condition.lastTransitionTime);
    });
    // The time of the condition has whole seconds: one more is its rounding.
    const waitMs = establishedMs + holdMs - Date.now();
    const { group, versions, names } = crd.spec;
    await eventually(`CRD "${name}" is served`, async () => {
      const path = `/apis/${group}/${versions[0]?.name}/${names.plural}?limit=1`;
      return (await this.request("GET", path)).ok;
    });
    if (waitMs > 0) await sleep(waitMs);
  }

  /**
   * A service account with exactly these rights, and the path of its kubeconfig.
   * `rules` count in its own namespace, `clusterRules` everywhere.
   */
  async serviceAccount(account: {
    readonly name: string;
    readonly namespace: string;
    readonly rules?: readonly PolicyRule[];
    readonly clusterRules?: readonly PolicyRule[];
  }): Promise<string> {
    const { name, namespace, rules = [], clusterRules = [] } = account;
    const own = `/api/v1/namespaces/${namespace}/serviceaccounts`;
    await this.json("POST", own, { body: { metadata: { name } } });
    await this.#grant(`/namespaces/${namespace}/`, "Role", { name, namespace, rules });
    await this.#grant("/", "ClusterRole", { name, namespace, rules: clusterRules });
    return this.serviceAccountKubeconfig({ name, namespace });
  }

  /** Path of a kubeconfig with a token of a service account that is there. */
  async serviceAccountKubeconfig(account: {
    readonly name: string;
    readonly namespace: string;
  }): Promise<string> {
    const { name, namespace } = account;
    const own = `/api/v1/namespaces/${namespace}/serviceaccounts`;
    const { status } = await this.json<{ status: { token: string } }>(
      "POST",
      `${own}/${name}/token`,
      { body: { spec: { expirationSeconds: 86_400 } } },
    );
    const { server, ca, folder } = this.#description;
    const path = join(folder, `${namespace}.${name}.kubeconfig`);
    const credential = { kind: "token", token: status.token } as const;
    writeFileSync(path, kubeconfigText({ server, ca, user: name, namespace, credential }), {
      mode: 0o600,
    });
    return path;
  }

  async #grant(
    scope: string,
    kind: "Role" | "ClusterRole",
    { name, namespace, rules }: { name: string; namespace: string; rules: readonly PolicyRule[] },
  ): Promise<void> {
    if (rules.length === 0) return;
    const full = kind === "Role" ? name : `${namespace}-${name}`;
    const base = `/apis/rbac.authorization.k8s.io/v1${scope}${kind.toLowerCase()}`;
    await this.json("POST", `${base}s`, { body: { metadata: { name: full }, rules } });
    await this.json("POST", `${base}bindings`, {
      body: {
        metadata: { name: full },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind, name: full },
        subjects: [{ kind: "ServiceAccount", name, namespace }],
      },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#description.provider === "kubeconfig") {
      // A cluster that lives on is left as it was found.
      for (const name of this.#namespaces) {
        await this.request("DELETE", `/api/v1/namespaces/${name}`);
      }
    }
    await this.#close();
  }
}

interface CrdCondition {
  readonly type: string;
  readonly status: string;
  readonly lastTransitionTime: string;
}
