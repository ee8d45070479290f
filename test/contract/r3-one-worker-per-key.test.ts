/**
 * R3, no order between custom resources, and one worker for each: seen from the server, the requests
 * for one custom resource never overlap, while those of different ones do.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { setTimeout as sleep } from "node:timers/promises";
import { describeWithServer } from "../support/describe-with-server.ts";
import { seededRandom } from "../support/fault-proxy-plan.ts";
import { SEED, Stage } from "./stage.ts";

const WIDGETS = 6;
const EDITS = 60;

interface Span {
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
}

describeWithServer("R3 one worker per key", {
  tests(cluster) {
    let stage: Stage;
    beforeAll(async () => {
      stage = await Stage.open(cluster(), { workers: WIDGETS });
      await stage.start();
    }, 60_000);
    afterAll(() => stage?.[Symbol.asyncDispose]());

    test("one custom resource is never worked on twice at a time, several are", async () => {
      const { proxy } = stage;
      console.log(`  seed ${SEED}`);
      const random = seededRandom(SEED);
      // Slow writes, so that changes come while a reconcile is under way.
      const slow = { kind: "delay", ms: 40 } as const;
      proxy.arm({ kind: "request", match: stage.writes, act: slow, times: Infinity });
      for (let index = 0; index < WIDGETS; index++) {
        await stage.create("Widget", `widget-${index}`, { text: "0" });
      }
      for (let count = 1; count <= EDITS; count++) {
        const name = `widget-${Math.floor(random() * WIDGETS)}`;
        await stage.edit("Widget", name, { spec: { text: String(count) } });
        await sleep(random() * 20);
      }
      await stage.untilConverged();
      // A Widget and its only child have one name, and a pass makes one request after the other.
      const spans = stage.takePassedWrites();
      for (let index = 0; index < WIDGETS; index++) {
        const own = spans.filter(({ name }) => name === `widget-${index}`);
        expect(own.length).toBeGreaterThanOrEqual(3);
        expect(mostAtOnce(own)).toBe(1);
      }
      expect(mostAtOnce(spans)).toBeGreaterThanOrEqual(3);
    }, 30_000);
  },
});

/** The largest number of spans that share a moment. */
function mostAtOnce(spans: readonly Span[]): number {
  const counts = spans.map(
    ({ startMs }) =>
      spans.filter((other) => other.startMs <= startMs && startMs < other.endMs).length,
  );
  return Math.max(...counts);
}
