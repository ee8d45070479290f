/** The fault suite as data: what each group plays, at which scale, and what it must have reached. */
import type { FaultGroup, Figures } from "../test/support/fault-report.ts";

export interface FaultRun {
  /** Below `test/`. */
  readonly file: string;
  /** As much of a title as selects the tests of the group. Absent: all of the file. */
  readonly title?: string;
  /** How many times as many plans as `npm test` plays. */
  readonly scale: number;
}

export interface GroupPlan {
  readonly runs: readonly FaultRun[];
  /** At least so many of each unit are played by the full suite. */
  readonly least: Figures;
  /** At most so many milliseconds. */
  readonly most?: Figures;
  /** In words. */
  readonly bar: string;
  /** Played the same on both servers, because none of them has a part in it. */
  readonly isServerless?: boolean;
}

const contract = (file: string, scale: number, title?: string): FaultRun => ({
  file: `contract/${file}.test.ts`,
  scale,
  ...(title !== undefined && { title }),
});

export const GROUP_PLANS: Readonly<Record<FaultGroup, GroupPlan>> = {
  kill: {
    runs: [
      contract("r1-at-least-once", 4, "killed at any write"),
      contract("r4-examples", 10, "killed at a write"),
    ],
    least: { plans: 300 },
    bar: "same end, same creations and deletions as undisturbed",
  },
  travel: {
    runs: [contract("r1-time-travel", 1), contract("r1-travel-plans", 10)],
    least: { plans: 300 },
    bar: "no wrong deletion, no child twice",
  },
  events: {
    runs: [contract("r5-resync", 5, "each single event")],
    least: { plans: 200 },
    bar: "converged within one resync",
  },
  watch: {
    runs: [
      contract("r1-at-least-once", 1, "when the watch fails"),
      contract("r1-watch-faults", 10),
      contract("r1-half-open", 1),
    ],
    least: { faults: 20 },
    most: { deadMs: 30_000, muteMs: 75_000, healedMs: 5_000 },
    bar: "dead noticed in 30 s, mute in 75 s, others healed in 5 s",
  },
  histories: {
    runs: [contract("r1-histories", 10)],
    least: { seeds: 1_000, events: 100_000 },
    bar: "every generation that stayed for a second is covered",
  },
  quiet: {
    runs: [contract("r4-eventual-consistency", 4, "after the last change")],
    least: { resyncs: 20 },
    bar: "no write",
  },
  finalizers: {
    runs: [contract("r7-finalizer", 100, "deleted at once")],
    least: { customResources: 5_000 },
    bar: "none gone early, no foreign finalizer touched, none stuck",
  },
  leader: {
    runs: [contract("leader-election", 20)],
    least: { rounds: 200 },
    most: { standardTakeoverMs: 20_000, standardWorkMs: 1_000 },
    bar: "no request of a deposed leader; takeover in 20 s, 1 s after the lease",
  },
  rotation: {
    runs: [contract("r4-rotation", 10)],
    least: { tokens: 6, authorities: 1 },
    bar: "no failed reconcile",
  },
  queue: {
    runs: [{ file: "unit/queue/model.test.ts", scale: 10 }],
    // All there are, of events of both priorities: a kind of act that is lost leaves fewer.
    least: { schedules: 158_528 },
    bar: "no key twice at once, none lost",
    isServerless: true,
  },
};
