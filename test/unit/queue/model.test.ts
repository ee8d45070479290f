/**
 * The queue's promise, checked exhaustively on a small model: 2 keys, 3 events, 2 workers, a failure, a
 * crash. Every order in which these can happen is played on the real classes, from the beginning.
 *
 * An event makes a new version of its key; a reconcile covers the version that it found when it began, if it
 * succeeds. A crash takes queue and workers with it, and the process that follows lists both keys.
 */
import { expect, test } from "bun:test";
import { createDelayedQueue } from "../../../src/queue/delayed.ts";
import type { Priority, Workqueue } from "../../../src/queue/queue.ts";
import { createRateLimitedQueue } from "../../../src/queue/rate-limited.ts";
import { createReadyQueue } from "../../../src/queue/ready.ts";
import { runWorkers } from "../../../src/queue/workers.ts";
import { IS_QUICK } from "../../support/effort.ts";
import { tell } from "../../support/fault-report.ts";
import { manualClock } from "../../support/manual-clock.ts";

const KEYS = ["a", "b"] as const;
type Key = (typeof KEYS)[number];
const EVENTS = 3;
const WORKERS = 2;
const FAILURES = 1;
const CRASHES = 1;
/** Longer than the first retry of a key. */
const TICK_MS = 20;

type Act =
  | { readonly kind: "event"; readonly key: Key; readonly priority: Priority }
  | { readonly kind: "succeed"; readonly key: Key }
  | { readonly kind: "fail"; readonly key: Key }
  | { readonly kind: "tick" }
  | { readonly kind: "crash" };

/** One process with its queue and workers. */
class Machine {
  readonly #clock = manualClock();
  /** By its key, how a reconcile under way ends. */
  #held = new Map<Key, (isDone: boolean) => void>();
  #queue: Workqueue<Key>;
  readonly #versions = { a: 0, b: 0 };
  readonly #covered = { a: 0, b: 0 };
  readonly #played = { events: 0, failures: 0, crashes: 0 };
  #everTwice = false;

  constructor() {
    this.#queue = this.#start();
  }

  #start(): Workqueue<Key> {
    const clock = this.#clock;
    const delayed = createDelayedQueue<Key>(createReadyQueue({ clock }), { clock });
    const queue = createRateLimitedQueue(delayed, { random: () => 0 });
    const held = new Map<Key, (isDone: boolean) => void>();
    this.#held = held;
    const work = async ({ key }: { readonly key: Key }) => {
      if (held.has(key)) this.#everTwice = true;
      const version = this.#versions[key];
      const isDone = await new Promise<boolean>((resolve) => held.set(key, resolve));
      held.delete(key);
      if (isDone) {
        this.#covered[key] = Math.max(this.#covered[key], version);
        queue.forget(key);
      } else queue.addRateLimited(key);
    };
    const onThrow = (error: unknown) => {
      throw error;
    };
    // Their own clock stands still: a worker that lets the event loop turn is no part of the model.
    void runWorkers(queue, {
      count: WORKERS,
      clock: { monotonicMs: () => 0 },
      work,
      onThrow,
    });
    return queue;
  }

  /** What can happen next. */
  acts(): readonly Act[] {
    const acts: Act[] = [];
    if (this.#played.events < EVENTS) {
      for (const key of KEYS) {
        for (const priority of ["live", "background"] as const) {
          acts.push({ kind: "event", key, priority });
        }
      }
    }
    for (const key of this.#held.keys()) {
      acts.push({ kind: "succeed", key });
      if (this.#played.failures < FAILURES) acts.push({ kind: "fail", key });
    }
    if (this.#clock.pending > 0) acts.push({ kind: "tick" });
    // Before anything happened, or with nothing to lose, a crash is no crash.
    if (this.#played.crashes < CRASHES && this.#played.events > 0) acts.push({ kind: "crash" });
    return acts;
  }

  async play(act: Act): Promise<void> {
    switch (act.kind) {
      case "event":
        this.#played.events++;
        this.#versions[act.key]++;
        this.#queue.add(act.key, act.priority);
        break;
      case "succeed":
        this.#held.get(act.key)?.(true);
        break;
      case "fail":
        this.#played.failures++;
        this.#held.get(act.key)?.(false);
        break;
      case "tick":
        this.#clock.advance(TICK_MS);
        break;
      case "crash":
        this.#played.crashes++;
        this.#queue.shutDown();
        this.#queue = this.#start();
        for (const key of KEYS) this.#queue.add(key, "background");
        break;
      default:
        act satisfies never;
    }
    await settle();
  }

  /** What is wrong at this moment. */
  wrong(): string | undefined {
    if (this.#everTwice) return "one key is worked on twice at a time";
    if (this.#queue.active !== this.#held.size) return "a key is held by nobody";
    // A free worker and a ready key cannot both be.
    const isIdle = this.#held.size < WORKERS;
    const ready = this.#queue.depth - this.#heldAndDirty();
    if (isIdle && ready > 0) return "a ready key waits although a worker is free";
    return undefined;
  }

  /** Lets everything come to its end. Resolves with what was lost. */
  async lost(): Promise<readonly Key[]> {
    for (let round = 0; round < 10; round++) {
      for (const end of [...this.#held.values()]) end(true);
      this.#clock.advance(TICK_MS);
      await settle();
    }
    return KEYS.filter((key) => this.#covered[key] !== this.#versions[key]);
  }

  /** Keys in work that must be looked at again afterwards: what is ready besides is the rest. */
  #heldAndDirty(): number {
    const { depth } = this.#queue;
    return Math.min(depth, this.#held.size);
  }
}

/** Everything that follows from an act has happened after these turns. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 6; turn++) await Promise.resolve();
}

/** Plays every schedule once; `tried` counts those that are complete. */
async function playAll(isFull: boolean): Promise<{ schedules: number; problems: string[] }> {
  const problems: string[] = [];
  let schedules = 0;
  const open: Act[][] = [[]];
  for (let acts = open.pop(); acts !== undefined; acts = open.pop()) {
    const machine = new Machine();
    for (const act of acts) await machine.play(act);
    const wrong = machine.wrong();
    if (wrong !== undefined) problems.push(`${show(acts)}: ${wrong}`);
    const next = machine
      .acts()
      .filter((act) => isFull || !isBackground(act))
      // Both keys are alike: what begins with the other one is the same in a mirror.
      .filter((act) => !IS_QUICK || acts.length > 0 || !("key" in act) || act.key === KEYS[0]);
    for (const act of next) open.push([...acts, act]);
    if (next.length > 0) continue;
    schedules++;
    const lost = await machine.lost();
    if (lost.length > 0) problems.push(`${show(acts)}: ${lost} is not covered`);
  }
  return { schedules, problems };
}

const isBackground = (act: Act) => act.kind === "event" && act.priority === "background";

function show(acts: readonly Act[]): string {
  return acts.map((act) => ("key" in act ? `${act.kind} ${act.key}` : act.kind)).join(", ");
}

const IS_FULL = Number(process.env["ORK_FAULT_PLANS"] ?? 1) > 1;

test("queue covers every event in every order of 3 events, 2 workers, a failure and a crash", async () => {
  const { schedules, problems } = await playAll(IS_FULL);
  expect(problems.slice(0, 5)).toEqual([]);
  expect(schedules).toBeGreaterThan(IS_QUICK ? 5_000 : 10_000);
  tell("queue", { schedules });
}, 900_000);
