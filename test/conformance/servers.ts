/** The two servers that every case runs against, as endpoints, prepared with the shared definitions. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startSandbox } from "../../src/sandbox/sandbox.ts";
import { systemClock } from "../../src/std/clock.ts";
import { isJsonObject, type JsonObject } from "../../src/std/json.ts";
import type { Logger } from "../../src/telemetry/log.ts";
import type { Cluster } from "../support/cluster-client.ts";
import { outputOf } from "../support/process-output.ts";
import { type Endpoint, send } from "./api-client.ts";
import { CaseApi, type ConformanceCase, type KubectlAnswer, type ServerFacts } from "./case.ts";
import { DEFINITIONS_PATH, GROUP, gadgetDefinition, widgetDefinition } from "./fixtures.ts";

export interface ConformanceServer extends AsyncDisposable, ServerFacts {}

/** What the sandbox logs is a fault of the sandbox: a test that sees it should say so. */
const loudLog: Logger = {
  debug() {},
  info() {},
  warn: (message, fields) => console.error(`sandbox: ${message}`, fields),
  error: (message, fields) => console.error(`sandbox: ${message}`, fields),
  child: () => loudLog,
};

export async function sandboxServer(kubectlPath: string | undefined): Promise<ConformanceServer> {
  const sandbox = await startSandbox({ clock: systemClock, log: loudLog });
  const folder = await mkdtemp(join(tmpdir(), "orkestra-conformance-"));
  const kubeconfig = join(folder, "kubeconfig");
  await writeFile(kubeconfig, sandbox.kubeconfig);
  const endpoint: Endpoint = { url: sandbox.url };
  await installDefinitions(endpoint);
  return {
    endpoint,
    kubectl: (args, stdin) => runKubectl({ path: kubectlPath, kubeconfig, folder }, args, stdin),
    async [Symbol.asyncDispose]() {
      await sandbox.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The cluster stays; what the cases made of cluster-wide things goes. */
export async function realServer(cluster: Cluster): Promise<ConformanceServer> {
  const credential = cluster.credential("admin");
  const endpoint: Endpoint =
    credential.kind === "certificate"
      ? {
          url: cluster.server,
          tls: { ca: cluster.ca, cert: credential.certificate, key: credential.key },
        }
      : { url: cluster.server, tls: { ca: cluster.ca }, token: credential.token };
  const folder = await mkdtemp(join(tmpdir(), "orkestra-conformance-"));
  const where = { path: cluster.kubectlPath, kubeconfig: cluster.kubeconfigPath, folder };
  await installDefinitions(endpoint);
  return {
    endpoint,
    kubectl: (args, stdin) => runKubectl(where, args, stdin),
    async [Symbol.asyncDispose]() {
      for (const plural of ["widgets", "gadgets"]) {
        await send(endpoint, `DELETE ${DEFINITIONS_PATH}/${plural}.${GROUP}`);
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Runs a case in a namespace of its own and gives what was answered. */
export async function runCase(
  server: ConformanceServer,
  { run }: ConformanceCase,
): Promise<readonly unknown[]> {
  const created = await send(server.endpoint, "POST /api/v1/namespaces", {
    body: { metadata: { generateName: "conformance-" } },
  });
  const metadata = isJsonObject(created.body) ? created.body["metadata"] : undefined;
  const namespace = isJsonObject(metadata) ? String(metadata["name"]) : "";
  if (created.status !== 201)
    throw new Error(`Cannot make a namespace: ${JSON.stringify(created.body)}`);
  const api = new CaseApi(server, namespace);
  try {
    await run(api);
  } finally {
    // Not awaited to the end: a real server takes seconds to empty a namespace.
    await send(server.endpoint, `DELETE /api/v1/namespaces/${namespace}`);
  }
  return api.transcript;
}

async function installDefinitions(endpoint: Endpoint): Promise<void> {
  for (const definition of [widgetDefinition, gadgetDefinition]) {
    const { name } = definition["metadata"] as { name: string };
    // Applied, so that one left over from a run that broke off is brought up to date.
    const call = `PATCH ${DEFINITIONS_PATH}/${name}?fieldManager=conformance&force=true`;
    const type = "application/apply-patch+yaml";
    const { status, body } = await send(endpoint, call, { body: definition, type });
    if (status >= 300) throw new Error(`Cannot define "${name}": ${JSON.stringify(body)}`);
  }
  await waitUntilServed(endpoint, `/apis/${GROUP}/v1/namespaces/default/widgets`, {
    apiVersion: `${GROUP}/v1`,
    kind: "Widget",
    metadata: { generateName: "probe-" },
    spec: { size: 1 },
  });
}

const POLL_MS = 100;
const POLLS = 200;

async function waitUntilServed(endpoint: Endpoint, path: string, probe: JsonObject): Promise<void> {
  for (let poll = 0; poll < POLLS; poll++) {
    const { status } = await send(endpoint, `POST ${path}?dryRun=All`, { body: probe });
    if (status === 201) return;
    await sleep(POLL_MS);
  }
  throw new Error(`Kind at ${path} was never served`);
}

/** What `kubectl edit` starts: the cases write their objects so that this changes them. */
const EDITOR = "sed -i -e s/nginx:1.27/nginx:1.99/ -e s/first/second/";

interface KubectlSite {
  readonly path: string | undefined;
  readonly kubeconfig: string;
  readonly folder: string;
}

async function runKubectl(
  { path, kubeconfig, folder }: KubectlSite,
  args: readonly string[],
  stdin?: string,
): Promise<KubectlAnswer> {
  if (path === undefined) throw new Error("Cannot run kubectl: there is none");
  const child = Bun.spawn([path, ...args], {
    env: {
      ...process.env,
      KUBECONFIG: kubeconfig,
      KUBECACHEDIR: join(folder, "cache"),
      KUBE_EDITOR: EDITOR,
    },
    stdin: stdin === undefined ? "ignore" : new Blob([stdin]),
    stdout: "pipe",
    stderr: "pipe",
  });
  return await outputOf(child);
}
