/**
 * R9, isolation: whatever befalls one CRD of a Katalog, the others do not feel it, and it is told once,
 * counted, and tried again (`bystander.ts`). What the code of users does is in `hooks-isolation.test.ts`.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { describeWithServer } from "../support/describe-with-server.ts";
import { eventually } from "../support/eventually.ts";
import type { RequestAct } from "../support/fault-proxy-plan.ts";
import { type RequestMatch, WRITES } from "../support/fault-proxy-request.ts";
import { COUNTERS, type Failure, isolates } from "./bystander.ts";
import { Stage } from "./stage.ts";
import { box } from "./stage-katalog.ts";
import { GROUP, installGadgets, removeGadgets } from "./stage-kinds.ts";
import { EXPLODING, explodingTemplates } from "./template-faults.ts";

/** Custom resources that always fail. */
const FAILING = 1_000;
const SOME = 20;

const READS = ["list", "watch"] as const;

interface Trouble {
  readonly match: RequestMatch;
  readonly act: RequestAct;
  /** Absent: nothing has failed yet, it only does not come. */
  readonly failure?: Failure;
}

/** Of the kind as a whole. */
const unread = (told: RegExp): Failure => ({ told, counter: COUNTERS.watch });

/** What befalls the Gadgets, by requests that go wrong for as long as it lasts. */
const TROUBLES: Readonly<Record<string, Trouble>> = {
  "its custom resources may not be read": {
    match: { verb: READS, resource: "gadgets" },
    act: { kind: "answer", status: 403 },
    failure: unread(/403|forbidden/i),
  },
  "its API answers 500": {
    match: { resource: "gadgets" },
    act: { kind: "answer", status: 500 },
    failure: unread(/500|internal/i),
  },
  "its API answers 503, as an aggregated one that is dead": {
    match: { resource: "gadgets" },
    act: { kind: "answer", status: 503 },
    failure: unread(/503|unavailable/i),
  },
  "its API never answers": { match: { resource: "gadgets" }, act: { kind: "silence" } },
  "its writes are refused": {
    match: { verb: WRITES, resource: ["gadgets", "gadgets/status"] },
    act: { kind: "answer", status: 403 },
    failure: { told: /403|forbidden/i, counter: COUNTERS.reconcile, count: SOME },
  },
  "its writes are never answered": {
    match: { verb: WRITES, resource: ["gadgets", "gadgets/status"] },
    act: { kind: "silence" },
  },
};

/** A Gadget whose ConfigMap has these values, looked at each second. */
function gadgetOf(data: object): object {
  const configMaps = [{ name: "{{ .metadata.name }}", data }];
  return box("Gadget", { reconcile: { resync: "1s", onReconcile: { configMaps } } });
}

describeWithServer("R9 isolation", {
  tests(cluster) {
    let stage: Stage;
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
    const names = () => Array.from({ length: SOME }, () => `gadget-${serial++}`);

    beforeEach(() => {
      stage.proxy.heal();
      stage.proxy.resetSilent();
    });

    /** Another Katalog in the place of the stage's, with a Widget that is settled. */
    async function openBeside(gadget: object): Promise<Stage> {
      await stage.kill();
      const beside = await Stage.open(cluster(), { crds: { widget: box("Widget"), gadget } });
      await beside.create("Widget", "widget", { text: "0" });
      return beside;
    }

    /** Starts, and waits only for what does not miss anything. */
    async function startWithout(one: Stage): Promise<void> {
      const ork = await one.start({ isReady: false });
      await one.untilConverged();
      await ork.eventually("the Widgets' entry is healthy", async () => {
        return ork.url !== undefined && (await one.health("widget")).state === "healthy";
      });
    }

    async function clearGadgets(): Promise<void> {
      for (const { metadata } of await stage.objects.list("Gadget")) {
        await stage.delete("Gadget", metadata.name);
      }
      await stage.untilGone("Gadget");
    }

    test.each(Object.keys(TROUBLES))(
      "while %s, another CRD goes on",
      async (title) => {
        const { match, act, failure } = TROUBLES[title]!;
        const armed = stage.proxy.arm({ kind: "request", match, act, times: Infinity });
        const begin = async () => {
          stage.proxy.resetStreams({ resource: "gadgets" });
          for (const name of names()) await stage.create("Gadget", name, { text: "one" });
          await armed.hit;
        };
        await isolates(stage, begin, failure);
        stage.proxy.heal();
        if (act.kind === "silence") stage.proxy.resetSilent();
        await stage.untilConverged(20_000, "Gadget");
      },
      90_000,
    );

    test("from its start without its API, another CRD starts and goes on", async () => {
      await stage.kill();
      const match = { resource: "gadgets" };
      const act = { kind: "answer", status: 403 } as const;
      stage.proxy.arm({ kind: "request", match, act, times: Infinity });
      await startWithout(stage);
      await isolates(stage, async () => {}, {
        ...unread(/403|forbidden/i),
        isFromStart: true,
      });
      expect((await stage.health("gadget")).state).not.toBe("healthy");
      stage.proxy.heal();
      await stage.create("Gadget", "started-late", { text: "one" });
      await stage.untilConverged(20_000, "Gadget");
    }, 60_000);

    test("while its CRD is taken away and comes back, another CRD goes on", async () => {
      await clearGadgets();
      await isolates(
        stage,
        () => removeGadgets(cluster()),
        unread(/404|not found|could not find/i),
      );
      expect((await stage.health("gadget")).state).not.toBe("healthy");
      await installGadgets(cluster());
      await stage.create("Gadget", "again", { text: "one" });
      await stage.untilConverged(20_000, "Gadget");
    }, 60_000);

    test("while its CRD is missing from the start, another CRD starts and goes on", async () => {
      const type = { group: GROUP, version: "v1", kind: "Gadget", plural: "gadgets" };
      const gadget = { ...box("Gadget"), crdFile: undefined, apiTypes: type };
      await clearGadgets();
      await using beside = await openBeside(gadget);
      await removeGadgets(cluster());
      try {
        await startWithout(beside);
        await isolates(beside, async () => {}, {
          told: /serves no Gadget/,
          counter: COUNTERS.start,
          isFromStart: true,
        });
        expect((await beside.health("gadget")).state).not.toBe("healthy");
      } finally {
        await installGadgets(cluster());
      }
      await beside.create("Gadget", "found-late", { text: "one" });
      await beside.untilConverged(20_000, "Gadget");
    }, 60_000);

    test("while all its many workers hang in all their writes, another CRD goes on", async () => {
      const secrets = Array.from({ length: 8 }, (_, index) => ({
        name: `{{ .metadata.name }}-${index}`,
        data: { text: "{{ .spec.text }}" },
      }));
      await using hanging = await openBeside(
        box("Gadget", { reconcile: { workers: 50, onReconcile: { secrets } } }),
      );
      const match = { verb: WRITES, resource: "secrets" };
      const act = { kind: "silence" } as const;
      const armed = hanging.proxy.arm({ kind: "request", match, act, times: Infinity });
      await hanging.start();
      await hanging.untilConverged();
      await isolates(hanging, async () => {
        for (let index = 0; index < 50; index++) {
          await hanging.create("Gadget", `gadget-${index}`, { text: "one" });
        }
        await eventually("all workers hang", () => armed.hits >= 150, { timeoutMs: 5_000 }).catch(
          () => {},
        );
      });
      expect(armed.hits).toBeGreaterThanOrEqual(50);
    }, 60_000);

    test("while its templates explode, another CRD goes on", async () => {
      await using exploding = await openBeside(gadgetOf(explodingTemplates()));
      await exploding.start();
      await exploding.untilConverged();
      const { items, told } = EXPLODING;
      const begin = () => exploding.create("Gadget", "gadget", { text: "x", items });
      await isolates(exploding, begin, { told, counter: COUNTERS.reconcile });
    }, 60_000);

    test("while 1,000 of its custom resources always fail, another CRD goes on", async () => {
      await using failing = await openBeside(gadgetOf({ text: "{{ range .spec.text }}{{ end }}" }));
      await failing.start();
      await failing.untilConverged();
      const begin = () =>
        Promise.all(
          Array.from({ length: FAILING }, (_, index) =>
            failing.create("Gadget", `failing-${index}`, { text: "one", items: ["a"] }),
          ),
        );
      const failure = { told: /range/, counter: COUNTERS.reconcile, count: FAILING };
      await isolates(failing, begin, failure);
      expect((await failing.health("gadget")).state).toBe("degraded");
    }, 90_000);
  },
});
