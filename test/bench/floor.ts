/**
 * The floor of the benchmark: the least that any program in this runtime has to do for the same result.
 * A bare client with the same watches open. It drops what they bring, except that a CR is new, and
 * sends the five writes of that CR one after the other, ten CRs at a time. No store, no comparison,
 * no retries: a failed request ends it.
 *
 * Started by the benchmark: `floor [--together] <kubeconfig>`; prints `ready` when its watches are open.
 * With `--together` the three creates of a CR are sent at once: what no program can do sooner.
 */
import { readFileSync } from "node:fs";

interface Site {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly generation: number;
    readonly resourceVersion: string;
  };
  readonly spec: { readonly image: string; readonly replicas: number; readonly title: string };
}

const WORKERS = 10;
const SITES = "/apis/bench.orkestra.dev/v1";
const MANAGED = "labelSelector=orkestra.orkspace.io%2Fmanaged%3Dtrue";

const isTogether = process.argv.includes("--together");
const connection = connect(process.argv.at(-1) ?? "");
const queue: Site[] = [];
const idle: (() => void)[] = [];

await Promise.all([
  watch(`${SITES}/sites?watch=true`, takeNew),
  watch(`/apis/apps/v1/deployments?watch=true&${MANAGED}`, drop),
  watch(`/api/v1/services?watch=true&${MANAGED}`, drop),
  watch(`/api/v1/configmaps?watch=true&${MANAGED}`, drop),
]);
for (let worker = 0; worker < WORKERS; worker++) void work();
console.log("ready");

async function work(): Promise<never> {
  for (;;) {
    const site = queue.shift();
    if (site === undefined) await new Promise<void>((resolve) => idle.push(resolve));
    else await writeAll(site);
  }
}

async function writeAll(site: Site): Promise<void> {
  const { name, namespace, generation, resourceVersion } = site.metadata;
  const own = `${SITES}/namespaces/${namespace}/sites/${name}`;
  await send("PATCH", own, {
    metadata: {
      resourceVersion,
      finalizers: ["orkestra.orkspace.io/cleanup"],
      labels: { "orkestra.orkspace.io/managed": "true" },
      annotations: {
        "orkestra.orkspace.io/managed-by": "bench",
        "orkestra.orkspace.io/managed-since": new Date().toISOString(),
        "orkestra.orkspace.io/config-digest": "sha256:0000000000000000",
      },
    },
  });
  const creates = [
    () => send("POST", `/apis/apps/v1/namespaces/${namespace}/deployments`, deployment(site)),
    () => send("POST", `/api/v1/namespaces/${namespace}/services`, service(site)),
    () => send("POST", `/api/v1/namespaces/${namespace}/configmaps`, configMap(site)),
  ];
  if (isTogether) await Promise.all(creates.map((create) => create()));
  else for (const create of creates) await create();
  const lastTransitionTime = new Date().toISOString();
  const ready = { type: "Ready", status: "False", reason: "Progressing", message: "Deployment" };
  await send("PATCH", `${own}/status`, {
    status: {
      title: site.spec.title,
      observedGeneration: generation,
      conditions: [{ ...ready, lastTransitionTime, observedGeneration: generation }],
    },
  });
}

function deployment(site: Site): object {
  const { name } = site.metadata;
  const labels = { app: name, "orkestra-owner": name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: metadata(site),
    spec: {
      replicas: site.spec.replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [{ name, image: site.spec.image, ports: [{ containerPort: 8080 }] }],
        },
      },
    },
  };
}

function service(site: Site): object {
  const { name } = site.metadata;
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: metadata(site),
    spec: {
      selector: { app: name, "orkestra-owner": name },
      ports: [{ port: 80, targetPort: 8080, protocol: "TCP" }],
    },
  };
}

function configMap(site: Site): object {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: metadata(site),
    data: { title: site.spec.title },
  };
}

function metadata({ apiVersion, kind, metadata: { name, namespace, uid } }: Site): object {
  const owner = { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
  return {
    name,
    namespace,
    labels: {
      "orkestra.orkspace.io/managed": "true",
      "orkestra-owner": name,
      "app.kubernetes.io/managed-by": "orkestra",
    },
    annotations: { "orkestra.orkspace.io/owner-uid": uid },
    ownerReferences: [owner],
  };
}

async function send(method: "POST" | "PATCH", path: string, body: object): Promise<void> {
  const response = await fetch(`${connection.server}${path}?fieldManager=orkestra`, {
    method,
    tls: connection.tls,
    headers: {
      "Content-Type": method === "PATCH" ? "application/merge-patch+json" : "application/json",
      "Accept-Encoding": "identity",
    },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) fail(`${method} ${path} answered ${response.status}: ${text}`);
}

/** Resolves when the server has accepted the watch; reading goes on by itself. */
async function watch(path: string, take: (chunk: Uint8Array) => void): Promise<void> {
  const response = await fetch(connection.server + path, {
    tls: connection.tls,
    headers: { "Accept-Encoding": "identity" },
    timeout: false,
  } as RequestInit);
  if (!response.ok || response.body === null) fail(`GET ${path} answered ${response.status}`);
  else void readOn(response.body, take);
}

async function readOn(
  body: ReadableStream<Uint8Array>,
  take: (chunk: Uint8Array) => void,
): Promise<void> {
  for await (const chunk of body) take(chunk);
  fail("A watch ended");
}

let rest = "";
function takeNew(chunk: Uint8Array): void {
  const lines = (rest + Buffer.from(chunk).toString()).split("\n");
  rest = lines.pop() ?? "";
  for (const line of lines) {
    if (!line.startsWith('{"type":"ADDED"')) continue;
    queue.push((JSON.parse(line) as { object: Site }).object);
    idle.pop()?.();
  }
}

function drop(): void {}

function connect(path: string): { server: string; tls: { ca: string; cert: string; key: string } } {
  const { clusters, users } = JSON.parse(readFileSync(path, "utf8"));
  const text = (base64: string) => Buffer.from(base64, "base64").toString();
  const { user } = users[0];
  const { cluster } = clusters[0];
  return {
    server: cluster.server,
    tls: {
      ca: text(cluster["certificate-authority-data"]),
      cert: text(user["client-certificate-data"]),
      key: text(user["client-key-data"]),
    },
  };
}

function fail(message: string): void {
  console.error(message);
  process.exit(1);
}
