/**
 * What R9 promises, asserted as a whole: a Gadget comes to grief, and the Widgets beside it do not feel
 * it. The process stays up, Widgets go on, the event loop turns; and the failure itself is logged once
 * with its stack, counted, and tried again, less and less often.
 *
 * How long the loop was held is judged by the processor time of its thread (`loop-probe.ts`), so that
 * a machine that is busy with other things makes no hold of what is none.
 */
import { expect } from "bun:test";
import { probeLoop } from "../bench/loop-probe.ts";
import { eventually } from "../support/eventually.ts";
import type { LogLine } from "../support/ork-process.ts";
import type { Stage } from "./stage.ts";

export interface Failure {
  /** Its message, wherever it is told. */
  readonly told: RegExp;
  /** The series that counts it, as the metrics show it. */
  readonly counter: string;
  /** Custom resources that fail so: each has its line. Default 1, which may be of the kind as a whole. */
  readonly count?: number;
  /** It began before `isolates()`: with the start of the process. */
  readonly isFromStart?: boolean;
}

/** An edit of a Widget takes some 10 ms; on a busy machine it may take longer, but never a retry. */
const UNTOUCHED_MS = 1_500;
const LONGEST_HOLD_MS = 100;
const LEAST_EDITS = 5;
/** The first one, and two more. */
const TRIES = 3;
/** In a few seconds: doubling its pauses from 5 ms on, one that is tried each second besides takes 15. */
const MOST_TRIES = 25;
/** As long as it is looked at, if not longer. */
const LEAST_MS = 2_000;
/** Watches that may not be opened are tried every four seconds. */
const PATIENCE_MS = 25_000;

/** The series of gadgets by which failures are counted. */
export const COUNTERS = {
  reconcile: 'controller_runtime_reconcile_errors_total{controller="gadget"}',
  watch: 'orkestra_informer_failures_total{group="contract.orkestra.dev",kind="Gadget"}',
  start: 'orkestra_start_failures_total{crd="gadget"}',
  stray: 'controller_runtime_reconcile_panics_total{controller="gadget"}',
} as const;

/**
 * Plays a fault, which `begin` brings about, and asserts the promise; the Widget "widget" has to be
 * settled. Without a `failure` nothing is known to have failed yet when `begin` is over.
 */
export async function isolates(
  stage: Stage,
  begin: () => Promise<unknown>,
  failure?: Failure,
): Promise<void> {
  const { pid, url = "" } = stage.ork;
  const scene = failure ? await sceneOf(stage, failure) : { logged: 0, counted: 0 };
  const probe = probeLoop({ url, pid });
  let longestMs = Number.POSITIVE_INFINITY;
  try {
    await widgetsGoOn(stage, async () => {
      await begin();
      if (failure) await untilTriedAgain(stage, failure, scene);
    });
  } finally {
    longestMs = await probe.stop();
  }
  expect(longestMs).toBeLessThan(LONGEST_HOLD_MS);
  expect(stage.ork.pid).toBe(pid);
  expect(stage.isRunning).toBe(true);
  if (failure) await isToldOnce(stage, failure, scene);
  const { state, reason = "" } = await stage.health("widget");
  expect({ state, reason }).toEqual({ state: "healthy", reason: "" });
}

/** Before the fault. */
interface Scene {
  readonly logged: number;
  readonly counted: number;
}

async function sceneOf(stage: Stage, failure: Failure): Promise<Scene> {
  if (failure.isFromStart) return { logged: 0, counted: 0 };
  return { logged: stage.ork.log.length, counted: await count(stage, failure) };
}

/** Edits of a Widget, each of which must arrive in time, for as long as it lasts. */
async function widgetsGoOn(stage: Stage, during: () => Promise<void>): Promise<void> {
  let isOver = false;
  const over = during().finally(() => {
    isOver = true;
  });
  over.catch(() => {});
  for (let edits = 0; edits < LEAST_EDITS || !isOver; edits++) {
    const text = `${performance.now()}`;
    await stage.edit("Widget", "widget", { spec: { text } });
    await stage.untilConverged(UNTOUCHED_MS);
  }
  await over;
}

async function untilTriedAgain(stage: Stage, failure: Failure, scene: Scene): Promise<void> {
  const startMs = performance.now();
  const { count: failing = 1 } = failure;
  await eventually(
    `${failure.told} is told, and tried again`,
    async () => {
      const counted = (await count(stage, failure)) - scene.counted;
      if (counted < TRIES * failing || performance.now() - startMs < LEAST_MS) return false;
      return linesOf(stage, failure, scene).length >= failing;
    },
    { timeoutMs: PATIENCE_MS },
  );
}

async function isToldOnce(stage: Stage, failure: Failure, scene: Scene): Promise<void> {
  const { count: failing = 1 } = failure;
  const lines = linesOf(stage, failure, scene);
  expect(lines.map(({ key }) => key).sort()).toEqual(
    [...new Set(lines.map(({ key }) => key))].sort(),
  );
  expect(lines).toHaveLength(failing);
  for (const { error } of lines) expect((error as Error).stack).toMatch(/^\s*at .+:\d+/m);
  const reasons = reasonsOf(stage, failure, scene);
  expect(reasons).toEqual([...new Set(reasons)].filter((reason) => reason.startsWith("warn ")));
  const counted = (await count(stage, failure)) - scene.counted;
  expect(counted / failing).toBeLessThanOrEqual(MOST_TRIES);
}

/** What the log says of the failure itself, loud enough for somebody to look. */
function linesOf(stage: Stage, { told }: Failure, { logged }: Scene): readonly LogLine[] {
  return stage.ork.log.slice(logged).filter(({ level, error }) => {
    const { message = "" } = (error ?? {}) as Partial<Error>;
    return (level === "error" || level === "warn") && told.test(message);
  });
}

/** What it means for the entry, where somebody else told the failure: the reasons why it cannot go on. */
function reasonsOf(stage: Stage, { told }: Failure, { logged }: Scene): readonly string[] {
  return stage.ork.log.slice(logged).flatMap(({ level, message, reason }) => {
    const isReason = message === "Cannot go on yet" && told.test(String(reason ?? ""));
    return isReason ? [`${level} ${reason}`] : [];
  });
}

async function count(stage: Stage, { counter }: Failure): Promise<number> {
  const text = await (await fetch(`${stage.ork.url}/metrics`)).text();
  const line = text.split("\n").find((each) => each.startsWith(`${counter} `));
  return Number(line?.slice(counter.length) ?? 0);
}
