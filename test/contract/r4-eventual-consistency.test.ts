/** R4, eventual consistency: the cluster comes to the declared state, whatever the way, and stays. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { setTimeout as sleep } from "node:timers/promises";
import { describeWithServer } from "../support/describe-with-server.ts";
import { type RequestAct, seededRandom } from "../support/fault-proxy-plan.ts";
import { tell } from "../support/fault-report.ts";
import { SCALE, SEED, Stage } from "./stage.ts";

const WIDGETS = 4;
const EDITS = 60 * SCALE;
const RESYNC_MS = 1_000;
/** The first retry comes after some 5 ms. */
const RETRIED_MS = 1_500;
/** Of `RESYNC_MS`, after the last change. */
const RESYNCS = Math.min(20, 5 * SCALE);

/** Answers to half of all writes, before they reach the server or after they took effect. */
const REFUSALS: Readonly<Record<string, { at: "before" | "committed"; act: RequestAct }>> = {
  "409": { at: "before", act: { kind: "answer", status: 409 } },
  "429 with Retry-After": {
    at: "before",
    act: { kind: "answer", status: 429, retryAfterSeconds: 1 },
  },
  "500": { at: "before", act: { kind: "answer", status: 500 } },
  "503 after they took effect": { at: "committed", act: { kind: "answer", status: 503 } },
  "a broken connection": { at: "before", act: { kind: "reset" } },
  "half of an answer": { at: "committed", act: { kind: "truncate" } },
};

describeWithServer("R4 eventual consistency", {
  tests(cluster) {
    let stage: Stage;
    beforeAll(async () => {
      stage = await Stage.open(cluster());
      await stage.start();
      console.log(`  seed ${SEED}`);
    }, 60_000);
    afterAll(() => stage?.[Symbol.asyncDispose]());

    test.each(Object.keys(REFUSALS))(
      "half of all writes answered by %s: it converges all the same",
      async (title) => {
        const { proxy } = stage;
        const fault = REFUSALS[title]!;
        const match = stage.writes;
        const armed = proxy.arm({ kind: "request", match, ...fault, times: Infinity, chance: 0.5 });
        await history(stage, { edits: EDITS / 6, seed: SEED });
        await stage.untilConverged(20_000);
        // Again, over what is there by now: children change and go.
        await history(stage, { edits: EDITS / 6, seed: SEED + 2 });
        await stage.untilConverged(20_000);
        expect(armed.hits).toBeGreaterThan(5);
        proxy.heal();
      },
      30_000,
    );

    test("one write of a child that fails costs no minute", async () => {
      const match = { ...stage.writes, verb: "create", resource: "configmaps" } as const;
      const failure = { kind: "answer", status: 500 } as const;
      const armed = stage.proxy.arm({ kind: "request", match, act: failure });
      await stage.create("Widget", "unlucky", { text: "once", items: ["a", "b"] });
      await stage.untilConverged(RETRIED_MS);
      expect(armed.hits).toBe(1);
      stage.proxy.heal();
    });

    test("after the last change nothing is written any more", async () => {
      await history(stage, { edits: EDITS, seed: SEED + 1 });
      await stage.untilConverged();
      await stage.untilQuiet();
      await sleep(500);
      stage.takeWrites();
      const { totalReconciles } = await stage.health();
      await sleep(RESYNCS * RESYNC_MS);
      expect(stage.takeWrites()).toEqual([]);
      tell("quiet", { resyncs: RESYNCS });
      // Not because nobody looked.
      const { resourceCount, ...now } = await stage.health();
      expect(now.totalReconciles - totalReconciles).toBeGreaterThanOrEqual(
        resourceCount * (RESYNCS - 1),
      );
    }, 60_000);
  },
});

/** Names of the Widgets that there are, and how many there were. */
const alive: string[] = [];
let serial = 0;

/** Creations, edits and deletions, as fast as the server takes them. No name is used twice. */
async function history(stage: Stage, { edits, seed }: { edits: number; seed: number }) {
  const random = seededRandom(seed);
  for (let count = 0; count < edits; count++) {
    const items = ["a", "b", "c", "d"].filter(() => random() < 0.5);
    const spec = { text: `${seed} ${count}`, items };
    const place = Math.floor(random() * WIDGETS);
    const name = alive[place];
    if (name === undefined) {
      alive.push(`widget-${serial++}`);
      await stage.create("Widget", alive.at(-1)!, spec);
    } else if (random() < 0.15) {
      await stage.delete("Widget", name);
      alive.splice(place, 1);
    } else await stage.edit("Widget", name, { spec });
  }
}
