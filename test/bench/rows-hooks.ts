/**
 * What hooks cost: one call there and back, a hundred boxes with a thread each, and a hook that wants a
 * gigabyte. On the sandbox, since no API server is in any of them.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openHooks } from "../../src/hook/hook.ts";
import { threadStarter } from "../../src/hook/thread-role.ts";
import { systemClock } from "../../src/std/clock.ts";
import { silentLogger } from "../../src/telemetry/log.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { eventually } from "../support/eventually.ts";
import { OrkProcess } from "../support/ork-process.ts";
import type { BenchContext, RowGroup } from "./bench-context.ts";
import { peakMegabytes, residentMegabytes } from "./process-meter.ts";
import type { Row } from "./report.ts";

const MAIN = join(import.meta.dir, "../../src/main.ts");
const CALLS = 5_000;
const BOXES = 100;

export const hooks: RowGroup = { name: "hooks", isLong: true, run: measureHooks };

async function measureHooks(context: BenchContext): Promise<Row[]> {
  context.say(`hooks: ${CALLS} calls`);
  const microseconds = await callMicroseconds();
  context.say(`hooks: ${BOXES} boxes`);
  const boxes = await residentOf(BOXES, PLAIN);
  context.say("hooks: a gigabyte");
  const gigabyte = await residentOf(1, GREEDY);
  const list = await residentOf(1, LONG_LIST);
  return [
    {
      what: "call of a hook, there and back, p50",
      measured: `${Math.round(microseconds)} µs`,
      bar: "≤ 150 µs",
      isMet: microseconds <= 150,
    },
    megabytes(`memory, ${BOXES} boxes with hooks`, boxes.restingMb, 350),
    megabytes("most memory while a hook allocates 1 GB", gigabyte.peakMb, 600),
    megabytes("most memory while a hook makes one list of 1 GB", list.peakMb, 600),
  ];
}

function megabytes(what: string, measured: number, limit: number): Row {
  return {
    what,
    measured: `${Math.round(measured)} MB`,
    bar: `≤ ${limit} MB`,
    isMet: measured <= limit,
  };
}

/** The median of calls one after the other, with an object of 2 KB. */
async function callMicroseconds(): Promise<number> {
  const text =
    "export default { onReconcile: ({ object }) => ({ status: { a: object.spec.a } }) };";
  const files = [{ path: "a.ts", name: "a.ts", text, digest: "" }];
  await using opened = await openHooks({
    modules: [{ crd: "one", files }],
    start: await threadStarter(`file://${MAIN}`),
    clock: systemClock,
    residentBytes: () => process.memoryUsage.rss(),
    log: silentLogger,
    metrics: createMetrics(),
  });
  const issues = await opened.check();
  if (issues.length > 0) throw new Error(JSON.stringify(issues));
  const runner = opened.runnerOf({ crd: "one", timeoutMs: 5_000, log: silentLogger });
  if (!runner) throw new Error("Cannot find the runner");
  const object = { spec: { a: 1, text: "x".repeat(2_000) } };
  const times: number[] = [];
  for (let count = 0; count < CALLS; count++) {
    const startMs = performance.now();
    await runner.call({
      handler: "onReconcile",
      context: { object, children: { objects: [], names: {}, rest: {} }, args: {}, attempt: 1 },
      services: { answer: async () => ({ value: null }), log() {} },
      signal: new AbortController().signal,
    });
    times.push(performance.now() - startMs);
  }
  return times.sort((a, b) => a - b)[CALLS / 2]! * 1_000;
}

const PLAIN = `export default {
  async onReconcile({ object }) { return { status: { done: object.metadata.name } }; },
};`;

const GREEDY = `const kept = [];
export default {
  async onReconcile() {
    for (let count = 0; count < 1_000; count++) kept.push(new Uint8Array(1e6).fill(1));
    return { status: { done: "too much" } };
  },
};`;

const LONG_LIST = `export default {
  async onReconcile() { return { status: { done: new Array(1.25e8).fill(0).length } }; },
};`;

/** Memory of a process with so many boxes, each with a custom resource and a thread of its own. */
async function residentOf(
  boxes: number,
  hook: string,
): Promise<{ readonly restingMb: number; readonly peakMb: number }> {
  const folder = await mkdtemp(join(tmpdir(), "orkestra-bench-hooks-"));
  try {
    await writeFile(join(folder, "hook.ts"), hook);
    const crds: Record<string, object> = {};
    for (let index = 0; index < boxes; index++) {
      await writeFile(join(folder, `crd${index}.yaml`), JSON.stringify(definition(index)));
      await writeFile(join(folder, `cr${index}.yaml`), JSON.stringify(thing(index)));
      crds[`thing${index}`] = {
        crdFile: `./crd${index}.yaml`,
        crFiles: [`./cr${index}.yaml`],
        operatorBox: { reconcile: { hooks: { module: "./hook.ts" } } },
      };
    }
    const apiVersion = "orkestra.orkspace.io/v1";
    const katalog = { apiVersion, kind: "Katalog", metadata: { name: "bench" }, spec: { crds } };
    await writeFile(join(folder, "katalog.yaml"), JSON.stringify(katalog));
    return await watchMemory(folder, boxes);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function watchMemory(folder: string, boxes: number) {
  const kubeconfig = join(folder, "kubeconfig");
  const sandbox = await OrkProcess.start(["sandbox", "--write-kubeconfig", kubeconfig]);
  await using _sandbox = sandbox;
  await eventually("the sandbox is up", () => readFile(kubeconfig).then(Boolean, () => false));
  const listen = ["--listen", "127.0.0.1:0", "--log-format", "json"];
  const args = ["run", "-f", folder, "--kubeconfig", kubeconfig, ...listen];
  await using ork = await OrkProcess.start(args, { lifeMs: 300_000 });
  const called = async () => {
    const text = ork.url ? await (await fetch(`${ork.url}/metrics`)).text() : "";
    return [...text.matchAll(/^orkestra_hook_calls_total\{/gm)].length >= boxes;
  };
  await eventually("all hooks were called", called, { timeoutMs: 180_000 });
  await sleep(5_000);
  return { restingMb: residentMegabytes(ork.pid), peakMb: peakMegabytes(ork.pid) };
}

function definition(index: number): object {
  const open = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  const openAPIV3Schema = { type: "object", properties: { spec: open, status: open } };
  const version = {
    name: "v1",
    served: true,
    storage: true,
    subresources: { status: {} },
    schema: { openAPIV3Schema },
  };
  const [kind, plural] = [`Thing${index}`, `things${index}`];
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.bench.orkestra.dev` },
    spec: {
      group: "bench.orkestra.dev",
      scope: "Namespaced",
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [version],
    },
  };
}

function thing(index: number): object {
  const metadata = { name: "one", namespace: "default" };
  return { apiVersion: "bench.orkestra.dev/v1", kind: `Thing${index}`, metadata, spec: {} };
}
