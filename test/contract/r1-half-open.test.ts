/**
 * R1 where packets get lost: connections whose peer vanished without a word, and a server that nothing gets
 * through to for a while. The resync is an hour here, so only the watches themselves can tell of a change.
 */
import { expect, test } from "bun:test";
import { setTimeout as sleep } from "node:timers/promises";
import { describeWithServer } from "../support/describe-with-server.ts";
import { eventually } from "../support/eventually.ts";
import { tell } from "../support/fault-report.ts";
import { filterObstacle, VanishingRelay } from "../support/vanishing-relay.ts";
import { Stage } from "./stage.ts";

/** Until half-open connections were noticed. */
const DEAD_MS = 30_000;
/** From when packets get through again until all is as declared. */
const HEALED_MS = 5_000;
/** After so long a kernel waits more than ten seconds before it tries once more to connect. */
const HOLE_MS = 21_000;
/** By then all that is asked once after the start was answered, and its connections are unused. */
const QUIET_MS = 1_500;

const WATCHES = { resource: ["widgets", "configmaps"], verb: "watch" } as const;

const obstacle = filterObstacle();

describeWithServer("R1 packets that get lost", {
  tests(cluster) {
    if (obstacle !== undefined) {
      console.error(`\n*** SKIPPED, no packets can be lost here: ${obstacle}\n`);
      test.skipIf(process.env["CI"] !== "true")("packets can be lost", () => {
        throw new Error(`Cannot skip tests with CI=true: ${obstacle}`);
      });
      return;
    }

    /** A Widget that has converged, served by an `ork` behind the relay. */
    async function open() {
      const stage = await Stage.open(cluster(), { resync: "1h" });
      const relay = await VanishingRelay.start(Number(new URL(stage.proxy.url).port));
      await stage.create("Widget", "widget", { text: "old", items: ["a"] });
      await stage.start({ kubeconfig: stage.proxy.kubeconfig({ server: relay.url }) });
      await stage.untilConverged();
      return {
        stage,
        relay,
        /** Of the custom resource, and of a child by somebody else. */
        async change() {
          await stage.edit("Widget", "widget", { spec: { text: "new" } });
          await stage.objects.patch("ConfigMap/widget-a", { data: { text: "drifted" } });
        },
        async [Symbol.asyncDispose]() {
          await stage.kill();
          await relay[Symbol.asyncDispose]();
          await stage[Symbol.asyncDispose]();
        },
      };
    }

    // Each waits for half a minute, so they do so side by side.
    test.concurrent("connections that are half-open: it is noticed, and nothing is missed", async () => {
      await using scene = await open();
      const { stage, relay } = scene;
      const before = stage.proxy.arrivals(WATCHES);
      const watches = stage.proxy.countWatches(WATCHES);
      expect(await relay.strand()).toBeGreaterThanOrEqual(watches);
      const startMs = performance.now();
      await scene.change();
      await eventually(
        "all watches are opened anew",
        () => stage.proxy.arrivals(WATCHES) >= before + watches,
        { timeoutMs: DEAD_MS + 5_000 },
      );
      const deadMs = performance.now() - startMs;
      expect(deadMs).toBeLessThan(DEAD_MS);
      const healedMs = await stage.untilConverged(HEALED_MS);
      expect(stage.isRunning).toBe(true);
      tell("watch", { faults: 1, deadMs, healedMs });
    }, 60_000);

    test.concurrent("watches that break while all other connections are half-open: nothing waits for those", async () => {
      await using scene = await open();
      const { stage, relay } = scene;
      await sleep(QUIET_MS);
      const before = stage.proxy.arrivals(WATCHES);
      const watches = stage.proxy.countWatches(WATCHES);
      expect(await relay.strand()).toBeGreaterThan(watches);
      await scene.change();
      relay.breakOff(/[?&]watch=true/);
      await eventually(
        "all watches are opened anew",
        () => stage.proxy.arrivals(WATCHES) >= before + watches,
        { timeoutMs: HEALED_MS },
      );
      const healedMs = await stage.untilConverged(HEALED_MS);
      expect(stage.isRunning).toBe(true);
      tell("watch", { faults: 1, healedMs });
    }, 60_000);

    test.concurrent("a server to which nothing gets through for a while: nothing is missed", async () => {
      await using scene = await open();
      const { stage, relay } = scene;
      relay.vanish();
      await scene.change();
      await sleep(HOLE_MS);
      expect((await stage.differences("Widget")).length).toBeGreaterThan(0);
      relay.reappear();
      const healedMs = await stage.untilConverged(HEALED_MS);
      expect(stage.isRunning).toBe(true);
      tell("watch", { faults: 1, healedMs });
    }, 60_000);
  },
});
