/**
 * R5, resync: every custom resource is looked at again in every interval, at the cost of no request
 * while nothing changed; and what a watch failed to tell is found out within one.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { ObjectList } from "../../src/kube/client.ts";
import { connect } from "../../src/kube/connection.ts";
import { createKubeClient } from "../../src/kube/kube-client.ts";
import { createTransport } from "../../src/kube/transport.ts";
import type { ResourceType } from "../../src/schema/object.ts";
import { systemClock } from "../../src/std/clock.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { describeWithServer, IS_SANDBOX } from "../support/describe-with-server.ts";
import { eventually } from "../support/eventually.ts";
import type { ArmedFault, EventAct } from "../support/fault-proxy-plan.ts";
import { tell } from "../support/fault-report.ts";
import { SCALE, Stage } from "./stage.ts";
import { GROUP } from "./stage-kinds.ts";

const RESYNC_MS = 2_000;
/** One resync, the time for which an event may be on its way, and the work itself. */
const REPAIRED_MS = RESYNC_MS + 2_000 + 1_500;
const WIDGETS = 20;
const SECONDS = 6;

const ACTS: Readonly<Record<string, EventAct>> = {
  "is lost": { kind: "drop" },
  "is told twice": { kind: "double" },
  "is merged with later ones": { kind: "merge", withinMs: 300 },
};

const CONFIG_MAPS: ResourceType = {
  group: "",
  version: "v1",
  kind: "ConfigMap",
  plural: "configmaps",
  namespaced: true,
};
const WIDGET_TYPE = { ...CONFIG_MAPS, group: GROUP, kind: "Widget", plural: "widgets" };
const TYPES = [CONFIG_MAPS, WIDGET_TYPE];

/** The events that a Widget's life consists of: of itself, and of each of its children. */
const EVENTS: readonly { readonly resource: string; readonly suffix: string; count: number }[] = [
  { resource: "widgets", suffix: "", count: 7 },
  { resource: "configmaps", suffix: "", count: 2 },
  { resource: "configmaps", suffix: "-a", count: 2 },
  { resource: "configmaps", suffix: "-b", count: 2 },
  { resource: "configmaps", suffix: "-c", count: 1 },
];

describeWithServer("R5 resync", {
  tests(cluster) {
    let stage: Stage;
    beforeAll(async () => {
      stage = await Stage.open(cluster(), { resync: `${RESYNC_MS}ms`, workers: 5 });
      await stage.start();
    }, 60_000);
    afterAll(() => stage?.[Symbol.asyncDispose]());

    test("every custom resource is looked at in every interval, for no request each", async () => {
      for (let index = 0; index < WIDGETS; index++) {
        await stage.create("Widget", `widget-${index}`, { text: "still", items: ["a"] });
      }
      await stage.untilConverged();
      await stage.untilQuiet();
      await sleep(500);
      stage.takeRequests();
      const before = await stage.health();
      await sleep(SECONDS * 1_000);
      const looks = (await stage.health()).totalReconciles - before.totalReconciles;
      const intervals = (SECONDS * 1_000) / RESYNC_MS;
      expect(looks).toBeGreaterThanOrEqual(WIDGETS * (intervals - 1));
      expect(looks).toBeLessThanOrEqual(WIDGETS * (intervals + 1));
      // At most one list for each informer and interval, whatever the number of custom resources.
      const requests = stage.takeRequests().filter(({ verb }) => verb !== "watch");
      expect(requests.every(({ verb }) => verb === "list")).toBe(true);
      for (const resource of ["widgets", "configmaps"]) {
        const lists = requests.filter((request) => request.resource === resource);
        expect(lists.length).toBeGreaterThanOrEqual(intervals - 1);
        expect(lists.length).toBeLessThanOrEqual(intervals + 1);
      }
      expect(requests.length).toBeLessThanOrEqual(2 * (intervals + 1));
    }, 30_000);

    test("what is compared is what the server has, of each kind, in pages", async () => {
      const kubeconfig = cluster().kubeconfig("operator");
      using transport = createTransport({
        connection: await connect({ kubeconfig, env: {} }),
        metrics: createMetrics(),
        clock: systemClock,
        version: "test",
      });
      const client = createKubeClient(transport);
      const scope = { namespace: stage.namespace, limit: 7 };
      for (const type of TYPES) {
        const listed: unknown[] = [];
        for (let token: string | undefined = ""; token !== undefined; ) {
          const pageOptions = {
            ...scope,
            identityOnly: true,
            ...(token && { continueToken: token }),
          };
          const page: ObjectList = await client.list(type, pageOptions);
          expect(page.resourceVersion).toMatch(/^[1-9][0-9]*$/);
          listed.push(...page.items.map(({ metadata }) => metadata));
          token = page.continueToken;
        }
        const { items } = await client.list(type, { namespace: stage.namespace });
        expect(items.length).toBeGreaterThan(scope.limit);
        const identities = items.map(({ metadata: { name, namespace, uid, resourceVersion } }) => ({
          name,
          namespace,
          uid,
          resourceVersion,
        }));
        // A server without protocol buffers says more, and that may be more.
        if (IS_SANDBOX) expect(listed).toMatchObject(identities);
        else expect(listed).toEqual(identities);
      }
      const refused = client.list(CONFIG_MAPS, {
        ...scope,
        identityOnly: true,
        continueToken: "none",
      });
      await expect(refused).rejects.toMatchObject({ status: 400, reason: "BadRequest" });
    });

    test.each(Object.keys(ACTS))(
      "each single event %s: converged within one",
      async (title) => {
        // One round after the other: what is measured is the repair, not how much a machine can do.
        for (let round = 0; round < SCALE; round++) await playEvents(ACTS[title]!, round);
      },
      60_000 * SCALE,
    );

    async function playEvents(act: EventAct, round: number): Promise<void> {
      const plans = planEvents(act, round);
      for (const { name } of plans) {
        await stage.create("Widget", name, { text: "first", items: ["a", "b"] });
      }
      await stage.untilConverged(REPAIRED_MS);
      for (const { name } of plans) {
        await stage.edit("Widget", name, { spec: { text: "second", items: ["b", "c"] } });
      }
      await stage.untilConverged(REPAIRED_MS);
      // Drift whose event may be the one that is lost.
      for (const { name } of plans) {
        await stage.objects.patch(`ConfigMap/${name}`, { data: { text: "drifted" } });
        await stage.objects.delete(`ConfigMap/${name}-b`);
      }
      await stage.untilConverged(REPAIRED_MS);
      for (const { name } of plans) await stage.delete("Widget", name);
      const isGone = async () => {
        const left = (await stage.objects.list("Widget")).map(({ metadata }) => metadata.name);
        return !plans.some(({ name }) => left.includes(name));
      };
      await eventually("all are gone", isGone, { timeoutMs: REPAIRED_MS });
      const hits = plans.filter(({ armed }) => armed.hits > 0).length;
      tell("events", { plans: hits });
      expect(hits).toBeGreaterThanOrEqual(plans.length * 0.9);
      stage.proxy.heal();
    }

    function planEvents(
      act: EventAct,
      round: number,
    ): readonly { readonly name: string; readonly armed: ArmedFault }[] {
      const plans: { name: string; armed: ArmedFault }[] = [];
      for (const { resource, suffix, count } of EVENTS) {
        for (let nth = 1; nth <= count; nth++) {
          const name = `${act.kind}-${nth}-${resource}${suffix}-${round}`;
          const match = { resource, namespace: stage.namespace, name: name + suffix };
          plans.push({ name, armed: stage.proxy.arm({ kind: "event", match, act, nth }) });
        }
      }
      return plans;
    }

    describe("a watch that is open and mute", () => {
      test.each(["widgets", "configmaps"])(
        "of %s hides nothing for longer",
        async (resource) => {
          const { proxy, namespace } = stage;
          const match = { resource, namespace, type: "MODIFIED" } as const;
          const armed = proxy.arm({ kind: "event", match, act: { kind: "stall" } });
          for (const text of ["one", "two", "three"]) {
            if (resource === "widgets") await stage.edit("Widget", "widget-1", { spec: { text } });
            else await stage.objects.patch("ConfigMap/widget-1", { data: { text } });
            await stage.untilConverged(REPAIRED_MS);
          }
          expect(armed.hits).toBe(1);
          proxy.heal();
          proxy.resetStreams();
        },
        30_000,
      );
    });
  },
});
