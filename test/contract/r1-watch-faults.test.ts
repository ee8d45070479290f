/**
 * R1 for each of the sixteen ways in which a watch goes wrong: `ork` recovers unaided, in time, and misses no
 * final state. The resync is an hour here, so only the watches themselves can tell of a change. Each fault
 * befalls the watch of the custom resources and the one of their children.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startCluster } from "../support/cluster.ts";
import { describeWithServer, IS_SANDBOX } from "../support/describe-with-server.ts";
import { eventually } from "../support/eventually.ts";
import type { EventAct, RequestAct } from "../support/fault-proxy-plan.ts";
import { tell } from "../support/fault-report.ts";
import { startSandboxProcess } from "../support/shared-sandbox.ts";
import { SCALE, Stage } from "./stage.ts";
import { box } from "./stage-katalog.ts";
import { installGadgets, removeGadgets } from "./stage-kinds.ts";

/** From the end of a fault until all is as declared. */
const HEALED_MS = 5_000;
/** Until a dead connection was noticed, and a stream that is open and mute. */
const DEAD_MS = 30_000;
const MUTE_MS = 75_000;
/** After which a server is asked again, however long it asked for. */
const LONGEST_PAUSE_MS = 60_000;
/** For so long a fault lasts that does not end by itself. */
const TROUBLE_MS = SCALE > 1 ? 10_000 : 1_500;

/** What befalls a stream at one of its events. */
const IN_STREAM: Readonly<Record<string, EventAct>> = {
  "410 in the stream": { kind: "error", status: 410, reason: "Expired" },
  "a reset in the middle of a line": { kind: "cut", inside: "line", how: "reset" },
  "a reset in the middle of a character": { kind: "cut", inside: "character", how: "reset" },
  "a clean end": { kind: "end" },
  "JSON that is cut short": { kind: "garble" },
  "a slow drip": { kind: "drip", bytes: 64, everyMs: 20 },
};

/** What a server answers to every watch and list for a while. */
const ANSWERS: Readonly<Record<string, RequestAct>> = {
  "410 as a status": { kind: "answer", status: 410 },
  "401": { kind: "answer", status: 401 },
  "403": { kind: "answer", status: 403 },
  "429 with Retry-After": { kind: "answer", status: 429, retryAfterSeconds: 1 },
  "500": { kind: "answer", status: 500 },
  "503": { kind: "answer", status: 503 },
};

const RESOURCES = ["widgets", "configmaps"] as const;

describeWithServer("R1 sixteen faults of a watch", {
  tests(cluster) {
    let stage: Stage;
    let edits = 0;
    beforeAll(async () => {
      stage = await Stage.open(cluster(), { resync: "1h" });
      await stage.create("Widget", "widget", { text: "ä", items: ["a"] });
      await stage.start();
      await stage.untilConverged();
    }, 60_000);
    afterAll(() => stage?.[Symbol.asyncDispose]());

    /** A change of the custom resource, and of a child by somebody else. */
    async function change(): Promise<void> {
      await stage.edit("Widget", "widget", { spec: { text: `ä ${++edits}` } });
      await drift();
    }
    const drift = () => stage.objects.patch("ConfigMap/widget-a", { data: { text: "drifted" } });

    test.each(Object.keys(IN_STREAM))("%s: nothing is missed", async (title) => {
      const { proxy, namespace } = stage;
      for (const resource of RESOURCES) {
        const match = { resource, namespace, type: "MODIFIED" } as const;
        const armed = proxy.arm({ kind: "event", match, act: IN_STREAM[title]! });
        const startMs = performance.now();
        if (resource === "widgets") {
          await stage.edit("Widget", "widget", { spec: { text: `ä ${++edits}` } });
        } else await drift();
        await armed.hit;
        const healedMs = await stage.untilConverged(HEALED_MS);
        tell("watch", { healedMs });
        if (title.includes("reset")) tell("watch", { deadMs: performance.now() - startMs });
      }
      proxy.heal();
      if (title.includes("drip")) proxy.resetStreams();
      expect(stage.isRunning).toBe(true);
      tell("watch", { faults: 1 });
    });

    test.each(Object.keys(ANSWERS))(
      "%s for a while: nothing is missed",
      async (title) => {
        const { proxy } = stage;
        const match = { resource: RESOURCES, verb: ["watch", "list"] } as const;
        const armed = proxy.arm({
          ...{ kind: "request", match, act: ANSWERS[title]!, times: Number.POSITIVE_INFINITY },
        } as const);
        proxy.resetStreams();
        await armed.hit;
        await change();
        await sleep(TROUBLE_MS);
        proxy.heal();
        tell("watch", { faults: 1, healedMs: await stage.untilConverged(HEALED_MS) });
        expect(armed.hits).toBeGreaterThan(1);
        expect(stage.isRunning).toBe(true);
      },
      40_000,
    );

    test("an object that is told twice as added: nothing is done twice", async () => {
      const { proxy, namespace } = stage;
      const match = { namespace, type: "ADDED" } as const;
      const armed = proxy.arm({ kind: "event", match, act: { kind: "double" }, times: 10 });
      stage.takeBirths();
      await stage.create("Widget", "doubled", { text: "ä", items: ["a"] });
      const healedMs = await stage.untilConverged(HEALED_MS);
      await eventually("each was told twice", () => armed.hits >= 3);
      expect(Object.values(stage.takeBirths())).toEqual([1, 1]);
      proxy.heal();
      tell("watch", { faults: 1, healedMs });
    });

    test("410 for all watches at once: they do not wait for each other", async () => {
      const { proxy } = stage;
      const match = { verb: "watch" } as const;
      const watches = proxy.countWatches(match);
      const act = { kind: "answer", status: 410 } as const;
      proxy.arm({ kind: "request", match, act, times: watches });
      proxy.resetStreams();
      await change();
      tell("watch", { healedMs: await stage.untilConverged(HEALED_MS) });
      await eventually("all watches stand again", () => proxy.countWatches(match) >= watches, {
        timeoutMs: HEALED_MS,
      });
      proxy.heal();
    });

    test("a CRD that is removed, and comes back: nothing is missed", async () => {
      await using gadgets = await Stage.open(cluster(), {
        crds: {
          widget: box("Widget"),
          gadget: box("Gadget", { reconcile: { ...HOUR, ...GADGET } }),
        },
      });
      await gadgets.start();
      await gadgets.create("Gadget", "before", { text: "ä" });
      await gadgets.untilConverged(HEALED_MS, "Gadget");
      await gadgets.delete("Gadget", "before");
      await gadgets.untilGone("Gadget");
      await removeGadgets(cluster());
      await sleep(TROUBLE_MS);
      await installGadgets(cluster());
      await gadgets.create("Gadget", "after", { text: "ä" });
      tell("watch", { faults: 1, healedMs: await gadgets.untilConverged(HEALED_MS, "Gadget") });
      expect(gadgets.isRunning).toBe(true);
    }, 60_000);

    describe("a server of a new history", () => {
      test("where everything has a new uid and an earlier version: nothing is missed", async () => {
        await using wiped = await (IS_SANDBOX ? startSandboxProcess() : startCluster());
        await using moving = await Stage.open(cluster(), { resync: "1h" });
        await moving.create("Widget", "widget", { text: "old", items: ["a", "b"] });
        await moving.create("Widget", "gone", { text: "old" });
        await moving.start();
        await moving.untilConverged();
        moving.proxy.isAway = true;
        moving.proxy.resetStreams();
        await moving.moveTo(wiped);
        await moving.create("Widget", "widget", { text: "new", items: ["b", "c"] });
        await moving.create("Widget", "made", { text: "new" });
        moving.proxy.isAway = false;
        const healedMs = await moving.untilConverged();
        expect(healedMs).toBeLessThan(HEALED_MS);
        await moving.edit("Widget", "made", { spec: { text: "newer" } });
        await moving.untilConverged(HEALED_MS);
        expect(moving.isRunning).toBe(true);
        await moving.delete("Widget", "made");
        await moving.objects.untilGone("Widget/made");
        tell("watch", { faults: 1, healedMs });
      }, 120_000);
    });

    // It takes more than a minute, in which nothing happens.
    if (SCALE > 1) {
      test(
        "a stream that is open and mute: it is noticed",
        async () => {
          const { proxy, namespace } = stage;
          const startMs = performance.now();
          for (const resource of RESOURCES) {
            const match = { resource, namespace, type: "MODIFIED" } as const;
            proxy.arm({ kind: "event", match, act: { kind: "stall" } });
          }
          await change();
          const before = proxy.arrivals({ resource: RESOURCES, verb: "watch" });
          await eventually(
            "both are opened anew",
            () => proxy.arrivals({ resource: RESOURCES, verb: "watch" }) >= before + 2,
            { timeoutMs: MUTE_MS + 5_000, everyMs: 20 },
          );
          const muteMs = performance.now() - startMs;
          expect(muteMs).toBeLessThan(MUTE_MS);
          await stage.untilConverged(HEALED_MS);
          proxy.heal();
          tell("watch", { faults: 1, muteMs });
        },
        MUTE_MS + 20_000,
      );
    }

    // So does this.
    if (SCALE > 1) {
      test(
        "429 with a Retry-After of a day: nothing is missed",
        async () => {
          const { proxy } = stage;
          const watches = proxy.countWatches({ resource: RESOURCES });
          const match = { resource: RESOURCES, verb: ["watch", "list"] } as const;
          const act = { kind: "answer", status: 429, retryAfterSeconds: 86_400 } as const;
          const armed = proxy.arm({ kind: "request", match, act, times: watches });
          proxy.resetStreams();
          await armed.hit;
          await change();
          await stage.untilConverged(LONGEST_PAUSE_MS + HEALED_MS);
          expect(armed.hits).toBe(watches);
          proxy.heal();
          tell("watch", { faults: 1 });
        },
        LONGEST_PAUSE_MS + 20_000,
      );
    }

    test("a server that is dead: it is noticed", async () => {
      const { proxy } = stage;
      const before = proxy.arrivals({});
      const startMs = performance.now();
      proxy.isAway = true;
      proxy.resetStreams();
      await eventually("they ask again", () => proxy.arrivals({}) > before, {
        timeoutMs: DEAD_MS,
        everyMs: 10,
      });
      const deadMs = performance.now() - startMs;
      await change();
      await sleep(TROUBLE_MS);
      proxy.isAway = false;
      tell("watch", { deadMs, healedMs: await stage.untilConverged(HEALED_MS) });
    }, 60_000);
  },
});

const HOUR = { resync: "1h" };
const GADGET = {
  onReconcile: {
    configMaps: [{ name: "{{ .metadata.name }}", data: { text: "{{ .spec.text }}" } }],
  },
};
