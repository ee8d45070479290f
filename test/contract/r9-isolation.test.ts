/** R9, isolation: whatever befalls one CRD of a Katalog, the others do not feel it. */
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { probeLoop } from "../bench/loop-probe.ts";
import { describeWithServer } from "../support/describe-with-server.ts";
import { eventually } from "../support/eventually.ts";
import type { RequestAct } from "../support/fault-proxy-plan.ts";
import { type RequestMatch, WRITES } from "../support/fault-proxy-request.ts";
import { Stage } from "./stage.ts";
import { box } from "./stage-katalog.ts";
import { installGadgets, removeGadgets } from "./stage-kinds.ts";

/** An edit of a Widget takes some 10 ms; on a busy machine it may take longer, but never a retry. */
const UNTOUCHED_MS = 1_500;

/** Custom resources that always fail. */
const FAILING = 1_000;
const LONGEST_HOLD_MS = 100;

const READS = ["list", "watch"] as const;

interface Trouble {
  readonly match: RequestMatch;
  readonly act: RequestAct;
}

/** What befalls the Gadgets, by requests that go wrong for as long as it lasts. */
const TROUBLES: Readonly<Record<string, Trouble>> = {
  "its custom resources may not be read": {
    match: { verb: READS, resource: "gadgets" },
    act: { kind: "answer", status: 403 },
  },
  "its API answers 500": {
    match: { resource: "gadgets" },
    act: { kind: "answer", status: 500 },
  },
  "its API answers 503, as an aggregated one that is dead": {
    match: { resource: "gadgets" },
    act: { kind: "answer", status: 503 },
  },
  "its API never answers": { match: { resource: "gadgets" }, act: { kind: "silence" } },
  "its writes are refused": {
    match: { verb: WRITES, resource: ["gadgets", "gadgets/status"] },
    act: { kind: "answer", status: 403 },
  },
  "its writes are never answered": {
    match: { verb: WRITES, resource: ["gadgets", "gadgets/status"] },
    act: { kind: "silence" },
  },
};

describeWithServer("R9 isolation", {
  tests(cluster) {
    let stage: Stage;
    let edits = 0;
    beforeAll(async () => {
      stage = await Stage.open(cluster(), {
        crds: { widget: box("Widget"), gadget: box("Gadget") },
      });
      await stage.start();
      await stage.create("Widget", "widget", { text: "0", items: ["a"] });
      await stage.untilConverged();
    }, 60_000);
    afterAll(() => stage?.[Symbol.asyncDispose]());
    let serial = 0;
    const names = () => Array.from({ length: 20 }, () => `gadget-${serial++}`);

    /** Edits of a Widget, each of which must arrive in time. */
    async function widgetsGoOn(): Promise<void> {
      for (let count = 0; count < 5; count++) {
        await stage.edit("Widget", "widget", { spec: { text: String(++edits) } });
        await stage.untilConverged(UNTOUCHED_MS);
      }
      const { state, reason = "" } = await stage.health("widget");
      expect({ state, reason }).toEqual({ state: "healthy", reason: "" });
    }

    beforeEach(() => {
      stage.proxy.heal();
      stage.proxy.resetSilent();
    });

    test.each(Object.keys(TROUBLES))(
      "while %s, another CRD goes on",
      async (title) => {
        const { match, act } = TROUBLES[title]!;
        const armed = stage.proxy.arm({ kind: "request", match, act, times: Infinity });
        stage.proxy.resetStreams({ resource: "gadgets" });
        for (const name of names()) await stage.create("Gadget", name, { text: "one" });
        await armed.hit;
        await widgetsGoOn();
        stage.proxy.heal();
        if (act.kind === "silence") stage.proxy.resetSilent();
        await stage.untilConverged(20_000, "Gadget");
      },
      60_000,
    );

    test("from its start without its API, another CRD starts and goes on", async () => {
      await stage.kill();
      const match = { resource: "gadgets" };
      const act = { kind: "answer", status: 403 } as const;
      stage.proxy.arm({ kind: "request", match, act, times: Infinity });
      await stage.start({ isReady: false });
      await widgetsGoOn();
      expect((await stage.health("gadget")).state).not.toBe("healthy");
      stage.proxy.heal();
      await stage.create("Gadget", "started-late", { text: "one" });
      await stage.untilConverged(20_000, "Gadget");
    }, 60_000);

    test("while its CRD is taken away and comes back, another CRD goes on", async () => {
      for (const { metadata } of await stage.objects.list("Gadget")) {
        await stage.delete("Gadget", metadata.name);
      }
      await stage.untilGone("Gadget");
      await removeGadgets(cluster());
      await widgetsGoOn();
      await eventually("the health says so", async () => {
        return (await stage.health("gadget")).state !== "healthy";
      });
      await installGadgets(cluster());
      await stage.create("Gadget", "again", { text: "one" });
      await widgetsGoOn();
      await stage.untilConverged(20_000, "Gadget");
    }, 60_000);

    test("while all its many workers hang in all their writes, another CRD goes on", async () => {
      await stage.kill();
      const secrets = Array.from({ length: 8 }, (_, index) => ({
        name: `{{ .metadata.name }}-${index}`,
        data: { text: "{{ .spec.text }}" },
      }));
      await using hanging = await Stage.open(cluster(), {
        crds: {
          widget: box("Widget"),
          gadget: box("Gadget", { reconcile: { workers: 50, onReconcile: { secrets } } }),
        },
      });
      const match = { verb: WRITES, resource: "secrets" };
      const act = { kind: "silence" } as const;
      const armed = hanging.proxy.arm({ kind: "request", match, act, times: Infinity });
      await hanging.start();
      await hanging.create("Widget", "widget", { text: "0" });
      await hanging.untilConverged();
      for (let index = 0; index < 50; index++) {
        await hanging.create("Gadget", `gadget-${index}`, { text: "one" });
      }
      await eventually("all workers hang", () => armed.hits >= 150, { timeoutMs: 5_000 }).catch(
        () => {},
      );
      for (const text of ["1", "2", "3", "4", "5"]) {
        await hanging.edit("Widget", "widget", { spec: { text } });
        await hanging.untilConverged(UNTOUCHED_MS);
      }
      expect(armed.hits).toBeGreaterThanOrEqual(50);
    }, 60_000);

    test("while 1,000 of its custom resources always fail, another CRD goes on", async () => {
      await stage.kill();
      await using failing = await Stage.open(cluster(), {
        crds: {
          widget: box("Widget"),
          gadget: box("Gadget", {
            reconcile: {
              resync: "1s",
              onReconcile: {
                configMaps: [{ name: "x", data: { text: "{{ range .spec.text }}{{ end }}" } }],
              },
            },
          }),
        },
      });
      await Promise.all(
        Array.from({ length: FAILING }, (_, index) =>
          failing.create("Gadget", `failing-${index}`, { text: "one", items: ["a"] }),
        ),
      );
      await failing.start();
      await failing.create("Widget", "widget", { text: "0" });
      await failing.untilConverged();
      const { pid, url = "" } = failing.ork;
      const probe = probeLoop({ pid, url });
      for (const text of ["1", "2", "3", "4", "5"]) {
        await failing.edit("Widget", "widget", { spec: { text } });
        await failing.untilConverged(UNTOUCHED_MS);
      }
      await eventually("all have failed", async () => {
        return (await failing.health("gadget")).consecutiveFails >= FAILING;
      });
      expect(await probe.stop()).toBeLessThan(LONGEST_HOLD_MS);
      expect((await failing.health("gadget")).state).toBe("degraded");
      expect((await failing.health("widget")).state).toBe("healthy");
    }, 60_000);
  },
});
