/**
 * What one CRD feels of another one that misbehaves, in one `ork`: from create to three children, one
 * custom resource at a time, while the other one is at it. The baseline is the same just before, in the
 * same process, while the other one is calm.
 */
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { crdOf } from "../contract/stage-kinds.ts";
import { eventually } from "../support/eventually.ts";
import { Arena } from "./arena.ts";
import type { BenchContext, RowGroup } from "./bench-context.ts";
import { type Contestant, KATALOG, type LaunchOptions } from "./contestant.ts";
import { ISOLATION_FAULTS, type IsolationFault } from "./isolation-faults.ts";
import { ms, type Row } from "./report.ts";
import { quantile } from "./statistics.ts";

/** At least so many creates, for at least so long. */
const WARM_UP = { count: 60, ms: 0 };
const CREATES = { count: 100, ms: 4_000 };
const MOST_TIMES_BASELINE = 2;
const PATIENCE_MS = 60_000;

export const isolation: RowGroup = { name: "isolation", run: measureIsolation };

/** Milliseconds of each create. */
interface Times {
  readonly calm: number[];
  readonly beside: number[];
}

async function measureIsolation(context: BenchContext): Promise<Row[]> {
  const faults = ISOLATION_FAULTS.filter(({ isShort }) => isShort || context.isFull);
  const rounds = context.isFull ? context.rounds : 1;
  const rows: Row[] = [];
  for (const fault of faults) {
    const times: Times = { calm: [], beside: [] };
    for (let round = 1; round <= rounds; round++) {
      context.say(`isolation: ${fault.what}, round ${round} of ${rounds}`);
      await measureRound(context, fault, times);
    }
    const row = toRow(fault, times);
    context.say(`  ${row.measured}`);
    rows.push(row);
  }
  return rows;
}

function toRow({ what }: IsolationFault, { calm, beside }: Times): Row {
  const [p50, calm50] = [beside, calm].map((times) => ms(quantile(times, 0.5)));
  const [slow, baseline] = [quantile(beside, 0.99), quantile(calm, 0.99)];
  return {
    what: `create → 3 children exist, p99, while ${what}`,
    measured: `${ms(slow)}, else ${ms(baseline)} (p50 ${p50}, else ${calm50})`,
    ratio: slow / baseline,
    bar: `≤ ${MOST_TIMES_BASELINE} × else`,
    isMet: slow / baseline <= MOST_TIMES_BASELINE,
  };
}

/** First while the other CRD is calm, then, in the same process, while it misbehaves. */
async function measureRound(
  { executables }: BenchContext,
  fault: IsolationFault,
  { calm, beside }: Times,
): Promise<void> {
  await using arena = await Arena.open("ork", executables, [crdOf("Gadget")]);
  await arena.stop();
  const { cluster } = arena;
  const ground = { cluster, namespace: await cluster.newNamespace("isolation") };
  const folder = await mkdtemp(join(tmpdir(), "orkestra-bench-isolation-"));
  try {
    await writeKatalog(folder, fault);
    const kubeconfig = await fault.prepare?.(ground);
    const options: LaunchOptions = { katalog: folder, ...(kubeconfig && { kubeconfig }) };
    await arena.startAgain(options);
    await createSome(arena, "warm", WARM_UP);
    calm.push(...(await createSome(arena, "calm", CREATES)));
    await fault.begin(ground);
    if (fault.isFromStart) await restart(arena, options);
    beside.push(...(await createSome(arena, "beside", CREATES)));
    await untilTrouble(arena.contestant);
    await arena.kill();
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function restart(arena: Arena, options: LaunchOptions): Promise<void> {
  await arena.stop();
  await arena.startAgain(options);
  await createSome(arena, "warm-again", WARM_UP);
}

/** The job of the benchmark, and beside it the CRD that misbehaves. */
async function writeKatalog(folder: string, { entry }: IsolationFault): Promise<void> {
  await cp(KATALOG, folder, { recursive: true });
  await writeFile(join(folder, "gadget.yaml"), JSON.stringify(crdOf("Gadget")));
  const path = join(folder, "katalog.yaml");
  const document = parse(await readFile(path, "utf8")) as { spec: { crds: object } };
  const spec = { crds: { ...document.spec.crds, gadget: entry } };
  await writeFile(path, JSON.stringify({ ...document, spec }));
}

/** One after the other; the first one waits until the process has started. */
async function createSome(
  arena: Arena,
  prefix: string,
  { count, ms: leastMs }: { readonly count: number; readonly ms: number },
): Promise<number[]> {
  const times: number[] = [];
  const startMs = performance.now();
  while (times.length < count || performance.now() - startMs < leastMs) {
    const name = `${prefix}-${times.length}`;
    const { calledMs, childrenMs } = await arena.createOne(name, PATIENCE_MS);
    times.push(childrenMs - calledMs);
  }
  return times;
}

interface TroubledHealth {
  readonly state: string;
  readonly reason?: string;
  readonly errorRate: number;
}

async function healthOf({ url }: Contestant): Promise<TroubledHealth> {
  return (await (await fetch(`${url}/katalog/gadget/health`)).json()) as TroubledHealth;
}

/** What was measured beside nothing means nothing: the other CRD must have come to grief. */
async function untilTrouble(contestant: Contestant): Promise<void> {
  await eventually("the other CRD has trouble", async () => {
    const { state, reason, errorRate } = await healthOf(contestant);
    if (reason !== undefined || errorRate > 0 || state === "degraded") return true;
    const metrics = await (await fetch(`${contestant.url}/metrics`)).text();
    return /^orkestra_hook_threads_lost_total\{crd="gadget".*\} [1-9]/m.test(metrics);
  });
}
