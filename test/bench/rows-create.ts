/** From a new CR to its children: one at a time, in a burst, and how many requests it takes. */
import { setTimeout as sleep } from "node:timers/promises";
import { type AuditedRequest, isWrite, tally } from "../support/audit-log.ts";
import { Arena, siteNames } from "./arena.ts";
import type { BenchContext, RowGroup } from "./bench-context.ts";
import type { ContestantName } from "./contestant.ts";
import { cpuSeconds } from "./process-meter.ts";
import { ms, type Row } from "./report.ts";
import { median, quantile } from "./statistics.ts";

/** A process that has just started still compiles itself, on the cores that the server needs. */
const WARM_UP = 200;
const SINGLE = 200;
const BURST = 1_000;
const COUNTED = 50;
const CHILDREN = 3;

export const latency: RowGroup = { name: "latency", run: measureLatency };
export const burst: RowGroup = { name: "burst", run: measureBurst };
export const requests: RowGroup = { name: "requests", run: countRequests };

async function measureLatency(context: BenchContext): Promise<Row[]> {
  const times: Record<ContestantName, number[]> = { floor: [], ork: [] };
  await alternate(context, "latency", async (name, arena) => {
    for (const site of siteNames(WARM_UP, "warm")) await arena.createOne(site);
    for (const site of siteNames(SINGLE)) {
      const { calledMs, childrenMs } = await arena.createOne(site);
      times[name].push(childrenMs - calledMs);
    }
  });
  return [
    { share: 0.5, limit: 0.75 },
    { share: 0.99, limit: 1.2 },
  ].map(({ share, limit }) => {
    const [ork, floor] = [quantile(times.ork, share), quantile(times.floor, share)];
    return {
      what: `create → 3 children exist, one CR at a time, p${share * 100}`,
      measured: ms(ork),
      floor: ms(floor),
      ratio: ork / floor,
      bar: `≤ ${limit} × floor`,
      isMet: ork / floor <= limit,
    };
  });
}

async function measureBurst(context: BenchContext): Promise<Row[]> {
  const rates: Record<ContestantName, number[]> = { floor: [], ork: [] };
  const costs: Record<ContestantName, number[]> = { floor: [], ork: [] };
  await alternate(context, "burst", async (name, arena) => {
    for (const site of siteNames(WARM_UP, "warm")) await arena.createOne(site);
    const { pid } = arena.contestant;
    const before = cpuSeconds(pid);
    const { firstCallMs, lastChildMs } = await arena.burst(siteNames(BURST));
    // What it still does after the last write, it does because of the burst.
    await sleep(500);
    costs[name].push(cpuSeconds(pid) - before);
    rates[name].push(BURST / ((lastChildMs - firstCallMs) / 1000));
  });
  const rate = { ork: median(rates.ork), floor: median(rates.floor) };
  const cost = { ork: median(costs.ork), floor: median(costs.floor) };
  return [
    {
      what: `burst of ${BURST} CRs × ${CHILDREN} children, 10 workers`,
      measured: `${rate.ork.toFixed(0)} CR/s`,
      floor: `${rate.floor.toFixed(0)} CR/s`,
      ratio: rate.ork / rate.floor,
      bar: "≥ 0.9 × floor",
      isMet: rate.ork / rate.floor >= 0.9,
    },
    {
      what: "the same, CPU of the process",
      measured: `${cost.ork.toFixed(2)} s`,
      floor: `${cost.floor.toFixed(2)} s`,
      ratio: cost.ork / cost.floor,
      bar: "≤ 2.5 × floor",
      isMet: cost.ork / cost.floor <= 2.5,
    },
  ];
}

async function countRequests(context: BenchContext): Promise<Row[]> {
  context.say("requests");
  await using arena = await Arena.open("ork", context.executables);
  for (const site of siteNames(5, "warm")) await arena.createOne(site);
  const created = await countActs(context, arena, async (site) => {
    await arena.createOne(site);
  });
  const edited = await countActs(context, arena, async (site, index) => {
    const settled = arena.untilSettled(site);
    // Each of the two changes exactly one child.
    await arena.edit(site, index % 2 === 0 ? { title: "edited" } : { replicas: 3 });
    await settled;
  });
  const reads = created.reads + edited.reads;
  const idle = created.idleWrites + edited.idleWrites;
  return [
    exactly("requests per new CR", created.perAct, CHILDREN + 2),
    exactly("requests per edit that changes one child", edited.perAct, 2),
    exactly("reads meanwhile", reads, 0),
    exactly("writes meanwhile that change nothing", idle, 0),
  ];
}

interface ActCosts {
  readonly perAct: number;
  readonly reads: number;
  /** Successful writes after which no object was different. */
  readonly idleWrites: number;
}

/** Performs an act on each of some CRs and charges it with all requests until things are quiet. */
async function countActs(
  context: BenchContext,
  arena: Arena,
  act: (site: string, index: number) => Promise<void>,
): Promise<ActCosts> {
  await arena.requests();
  let changes = 0;
  using _counting = arena.witness.listen(() => {
    changes++;
  });
  for (const [index, site] of siteNames(COUNTED).entries()) await act(site, index);
  await sleep(1_000);
  // Of its resync, which may fall into this time, only the lists are not caused by the acts.
  const caused = (await arena.requests()).filter(({ verb }) => verb !== "list" && verb !== "watch");
  if (caused.length / COUNTED !== Math.round(caused.length / COUNTED)) explain(context, caused);
  const writes = caused.filter((request) => isWrite(request) && request.code < 300);
  return {
    perAct: caused.length / COUNTED,
    reads: caused.filter((request) => !isWrite(request)).length,
    // Each act of the user is one change as well.
    idleWrites: writes.length - (changes - COUNTED),
  };
}

function explain(context: BenchContext, caused: readonly AuditedRequest[]): void {
  context.say(`  uneven requests: ${JSON.stringify(tally(caused))}`);
}

function exactly(what: string, measured: number, wanted: number): Row {
  return { what, measured: String(measured), bar: String(wanted), isMet: measured === wanted };
}

/** Floor and `ork` in turn, each time on a new control plane, so that slow drift hits both. */
async function alternate(
  context: BenchContext,
  title: string,
  measure: (name: ContestantName, arena: Arena) => Promise<void>,
): Promise<void> {
  for (let round = 1; round <= context.rounds; round++) {
    for (const name of ["floor", "ork"] as const) {
      context.say(`${title}: ${name}, round ${round} of ${context.rounds}`);
      await using arena = await Arena.open(name, context.executables);
      await measure(name, arena);
    }
  }
}
