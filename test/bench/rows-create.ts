/** From a new CR to its children: one at a time, in a burst, and how many requests it takes. */
import { setTimeout as sleep } from "node:timers/promises";
import { type AuditedRequest, isWrite, tally } from "../support/audit-log.ts";
import { Arena, siteNames } from "./arena.ts";
import type { BenchContext, RowGroup } from "./bench-context.ts";
import type { ContestantName, Executables } from "./contestant.ts";
import { cpuSeconds } from "./process-meter.ts";
import { ms, type Row } from "./report.ts";
import { median, quantile } from "./statistics.ts";

/** A process that has just started still compiles itself, on the cores that the server needs. */
const WARM_UP = 200;
const SINGLE = 240;
/** So many of one contestant before it is the next one's turn. */
const BLOCK = 20;
const BURST = 1_000;
const COUNTED = 50;
const CHILDREN = 3;

export const latency: RowGroup = { name: "latency", run: measureLatency };
export const burst: RowGroup = { name: "burst", run: measureBurst };
export const requests: RowGroup = { name: "requests", run: countRequests };

/** In turn, a few at a time: the speed of a machine may change by half within a minute. */
async function measureLatency(context: BenchContext): Promise<Row[]> {
  const { executables } = context;
  // What the writes alone take when they are sent as `ork` sends them: the same floor, less patient.
  const together = { ...executables, floor: [...executables.floor, "--together"] };
  const times: Record<ContestantName | "together", number[]> = { floor: [], ork: [], together: [] };
  for (let round = 1; round <= context.rounds; round++) {
    context.say(`latency: round ${round} of ${context.rounds}`);
    await using floor = await warmArena("floor", executables);
    await using ork = await warmArena("ork", executables);
    await using bare = await warmArena("floor", together);
    for (let block = 0; block < SINGLE / BLOCK; block++) {
      const names = siteNames(BLOCK, `site-${block}`);
      times.floor.push(...(await timesOf(floor, names)));
      times.ork.push(...(await timesOf(ork, names)));
      times.together.push(...(await timesOf(bare, names)));
    }
  }
  const row = (of: readonly number[], share: number) => {
    const [measured, floor] = [quantile(of, share), quantile(times.floor, share)];
    return { measured: ms(measured), floor: ms(floor), ratio: measured / floor };
  };
  const what = "create → 3 children exist, one CR at a time";
  return [
    { what: `${what}, p50`, ...atMostFloors(0.75, row(times.ork, 0.5)) },
    { what: "the same p50 of the floor, its 3 creates together", ...row(times.together, 0.5) },
    { what: `${what}, p99`, ...atMostFloors(1.2, row(times.ork, 0.99)) },
  ];
}

async function warmArena(name: ContestantName, executables: Executables): Promise<Arena> {
  const arena = await Arena.open(name, executables);
  for (const site of siteNames(WARM_UP, "warm")) await arena.createOne(site);
  return arena;
}

/** Milliseconds of each. The first one after a rest pays for caches that others have taken. */
async function timesOf(arena: Arena, [first = "", ...names]: readonly string[]): Promise<number[]> {
  await arena.createOne(first);
  const times: number[] = [];
  for (const name of names) {
    const { calledMs, childrenMs } = await arena.createOne(name);
    times.push(childrenMs - calledMs);
  }
  return times;
}

/** Each round one after the other and compared with each other, who begins in turn, too. */
async function measureBurst(context: BenchContext): Promise<Row[]> {
  const bursts: Record<ContestantName, Burst[]> = { floor: [], ork: [] };
  for (let round = 1; round <= context.rounds; round++) {
    context.say(`burst: round ${round} of ${context.rounds}`);
    await using floor = await warmArena("floor", context.executables);
    await using ork = await warmArena("ork", context.executables);
    for (const arena of round % 2 === 1 ? [floor, ork] : [ork, floor]) {
      bursts[arena.contestant.name].push(await burstOn(arena));
    }
  }
  const of = (name: ContestantName, figure: keyof Burst) => bursts[name].map((one) => one[figure]);
  const compare = (figure: keyof Burst) => {
    const [ork, floor] = [of("ork", figure), of("floor", figure)];
    const ratio = median(ork.map((value, round) => value / (floor[round] ?? Number.NaN)));
    return { ork: median(ork), floor: median(floor), ratio };
  };
  const [rate, cost] = [compare("rate"), compare("cpuSeconds")];
  return [
    {
      what: `burst of ${BURST} CRs × ${CHILDREN} children, 10 workers`,
      measured: `${rate.ork.toFixed(0)} CR/s`,
      floor: `${rate.floor.toFixed(0)} CR/s`,
      ratio: rate.ratio,
      bar: "≥ 0.9 × floor",
      isMet: rate.ratio >= 0.9,
    },
    {
      what: "the same, CPU of the process",
      ...atMostFloors(2.5, {
        measured: `${cost.ork.toFixed(2)} s`,
        floor: `${cost.floor.toFixed(2)} s`,
        ratio: cost.ratio,
      }),
    },
  ];
}

interface Burst {
  /** CRs per second. */
  readonly rate: number;
  readonly cpuSeconds: number;
}

async function burstOn(arena: Arena): Promise<Burst> {
  const { pid } = arena.contestant;
  const before = cpuSeconds(pid);
  const { firstCallMs, lastChildMs } = await arena.burst(siteNames(BURST));
  // What it still does after the last write, it does because of the burst.
  await sleep(500);
  const rate = BURST / ((lastChildMs - firstCallMs) / 1000);
  return { rate, cpuSeconds: cpuSeconds(pid) - before };
}

function atMostFloors<T extends { readonly ratio: number }>(limit: number, row: T) {
  return { ...row, bar: `≤ ${limit} × floor`, isMet: row.ratio <= limit };
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
