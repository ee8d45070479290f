/**
 * Starts a control plane as processes of this machine: etcd, kube-apiserver and, when asked for,
 * kube-controller-manager, kube-scheduler and kwok. Everything listens on 127.0.0.1 only and lives in
 * one folder that is thrown away.
 *
 * Guarantees: TLS with an authority of its own, client certificates, tokens and RBAC as in production;
 * servers die with this process; etcd is ended last (an API server without etcd does not stop).
 */
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAlive } from "./build-lock.ts";
import { Cluster, type ClusterDescription } from "./cluster-client.ts";
import type { ClusterOptions } from "./cluster-options.ts";
import { type ControlPlanePrograms, prepareControlPlane } from "./controlplane-build.ts";
import { eventually } from "./eventually.ts";
import { freePorts } from "./free-port.ts";
import type { Credential } from "./kubeconfig.ts";
import { type ServerProcess, startServer } from "./server-process.ts";

/** How to run a Kubernetes program: a file of its own, or a role of our one binary. */
interface Toolbox {
  readonly provider: "envtest" | "controlplane";
  /** Command line of a component. */
  readonly run: (component: string) => readonly [command: string, ...args: string[]];
  readonly kubectl: string;
  readonly programs?: ControlPlanePrograms;
}

interface Site {
  readonly folder: string;
  readonly tools: Toolbox;
  readonly options: ClusterOptions;
  readonly servers: ServerProcess[];
}

/** Groups of the certificate users; `orkestra-test:operators` is bound to cluster-admin by RBAC. */
const CERTIFICATE_USERS: Readonly<Record<string, string>> = {
  admin: "system:masters",
  operator: "orkestra-test:operators",
  floor: "orkestra-test:operators",
  kwok: "system:masters",
  "system:kube-controller-manager": "",
  "system:kube-scheduler": "",
};

const TOKEN_USERS: Readonly<Record<string, string>> = {
  "admin-token": "system:masters",
  "operator-token": "orkestra-test:operators",
  nobody: "",
};

const FOLDER_PREFIX = "orkestra-cluster-";

/** Another process may take a port between its choice and its use. */
const ATTEMPTS = 3;

export async function startLocalCluster(
  provider: "envtest" | "controlplane",
  options: ClusterOptions,
): Promise<Cluster> {
  const tools = await openToolbox(provider, options);
  await sweepAbandoned();
  for (let attempt = 1; ; attempt++) {
    const folder = await mkdtemp(join(tmpdir(), FOLDER_PREFIX));
    await writeFile(join(folder, "pid"), String(process.pid));
    const site: Site = { folder, tools, options, servers: [] };
    try {
      const description = await startServers(site);
      return new Cluster(description, () => endServers(site));
    } catch (error) {
      await endServers(site);
      const isPortTaken = String(error).includes("address already in use");
      if (!isPortTaken || attempt === ATTEMPTS) throw error;
    }
  }
}

/** Removes the folders of processes that were killed; their servers went with them. */
async function sweepAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(FOLDER_PREFIX)) continue;
    const folder = join(tmpdir(), name);
    const pid = Number(await readFile(join(folder, "pid"), "utf8").catch(() => "0"));
    if (pid > 0 && !isAlive(pid)) await rm(folder, { recursive: true, force: true });
  }
}

async function openToolbox(
  provider: "envtest" | "controlplane",
  options: ClusterOptions,
): Promise<Toolbox> {
  const env = options.env ?? process.env;
  if (provider === "controlplane") {
    const programs = await prepareControlPlane({ env });
    return {
      provider,
      programs,
      kubectl: programs.kubectl,
      run: (component) => [programs.controlPlane, component],
    };
  }
  if (options.controllers || options.scheduler || options.kwok) {
    throw new Error(
      `Cannot start controllers from KUBEBUILDER_ASSETS: it holds only etcd and kube-apiserver, expected a provider with all of Kubernetes`,
    );
  }
  const assets = env["KUBEBUILDER_ASSETS"] ?? "";
  for (const name of ["etcd", "kube-apiserver", "kubectl"]) {
    if (existsSync(join(assets, name))) continue;
    throw new Error(`Cannot use KUBEBUILDER_ASSETS "${assets}": it has no "${name}"`);
  }
  return {
    provider,
    kubectl: join(assets, "kubectl"),
    run: (component) => [join(assets, component)],
  };
}

async function startServers(site: Site): Promise<ClusterDescription> {
  const { folder, tools, options } = site;
  const [etcdPort, etcdPeerPort, apiPort] = (await freePorts(3)) as [number, number, number];
  const users = await writeCredentials(site);
  startEtcd(site, etcdPort, etcdPeerPort);
  const auditLogPath = join(folder, "audit.log");
  if (options.audit) await writeFile(join(folder, "audit-policy.json"), AUDIT_POLICY);
  start(site, "kube-apiserver", apiServerFlags(site, { etcdPort, apiPort, auditLogPath }));
  const description: ClusterDescription = {
    provider: tools.provider,
    server: `https://127.0.0.1:${apiPort}`,
    ca: await readServingAuthority(site),
    users,
    kubectlPath: tools.kubectl,
    folder,
    ...(options.audit && { auditLogPath }),
    features: {
      controllers: Boolean(options.controllers || options.kwok),
      pods: Boolean(options.kwok),
      audit: Boolean(options.audit),
    },
  };
  // Only a view on what runs: closing it ends nothing.
  const cluster = new Cluster(description, async () => {});
  await untilReady(site, cluster);
  await grantOperators(cluster);
  await startControllers(site, cluster);
  return description;
}

function start(site: Site, component: string, flags: Readonly<Record<string, string>>): void {
  const [command, ...args] = site.tools.run(component);
  for (const [name, value] of Object.entries(flags)) args.push(`--${name}=${value}`);
  const logPath = join(site.folder, `${component}.log`);
  const leashed = site.tools.provider === "controlplane";
  const { serverEnv = {} } = site.options;
  site.servers.push(startServer({ command, args, logPath, leashed, env: serverEnv }));
}

function startEtcd(site: Site, port: number, peerPort: number): void {
  const url = `http://127.0.0.1:${port}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  start(site, "etcd", {
    "data-dir": join(site.folder, "etcd"),
    "listen-client-urls": url,
    "advertise-client-urls": url,
    "listen-peer-urls": peer,
    "initial-advertise-peer-urls": peer,
    "initial-cluster": `default=${peer}`,
    "log-level": "error",
    // Nobody needs this data after a power cut.
    "unsafe-no-fsync": "true",
  });
}

function apiServerFlags(
  { folder, options, tools }: Site,
  at: { etcdPort: number; apiPort: number; auditLogPath: string },
): Record<string, string> {
  const hasCertificates = tools.provider === "controlplane";
  return {
    "etcd-servers": `http://127.0.0.1:${at.etcdPort}`,
    "bind-address": "127.0.0.1",
    "advertise-address": "127.0.0.1",
    "secure-port": String(at.apiPort),
    "cert-dir": join(folder, "certs"),
    ...(hasCertificates && {
      "tls-cert-file": join(folder, "certs", "server.crt"),
      "tls-private-key-file": join(folder, "certs", "server.key"),
      "client-ca-file": join(folder, "certs", "client-ca.crt"),
    }),
    "service-account-issuer": "https://kubernetes.default.svc",
    "service-account-key-file": join(folder, "certs", "service-account.key"),
    "service-account-signing-key-file": join(folder, "certs", "service-account.key"),
    "token-auth-file": join(folder, "tokens.csv"),
    "authorization-mode": "RBAC",
    "service-cluster-ip-range": "10.0.0.0/12",
    // The Endpoints of the service "kubernetes" may not be a loopback address: leave them out.
    "endpoint-reconciler-type": "none",
    // A new namespace has no default service account in time, and pods need no token here.
    "disable-admission-plugins": "ServiceAccount",
    ...(options.audit && {
      "audit-policy-file": join(folder, "audit-policy.json"),
      "audit-log-path": at.auditLogPath,
    }),
  };
}

/** One line per request of the users that tests count; streams are there from their start on. */
const AUDIT_POLICY = JSON.stringify({
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  omitManagedFields: true,
  rules: [
    { level: "Metadata", users: ["operator", "operator-token", "floor"] },
    { level: "None", userGroups: ["system:serviceaccounts:kube-system"] },
    { level: "Metadata", userGroups: ["system:serviceaccounts"] },
    { level: "None" },
  ],
});

async function writeCredentials(site: Site): Promise<Record<string, Credential>> {
  const { folder, tools } = site;
  const users: Record<string, Credential> = {};
  const lines: string[] = [];
  const certificateUsers = Object.entries(CERTIFICATE_USERS);
  const tokenUsers = Object.entries(TOKEN_USERS);
  if (tools.programs === undefined) {
    // Without our binary there is nothing to issue certificates with: these users get tokens too.
    tokenUsers.push(...certificateUsers);
    await writeServiceAccountKey(join(folder, "certs"));
  } else {
    await issueCertificates(tools.programs.controlPlane, join(folder, "certs"));
    for (const [name] of certificateUsers) {
      users[name] = await readCertificate(join(folder, "certs", name.replaceAll(":", "-")));
    }
  }
  for (const [name, group] of tokenUsers) {
    const token = crypto.randomUUID();
    users[name] = { kind: "token", token };
    lines.push(`${token},${name},${name},"${group}"`);
  }
  await writeFile(join(folder, "tokens.csv"), `${lines.join("\n")}\n`, { mode: 0o600 });
  return users;
}

async function issueCertificates(program: string, folder: string): Promise<void> {
  const users = Object.entries(CERTIFICATE_USERS).map(([name, group]) =>
    group === "" ? `--user=${name}` : `--user=${name},${group}`,
  );
  const child = Bun.spawn([program, "certs", `--dir=${folder}`, ...users], {
    stdin: "ignore",
    stderr: "pipe",
  });
  const errors = await new Response(child.stderr).text();
  if ((await child.exited) !== 0) throw new Error(errors.trim());
}

async function readCertificate(path: string): Promise<Credential> {
  const [certificate, key] = await Promise.all([
    readFile(`${path}.crt`, "utf8"),
    readFile(`${path}.key`, "utf8"),
  ]);
  return { kind: "certificate", certificate, key };
}

/** Our own authority, or else the one that kube-apiserver makes itself and appends to its certificate. */
async function readServingAuthority({ folder, tools }: Site): Promise<string> {
  const certs = join(folder, "certs");
  if (tools.provider === "controlplane") return readFile(join(certs, "ca.crt"), "utf8");
  const chain = await eventually("kube-apiserver has written its certificate", async () => {
    const text = await readFile(join(certs, "apiserver.crt"), "utf8");
    return text.split(/(?<=-----END CERTIFICATE-----\n)/);
  });
  return chain.at(-1) ?? "";
}

async function writeServiceAccountKey(folder: string): Promise<void> {
  const { generateKeyPairSync } = await import("node:crypto");
  const { mkdir } = await import("node:fs/promises");
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" });
  await writeFile(join(folder, "service-account.key"), pem, { mode: 0o600 });
}

async function untilReady(site: Site, cluster: Cluster): Promise<void> {
  let failure: string | undefined;
  await eventually(
    "kube-apiserver is ready",
    async () => {
      failure = site.servers.map((server) => server.ended()).find((text) => text !== undefined);
      if (failure !== undefined) return true;
      return (await cluster.request("GET", "/readyz")).ok;
    },
    { timeoutMs: 60_000 },
  );
  if (failure !== undefined) throw new Error(`Cannot start a control plane: ${failure}`);
}

async function grantOperators(cluster: Cluster): Promise<void> {
  await cluster.json("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
    body: {
      metadata: { name: "orkestra-test:operators" },
      roleRef: {
        apiGroup: "rbac.authorization.k8s.io",
        kind: "ClusterRole",
        name: "cluster-admin",
      },
      subjects: [{ kind: "Group", name: "orkestra-test:operators" }],
    },
  });
}

async function startControllers(site: Site, cluster: Cluster): Promise<void> {
  const { kwok = false } = site.options;
  const { controllers = kwok, scheduler = kwok } = site.options;
  const certs = join(site.folder, "certs");
  if (controllers) {
    start(site, "kube-controller-manager", {
      ...componentFlags(cluster, "system:kube-controller-manager"),
      "service-account-private-key-file": join(certs, "service-account.key"),
      "root-ca-file": join(certs, "ca.crt"),
      // Each controller acts as a service account of its own, with the rights that RBAC gives it.
      "use-service-account-credentials": "true",
      "kube-api-qps": "500",
      "kube-api-burst": "1000",
      "enable-hostpath-provisioner": "true",
    });
  }
  if (scheduler) {
    start(site, "kube-scheduler", componentFlags(cluster, "system:kube-scheduler"));
  }
  if (kwok) {
    await provideVolumes(cluster);
    await startKwok(site, cluster);
  }
}

/** Claims get volumes, as most clusters give them: pods that use one would never be scheduled. */
async function provideVolumes(cluster: Cluster): Promise<void> {
  const annotations = { "storageclass.kubernetes.io/is-default-class": "true" };
  await cluster.json("POST", "/apis/storage.k8s.io/v1/storageclasses", {
    body: {
      metadata: { name: "standard", annotations },
      // An empty folder below /tmp for each, which goes with the claim.
      provisioner: "kubernetes.io/host-path",
    },
  });
}

function componentFlags(cluster: Cluster, user: string): Record<string, string> {
  const kubeconfig = cluster.kubeconfig(user);
  return {
    kubeconfig,
    "authentication-kubeconfig": kubeconfig,
    "authorization-kubeconfig": kubeconfig,
    "leader-elect": "false",
    // No port of their own: nobody scrapes them, and two clusters on one machine must not meet.
    "secure-port": "0",
  };
}

async function startKwok(site: Site, cluster: Cluster): Promise<void> {
  const { programs } = site.tools;
  if (programs === undefined) throw new Error("Cannot start kwok: it was not built");
  const stages = programs.kwokStages.map((path) => `--config=${path}`);
  const args = ["--manage-all-nodes=true", "--node-lease-duration-seconds=40", ...stages];
  site.servers.push(
    startServer({
      command: programs.kwok,
      args: [`--kubeconfig=${cluster.kubeconfig("kwok")}`, ...args],
      logPath: join(site.folder, "kwok.log"),
      leashed: false,
    }),
  );
  for (const name of ["node-1", "node-2"]) {
    await cluster.json("POST", "/api/v1/nodes", {
      body: { metadata: { name, labels: { "kubernetes.io/hostname": name } } },
    });
  }
  await eventually("the pretended nodes are ready", async () => {
    const { items } = await cluster.json<{ items: NodeFacts[] }>("GET", "/api/v1/nodes");
    return items.every((node) =>
      node.status.conditions?.some(({ type, status }) => type === "Ready" && status === "True"),
    );
  });
}

interface NodeFacts {
  readonly status: { readonly conditions?: readonly { type: string; status: string }[] };
}

/** In the reverse order of their start, so that etcd is the last. */
async function endServers(site: Site): Promise<void> {
  for (const server of site.servers.reverse()) await server.kill();
  await rm(site.folder, { recursive: true, force: true, maxRetries: 3 });
}
