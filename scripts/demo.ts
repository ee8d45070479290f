/**
 * `npm run demo`: the whole product in under a minute, on a machine without a cluster. Starts `ork`
 * with its built-in API server on `examples/website`, then does what a user would do, and shows
 * what happens. Each step is checked: the exit code is 0 only when all of them happened.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KubeClient } from "../src/kube/client.ts";
import { connect } from "../src/kube/connection.ts";
import { createKubeClient } from "../src/kube/kube-client.ts";
import { createTransport } from "../src/kube/transport.ts";
import type { KubeObject, ResourceType } from "../src/schema/object.ts";
import { systemClock } from "../src/std/clock.ts";
import { createMetrics } from "../src/telemetry/metrics.ts";

const WEBSITE: ResourceType = {
  group: "demo.orkestra.dev",
  version: "v1",
  kind: "Website",
  plural: "websites",
  namespaced: true,
};
const DEPLOYMENT: ResourceType = {
  group: "apps",
  version: "v1",
  kind: "Deployment",
  plural: "deployments",
  namespaced: true,
};
const namespace = "default";
const name = "hello";
const STEP_TIMEOUT_MS = 20_000;

const isTerminal = process.stdout.isTTY === true;
const hasColor = isTerminal && !process.env["NO_COLOR"];
const bold = (text: string) => (hasColor ? `\u001b[1m${text}\u001b[0m` : text);
const dim = (text: string) => (hasColor ? `\u001b[2m${text}\u001b[0m` : text);
const green = (text: string) => (hasColor ? `\u001b[32m${text}\u001b[0m` : text);

const started = performance.now();
const folder = await mkdtemp(join(tmpdir(), "ork-demo-"));
const kubeconfig = join(folder, "kubeconfig");
const ork = startOrk();
let isOver = false;
let count = 0;
process.on("SIGINT", () => void end(isOver ? 0 : 130));
process.on("SIGTERM", () => void end(isOver ? 0 : 143));
// The terminal is gone; what would be said is for nobody.
process.on("SIGHUP", () => void end(129));

try {
  await tour();
  isOver = true;
} catch (error) {
  console.error(`\nThe demo stopped: ${error instanceof Error ? error.message : error}`);
  await end(1);
}
await closing();

async function tour(): Promise<void> {
  console.log(`${bold("Orkestra in one minute")}
A Katalog is YAML that declares a Kubernetes API and what it does. This one, ${bold("examples/website")},
says: a Website makes a ConfigMap, a Deployment, a Service and an Ingress.`);

  step("Start ork with its built-in API server", "ork run -f examples/website --sandbox");
  const client = await connectWhenUp();
  say("No cluster needed: an in-memory Kubernetes API, with the Website API installed.");

  step("Create a Website", "kubectl apply -f examples/website/website.yaml");
  await client.create(WEBSITE, await exampleWebsite());
  await until(
    "the Deployment is there",
    async () => (await getOrNothing(client, DEPLOYMENT)) !== undefined,
  );
  await showTree();
  say("Its children are there. Pods take a moment:");
  await until("the Website is ready", () => isReady(client));
  await showTree();
  say("Four children, each ready, and the status says so.");

  step(
    "Edit it: three replicas",
    `kubectl patch website ${name} --type merge -p '{"spec":{"replicas":3}}'`,
  );
  await client.patch(
    { type: WEBSITE, namespace, name },
    { spec: { replicas: 3 } },
    { patchType: "merge" },
  );
  await until("three replicas are ready", () => isRolledOut(client));
  await showTree();
  say("Only the Deployment changed; the rest was not touched.");

  step("Delete a child behind its back", `kubectl delete deployment ${name}`);
  const before = await client.get({ type: DEPLOYMENT, namespace, name });
  const deletedAt = performance.now();
  await client.delete({ type: DEPLOYMENT, namespace, name });
  await until("the Deployment is back", async () => {
    const now = await getOrNothing(client, DEPLOYMENT);
    return now !== undefined && now.metadata.uid !== before.metadata.uid;
  });
  say(`It came back as a new Deployment after ${(performance.now() - deletedAt).toFixed(0)} ms.`);
  // Its status is the one from before, until somebody has looked at the new Deployment.
  await until("all is ready again", () => isRolledOut(client));
  await showTree();

  step("Delete the Website", `kubectl delete website ${name}`);
  await client.delete({ type: WEBSITE, namespace, name });
  await until("the Website and its Deployment are gone", async () => {
    const left = await Promise.all([
      getOrNothing(client, WEBSITE),
      getOrNothing(client, DEPLOYMENT),
    ]);
    return left.every((object) => object === undefined);
  });
  say("Its finalizer held it until the cleanup was done; then the children went with it.");
  await client.create(WEBSITE, await exampleWebsite());
  await until("a new Website is ready", () => isReady(client));
}

async function closing(): Promise<void> {
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`\n${green("✓")} ${bold(`All steps happened, in ${seconds} s.`)}`);
  console.log(`
${bold("What to try next")}
  The Website API in a minute of reading     cat examples/website/katalog.yaml
  Change it, and see what is wrong with it   npm run build && dist/ork validate -f examples/website
  More examples                              ls examples
  Your own cluster                           dist/ork run -f examples/website
  Write your own                             docs/quick-start.md`);
  if (!isTerminal) return end(0);
  console.log(`
${bold("It stays up until Ctrl-C,")} with a new Website to play with. In another terminal:
  export KUBECONFIG=${kubeconfig}
  kubectl get websites,deployments,services
  kubectl edit website ${name}
`);
}

function startOrk() {
  const command = ["bun", "src/main.ts", "run", "-f", "examples/website", "--sandbox"];
  return Bun.spawn(
    [
      ...command,
      "--sandbox-kubeconfig",
      kubeconfig,
      "--sandbox-ready-delay",
      "1500ms",
      "--listen",
      "0",
      "--log-level",
      "warn",
      "--log-format",
      "text",
    ],
    {
      stdin: "ignore",
      stdout: "inherit",
      stderr: "inherit",
      env: { ...process.env, TERM: "dumb" },
    },
  );
}

async function connectWhenUp(): Promise<KubeClient> {
  await until("ork is up", () => Bun.file(kubeconfig).exists());
  const connection = await connect({ kubeconfig, env: {} });
  const transport = createTransport({
    connection,
    metrics: createMetrics(),
    clock: systemClock,
    version: "demo",
  });
  const client = createKubeClient(transport);
  await until("the Website API is served", async () => {
    await client.list(WEBSITE, { namespace });
    return true;
  });
  return client;
}

async function exampleWebsite(): Promise<KubeObject> {
  return Bun.YAML.parse(await Bun.file("examples/website/website.yaml").text()) as KubeObject;
}

async function isReady(client: KubeClient): Promise<boolean> {
  const { status, metadata } = await client.get({ type: WEBSITE, namespace, name });
  const { conditions = [] } = (status ?? {}) as { conditions?: Condition[] };
  return conditions.some(
    ({ type, status: value, observedGeneration }) =>
      type === "Ready" &&
      value === "True" &&
      (observedGeneration ?? 0) >= (metadata.generation ?? 0),
  );
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly observedGeneration?: number;
}

async function isRolledOut(client: KubeClient): Promise<boolean> {
  return (await readyReplicas(client)) === 3 && isReady(client);
}

async function readyReplicas(client: KubeClient): Promise<number> {
  const { status } = await client.get({ type: DEPLOYMENT, namespace, name });
  return (status as { readyReplicas?: number } | undefined)?.readyReplicas ?? 0;
}

async function getOrNothing(client: KubeClient, type: ResourceType) {
  const { items } = await client.list(type, { namespace, fieldSelector: `metadata.name=${name}` });
  return items[0];
}

/** Shows what `ork get` shows. */
async function showTree(): Promise<void> {
  const command = [
    "bun",
    "src/main.ts",
    "get",
    "-f",
    "examples/website",
    "--kubeconfig",
    kubeconfig,
  ];
  const child = Bun.spawn(command, {
    stdout: "pipe",
    stderr: "inherit",
    env: { ...process.env, ...(hasColor ? { FORCE_COLOR: "1" } : {}) },
  });
  const text = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error("ork get failed");
  console.log(dim("  $ ork get -f examples/website"));
  for (const line of text.trimEnd().split("\n")) console.log(`    ${line}`);
}

async function until(what: string, isTrue: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + STEP_TIMEOUT_MS;
  let last: unknown;
  while (performance.now() < end) {
    if (ork.exitCode !== null) throw new Error(`ork ended with exit code ${ork.exitCode}`);
    try {
      if (await isTrue()) return;
    } catch (error) {
      last = error;
    }
    await Bun.sleep(25);
  }
  throw new Error(`${what}: not after ${STEP_TIMEOUT_MS / 1000} s`, { cause: last });
}

function step(title: string, command: string): void {
  count++;
  console.log(`\n${bold(`${count}. ${title}`)}\n${dim(`  $ ${command}`)}`);
}

function say(text: string): void {
  console.log(`  ${text}`);
}

async function end(code: number): Promise<never> {
  ork.kill("SIGTERM");
  await ork.exited;
  await rm(folder, { recursive: true, force: true });
  process.exit(code);
}
