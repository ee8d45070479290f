/**
 * Plays the files of the suites in lanes side by side: a test of a control plane waits most of its time.
 * Each lane has a control plane of its own, so that files meet on none, and each file a process of its own.
 * Those that must not be disturbed come last, one after the other.
 */
import { availableParallelism } from "node:os";
import { canStartSeveral, startSharedCluster } from "../test/support/cluster-shared.ts";
import type { Board } from "./board.ts";
import { play, type Step } from "./steps.ts";
import type { SuiteFile, SuitePlan } from "./suites.ts";

/** More would not be done earlier: the longest file takes as long as a fourth of all. */
const MOST_LANES = 4;

interface LaneOptions {
  readonly board: Board;
  /** Without one, what needs it is skipped, or fails in CI. */
  readonly hasCluster: boolean;
}

/** @throws Error when a control plane does not start */
export async function playInLanes(plan: SuitePlan, options: LaneOptions): Promise<void> {
  const queue = [...plan.together];
  // The first may have to be built; the others find it built.
  await using first = await openLane(options);
  const others = Array.from({ length: laneCount(options) - 1 }, async () => {
    await using lane = await openLane(options);
    await playAll(queue, lane, options.board);
  });
  await Promise.all([playAll(queue, first, options.board), ...others]);
  await playAll([...plan.alone], first, options.board);
}

interface Lane extends AsyncDisposable {
  readonly env: Readonly<Record<string, string>>;
}

async function openLane({ hasCluster }: LaneOptions): Promise<Lane> {
  return hasCluster ? startSharedCluster() : { env: {}, async [Symbol.asyncDispose]() {} };
}

/** An existing cluster is there once. */
function laneCount({ hasCluster }: LaneOptions): number {
  if (hasCluster && !canStartSeveral()) return 1;
  return Math.min(MOST_LANES, availableParallelism());
}

/** Until nobody has left anything in the queue. */
async function playAll(queue: SuiteFile[], { env }: Lane, board: Board): Promise<void> {
  for (let file = queue.shift(); file; file = queue.shift()) {
    board.done(file, await play(stepOf(file, env)));
  }
}

function stepOf({ name, path }: SuiteFile, env: Lane["env"]): Step {
  return { name, command: ["bun", "test", "--timeout", "120000", path], isTest: true, env };
}
