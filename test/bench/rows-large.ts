/** Ten thousand CRs with thirty thousand children. */
import { setTimeout as sleep } from "node:timers/promises";
import { Arena, siteNames } from "./arena.ts";
import type { BenchContext, RowGroup } from "./bench-context.ts";
import { probeLoop } from "./loop-probe.ts";
import { residentMegabytes } from "./process-meter.ts";
import { ms, type Row } from "./report.ts";
import { atMost, restartRows, restRows } from "./rows-settled.ts";

const COUNT = 10_000;
const RESYNC_MS = 15_000;

export const large: RowGroup = { name: "large", isLong: true, run: measureLarge };

async function measureLarge(context: BenchContext): Promise<Row[]> {
  context.say(`large: creating ${COUNT} CRs`);
  await using arena = await Arena.open("ork", context.executables);
  const loadProbe = probeLoop(arena.contestant);
  await arena.burst(siteNames(COUNT));
  const heldAtLoadMs = await loadProbe.stop();
  context.say("large: 30 s after the load");
  await sleep(30_000);
  const megabytes = residentMegabytes(arena.contestant.pid);
  const resting = await restRows(context, arena, { count: COUNT, cpuLimit: 5 });
  // Not at the same time: answering the probe costs more than resting does.
  const restProbe = probeLoop(arena.contestant);
  await sleep(2 * RESYNC_MS);
  const heldAtRestMs = await restProbe.stop();
  const restarting = await restartRows(context, arena, { count: COUNT, limitS: 3, restarts: 3 });
  return [
    ...resting,
    atMost(`memory, ${COUNT} CRs with ${3 * COUNT} children`, megabytes, {
      limit: 300,
      unit: "MB",
    }),
    ...restarting,
    held("while they are created", heldAtLoadMs),
    held("at rest", heldAtRestMs),
    held("after a restart", await probeRestart(arena)),
  ];
}

/** One more start, with the probe on: the initial state of 40,000 objects arrives. */
async function probeRestart(arena: Arena): Promise<number> {
  await arena.stop();
  const contestant = await arena.startAgain();
  const probe = probeLoop(contestant);
  await contestant.ready();
  await sleep(5_000);
  return probe.stop();
}

function held(when: string, heldMs: number): Row {
  return {
    what: `longest hold of the event loop, ${COUNT} CRs, ${when}`,
    measured: ms(heldMs),
    bar: "≤ 50 ms",
    isMet: heldMs <= 50,
  };
}
