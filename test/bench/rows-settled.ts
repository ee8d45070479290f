/** What a thousand CRs cost that have all they want, and what happens when something is disturbed. */
import { setTimeout as sleep } from "node:timers/promises";
import { type AuditedRequest, isWrite, tally } from "../support/audit-log.ts";
import { type Arena, siteNames } from "./arena.ts";
import type { BenchContext, RowGroup } from "./bench-context.ts";
import { cpuSeconds, residentMegabytes } from "./process-meter.ts";
import { ms, type Row } from "./report.ts";
import { median, quantile } from "./statistics.ts";
import { CHILD_KINDS, type Kind } from "./witness.ts";

const SETTLED = 1_000;
const DISTURBED = 150;
const RESTARTS = 5;
const RESYNC_S = 15;
const INFORMERS = 4;

export const memory: RowGroup = { name: "memory", run: measureMemory };
export const rest: RowGroup = { name: "rest", run: measureRest };
export const drift: RowGroup = { name: "drift", run: measureDrift };
export const restart: RowGroup = { name: "restart", run: measureRestart };

async function measureMemory(context: BenchContext): Promise<Row[]> {
  const arena = await context.unpopulated();
  context.say("memory: idle for 30 s");
  await sleep(30_000);
  const idle = residentMegabytes(arena.contestant.pid);
  await context.settled(SETTLED);
  context.say("memory: 30 s after the load");
  await sleep(30_000);
  const loaded = residentMegabytes(arena.contestant.pid);
  return [
    atMost("memory, idle", idle, { limit: 75, unit: "MB" }),
    atMost(`memory, ${SETTLED} CRs with ${3 * SETTLED} children`, loaded, {
      limit: 110,
      unit: "MB",
    }),
  ];
}

async function measureRest(context: BenchContext): Promise<Row[]> {
  const arena = await context.settled(SETTLED);
  return restRows(context, arena, { count: SETTLED, cpuLimit: 1.5 });
}

/** Shared with the row group of 10,000 CRs. */
export async function restRows(
  context: BenchContext,
  arena: Arena,
  { count, cpuLimit }: { count: number; cpuLimit: number },
): Promise<Row[]> {
  const windowS = 60;
  context.say(`rest: ${count} CRs for ${windowS} s`);
  await sleep(2 * RESYNC_S * 1_000);
  await arena.requests();
  const before = cpuSeconds(arena.contestant.pid);
  const [startedMs, beganAtMs] = [performance.now(), Date.now()];
  await sleep(windowS * 1_000);
  const elapsedS = (performance.now() - startedMs) / 1_000;
  const cpu = (100 * (cpuSeconds(arena.contestant.pid) - before)) / elapsedS;
  const seen = await arena.requests();
  // The audit log is read a moment later, into which one interval more may fall.
  const isWithin = ({ atMs }: AuditedRequest) => atMs - beganAtMs < windowS * 1_000;
  const lists = seen.filter((request) => request.verb === "list" && isWithin(request)).length;
  const writes = seen.filter(isWrite).length;
  const others = seen.filter(({ verb, name }) => verb === "get" && name !== "").length;
  if (writes + others > 0) context.say(`  at rest: ${JSON.stringify(tally(seen))}`);
  const what = `${count} CRs at rest, resync ${RESYNC_S} s, ${windowS} s`;
  return [
    atMost(`${what}: requests for single objects`, others, { limit: 0 }),
    atMost(`${what}: lists`, lists, { limit: (INFORMERS * windowS) / RESYNC_S }),
    atMost(`${what}: writes`, writes, { limit: 0 }),
    atMost(`${what}: CPU`, cpu, { limit: cpuLimit, unit: "% of a core" }),
  ];
}

async function measureDrift(context: BenchContext): Promise<Row[]> {
  const arena = await context.settled(SETTLED);
  const names = siteNames(2 * DISTURBED);
  context.say(`drift: ${DISTURBED} children deleted`);
  const deleted = await disturb(arena, names.slice(0, DISTURBED), deleteChild);
  context.say(`drift: ${DISTURBED} children edited`);
  const edited = await disturb(arena, names.slice(DISTURBED), editChild);
  return [...driftRows("child deleted", deleted), ...driftRows("child edited", edited)];
}

interface Disturbance {
  readonly timesMs: readonly number[];
  readonly requestsEach: number;
}

type Act = (arena: Arena, kind: Kind, name: string) => Promise<number>;

async function disturb(arena: Arena, names: readonly string[], act: Act): Promise<Disturbance> {
  await arena.requests();
  const timesMs: number[] = [];
  for (const [index, name] of names.entries()) {
    timesMs.push(await act(arena, CHILD_KINDS[index % 3] ?? "Deployment", name));
    await sleep(20);
  }
  await sleep(1_000);
  const caused = (await arena.requests()).filter(({ verb }) => verb !== "list" && verb !== "watch");
  return { timesMs, requestsEach: caused.length / names.length };
}

/** From the call that deletes a child until there is one again. */
async function deleteChild(arena: Arena, kind: Kind, name: string): Promise<number> {
  const repaired = arena.witness.next(
    `${kind} "${name}" is back`,
    (sighting) => sighting.kind === kind && sighting.name === name && sighting.type === "ADDED",
  );
  const calledMs = performance.now();
  await arena.remove(kind, name);
  return (await repaired).atMs - calledMs;
}

/** From the call that edits a child until somebody else changed it again. */
async function editChild(arena: Arena, kind: Kind, name: string): Promise<number> {
  const edits: Readonly<Record<Kind, object>> = {
    Deployment: { spec: { replicas: 7 } },
    Service: { spec: { ports: [{ port: 80, targetPort: 9999, protocol: "TCP" }] } },
    ConfigMap: { data: { title: "drift" } },
    Site: {},
  };
  const later: { version: number; atMs: number }[] = [];
  using _listening = arena.witness.listen((sighting) => {
    if (sighting.kind === kind && sighting.name === name) {
      later.push({ version: sighting.resourceVersion, atMs: sighting.atMs });
    }
  });
  const calledMs = performance.now();
  const version = await arena.patch(kind, name, edits[kind]);
  const deadlineMs = calledMs + 30_000;
  for (;;) {
    const repair = later.find((sighting) => sighting.version > version);
    if (repair !== undefined) return repair.atMs - calledMs;
    if (performance.now() > deadlineMs) throw new Error(`${kind} "${name}" was not repaired`);
    await sleep(1);
  }
}

function driftRows(what: string, { timesMs, requestsEach }: Disturbance): Row[] {
  const [p50, p99] = [quantile(timesMs, 0.5), quantile(timesMs, 0.99)];
  return [
    { what: `${what} → repaired, p50`, measured: ms(p50), bar: "≤ 10 ms", isMet: p50 <= 10 },
    { what: `${what} → repaired, p99`, measured: ms(p99), bar: "≤ 50 ms", isMet: p99 <= 50 },
    {
      what: `${what}: requests each`,
      measured: requestsEach.toFixed(2),
      bar: "1",
      isMet: requestsEach === 1,
    },
  ];
}

async function measureRestart(context: BenchContext): Promise<Row[]> {
  const arena = await context.settled(SETTLED);
  return restartRows(context, arena, { count: SETTLED, limitS: 0.6, restarts: RESTARTS });
}

/** Shared with the row group of 10,000 CRs. */
export async function restartRows(
  context: BenchContext,
  arena: Arena,
  { count, limitS, restarts }: { count: number; limitS: number; restarts: number },
): Promise<Row[]> {
  const times: number[] = [];
  let writes = 0;
  for (let round = 1; round <= restarts; round++) {
    context.say(`restart on ${count} CRs, round ${round} of ${restarts}`);
    await arena.stop();
    await arena.requests();
    const name = `after-restart-${round}`;
    const contestant = await arena.startAgain();
    const { childrenMs } = await arena.createOne(name, 60_000);
    times.push((childrenMs - contestant.startedMs) / 1_000);
    await contestant.ready();
    // Whatever it would write to the settled ones, it would write soon.
    await sleep(3_000);
    const foreign = (await arena.requests()).filter(
      (request) => isWrite(request) && request.name !== name,
    );
    writes += foreign.length;
    if (foreign.length > 0) context.say(`  written: ${JSON.stringify(tally(foreign))}`);
  }
  const worst = Math.max(...times).toFixed(2);
  return [
    atMost(`restart on ${count} settled CRs: writes`, writes, { limit: 0 }),
    {
      what: `process start → a new CR has its children, ${count} CRs (median of ${restarts})`,
      measured: `${median(times).toFixed(2)} s (worst ${worst} s)`,
      bar: `≤ ${limitS} s`,
      isMet: median(times) <= limitS,
    },
  ];
}

export function atMost(
  what: string,
  value: number,
  { limit, unit = "" }: { limit: number; unit?: string },
): Row {
  const shown = Number.isInteger(value) ? String(value) : value.toFixed(1);
  return {
    what,
    measured: `${shown} ${unit}`.trim(),
    bar: `≤ ${limit} ${unit}`.trim(),
    isMet: value <= limit,
  };
}
