/**
 * R1 in random histories: custom resources are created, edited, deleted and drift, while the process is
 * killed, connections break, answers get lost and events are dropped. Every generation that stayed the latest
 * for a second must be covered by a reconcile that completed after it: its status says so, and so do its
 * children.
 *
 * Many custom resources live side by side, and each seed is one history of some of them; the crashes of a
 * round befall all.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { setTimeout as sleep } from "node:timers/promises";
import { describeWithServer } from "../support/describe-with-server.ts";
import { type Fault, seededRandom } from "../support/fault-proxy-plan.ts";
import { tell } from "../support/fault-report.ts";
import type { KubeObject } from "../support/namespaced-objects.ts";
import { SCALE, SEED, Stage } from "./stage.ts";

/** In each round, so many histories run side by side. */
const HISTORIES = 50;
const ROUNDS = SCALE > 1 ? 2 * SCALE : 1;
/** Changes in one history. */
const EVENTS = 102;
/** Custom resources of one history. */
const WIDGETS = 3;
/** A change that is followed by another within this time need not be seen. */
const SETTLE_MS = 1_000;
/** A generation that is not covered then never will be; how long it takes is promised elsewhere. */
const PATIENCE_MS = 90_000;
/** Histories that make a change at the same time. */
const WRITERS = 8;

describeWithServer("R1 random histories", {
  tests(cluster) {
    let stage: Stage;
    beforeAll(async () => {
      stage = await Stage.open(cluster(), { resync: "1s", workers: 10 });
      await stage.start();
      console.log(`  seed ${SEED}`);
    }, 60_000);
    afterAll(() => stage?.[Symbol.asyncDispose]());

    test.each(Array.from({ length: ROUNDS }, (_, round) => round))(
      "round %d: every generation that stayed for a second is covered",
      async (round) => {
        const random = seededRandom(SEED + round);
        const histories = Array.from(
          { length: HISTORIES },
          (_, index) => new History(stage, SEED + round * HISTORIES + index),
        );
        let covered = 0;
        // Bursts with faults, then a pause in which the latest generations stay.
        for (let played = 0; played < EVENTS; ) {
          const burst = Math.min(EVENTS - played, 20 + Math.floor(random() * 20));
          const turmoil = befall(random);
          await playAll(histories, burst);
          played += burst;
          await turmoil.end();
          await sleep(SETTLE_MS);
          covered += await untilCovered(histories);
        }
        for (const history of histories) await history.end();
        await stage.untilGone("Widget", 60_000);
        tell("histories", {
          seeds: HISTORIES,
          events: HISTORIES * EVENTS,
          generations: covered,
          crashes: turmoils.splice(0).length,
        });
      },
      600_000,
    );

    const turmoils: number[] = [];

    /** What goes wrong during one burst: crashes, broken streams, and a few faults of each kind. */
    function befall(random: () => number): { end(): Promise<void> } {
      const { proxy } = stage;
      for (const fault of faultsOf(stage)) if (random() < 0.5) proxy.arm(fault);
      const stop = new AbortController();
      const crashes = 2 + Math.floor(random() * 3);
      const running = (async () => {
        for (let crash = 0; crash < crashes; crash++) {
          await sleep(100 + random() * 400);
          if (stop.signal.aborted) break;
          if (random() < 0.6) {
            await stage.kill();
            turmoils.push(crash);
            await sleep(random() * 200);
            await stage.start({ isReady: false });
          } else proxy.resetStreams();
        }
      })();
      return {
        async end() {
          stop.abort();
          await running;
          proxy.heal();
          proxy.resetSilent();
        },
      };
    }

    /** Waits until what stayed is covered; gives how many generations that were. */
    async function untilCovered(histories: readonly History[]): Promise<number> {
      const deadline = performance.now() + PATIENCE_MS;
      let wrong: readonly string[] = [];
      while (performance.now() < deadline) {
        const widgets = new Map(
          (await stage.objects.list("Widget")).map((widget) => [widget.metadata.name, widget]),
        );
        wrong = histories.flatMap((history) => history.uncovered(widgets));
        if (wrong.length === 0) wrong = await stage.differences("Widget");
        if (wrong.length === 0) return widgets.size;
        await sleep(200);
      }
      expect({ wrong, log: stage.ork.log.slice(-10) }).toEqual({ wrong: [], log: [] });
      return 0;
    }
  },
});

/** A few hits of each, at random among what matches. */
function faultsOf({ namespace, writes }: Stage): readonly Fault[] {
  const some = { times: 20, chance: 0.1 } as const;
  const events = { kind: "event", match: { namespace }, ...some } as const;
  const requests = { kind: "request", match: writes, ...some } as const;
  return [
    { ...events, act: { kind: "drop" } },
    { ...events, act: { kind: "double" } },
    { ...events, act: { kind: "merge", withinMs: 200 } },
    { ...events, act: { kind: "delay", ms: 100 } },
    { ...events, times: 2, act: { kind: "cut", inside: "line", how: "reset" } },
    { ...events, times: 2, act: { kind: "error", status: 410, reason: "Expired" } },
    { ...requests, act: { kind: "answer", status: 409 } },
    { ...requests, act: { kind: "answer", status: 500 } },
    { ...requests, act: { kind: "reset" } },
    { ...requests, at: "committed", act: { kind: "reset" } },
    { ...requests, at: "committed", act: { kind: "truncate" } },
  ];
}

async function playAll(histories: readonly History[], events: number): Promise<void> {
  const waiting = [...histories];
  await Promise.all(
    Array.from({ length: WRITERS }, async () => {
      for (let history = waiting.pop(); history; history = waiting.pop()) {
        await history.play(events);
      }
    }),
  );
}

let serial = 0;

/** The changes of one seed, to custom resources of its own. */
class History {
  readonly #stage: Stage;
  readonly #random: () => number;
  readonly #prefix = `h${serial++}`;
  /** The object that each change was answered with: uid and generation are to be covered. */
  readonly #latest = new Map<string, KubeObject>();
  #names = 0;

  constructor(stage: Stage, seed: number) {
    this.#stage = stage;
    this.#random = seededRandom(seed);
  }

  async play(events: number): Promise<void> {
    for (let event = 0; event < events; event++) await this.#change();
  }

  async end(): Promise<void> {
    for (const name of [...this.#latest.keys()]) await this.#delete(name);
  }

  /** Custom resources whose latest generation no reconcile has completed, or that are others by now. */
  uncovered(widgets: ReadonlyMap<string, KubeObject>): readonly string[] {
    return [...this.#latest].flatMap(([name, { metadata }]) => {
      const now = widgets.get(name);
      if (now === undefined) return [`${name} is gone`];
      const { uid, generation } = now.metadata;
      const { observedGeneration } = now["status"] ?? {};
      const isSame = uid === metadata.uid && generation === metadata.generation;
      if (!isSame) return [`${name} is ${uid} ${generation}, expected ${metadata.uid}`];
      if (observedGeneration === generation) return [];
      return [`${name} has generation ${generation}, covered is ${observedGeneration}`];
    });
  }

  async #change(): Promise<void> {
    const random = this.#random;
    const names = [...this.#latest.keys()];
    const name = names[Math.floor(random() * WIDGETS)];
    const items = ["a", "b"].filter(() => random() < 0.3);
    const spec = { text: String(Math.floor(random() * 1e9)), items };
    const lot = random();
    if (name === undefined) {
      const made = `${this.#prefix}-${this.#names++}`;
      this.#latest.set(made, await this.#stage.create("Widget", made, spec));
    } else if (lot < 0.05) await this.#delete(name);
    else if (lot < 0.15) await this.#drift(name);
    else this.#latest.set(name, await this.#stage.edit("Widget", name, { spec }));
  }

  async #delete(name: string): Promise<void> {
    this.#latest.delete(name);
    await this.#stage.delete("Widget", name);
  }

  /** Somebody else changes or deletes a child, if it is there. */
  async #drift(name: string): Promise<void> {
    const { cluster, namespace } = this.#stage;
    const path = `/api/v1/namespaces/${namespace}/configmaps/${name}`;
    if (this.#random() < 0.5) await cluster.request("DELETE", path);
    else {
      await cluster.request("PATCH", path, {
        body: { data: { text: "drifted" } },
        contentType: "application/merge-patch+json",
      });
    }
  }
}
