/**
 * R8, safe reconcile: whatever a reconcile runs into is caught, logged once, counted, tried again and
 * told to the user; the process stays up and everything else goes on.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { setTimeout as sleep } from "node:timers/promises";
import { probeLoop } from "../bench/loop-probe.ts";
import { describeWithServer } from "../support/describe-with-server.ts";
import { eventually } from "../support/eventually.ts";
import { conditionOf } from "../support/namespaced-objects.ts";
import type { LogLine } from "../support/ork-process.ts";
import { Stage } from "./stage.ts";
import { box } from "./stage-katalog.ts";
import { faultyTemplate, TEMPLATE_FAULTS } from "./template-faults.ts";

const RESYNC_MS = 1_000;
const MANY = 10;
const LONGEST_HOLD_MS = 100;

describeWithServer("R8 safe reconcile", {
  tests(cluster) {
    let stage: Stage;
    const names = Object.keys(TEMPLATE_FAULTS);
    beforeAll(async () => {
      const text = faultyTemplate();
      stage = await Stage.open(cluster(), {
        crds: {
          widget: box("Widget", {
            reconcile: {
              resync: `${RESYNC_MS}ms`,
              workers: MANY,
              onReconcile: {
                configMaps: [
                  { name: "{{ .metadata.name }}", data: { text } },
                  {
                    name: '{{ if eq .spec.text "name" }}Not a name!{{ else }}{{ .metadata.name }}-b{{ end }}',
                  },
                ],
              },
            },
          }),
        },
      });
      await stage.start();
      await stage.create("Widget", "healthy", { text: "calm" });
      await stage.objects.untilReady("Widget/healthy");
    }, 60_000);
    afterAll(() => stage?.[Symbol.asyncDispose]());

    const failuresIn = (log: readonly LogLine[], name: string) =>
      log.filter(({ key, level }) => level === "error" && key === `${stage.namespace}/${name}`);

    test.each([...names, "name"])(
      "a reconcile that fails by %s harms only itself",
      async (name) => {
        const { pid } = stage.ork;
        await stage.create("Widget", name, {
          text: name,
          items: TEMPLATE_FAULTS[name]?.items ?? [],
        });
        const told = await eventually(`"${name}" is told`, async () => {
          const ready = conditionOf(await stage.objects.find(`Widget/${name}`), "Ready");
          return ready?.status === "False" && ready.message;
        });
        expect(told).toMatch(TEMPLATE_FAULTS[name]?.told ?? /Not a name!/);
        // Tried again at each resync, and logged once, with its stack.
        const before = (await stage.health()).errorRate;
        await sleep(2.2 * RESYNC_MS);
        const health = await stage.health();
        expect(before).toBeGreaterThan(0);
        expect(health.totalReconciles * health.errorRate).toBeGreaterThanOrEqual(3);
        const lines = failuresIn(stage.ork.log, name);
        expect(lines.length).toBe(1);
        expect((lines[0]!["error"] as Error).stack).toMatch(/^\s*at .+:\d+/m);
        // The others go on, in the same process.
        await stage.edit("Widget", "healthy", { spec: { text: `after ${name}` } });
        await eventually("a healthy one is reconciled", async () => {
          const child = await stage.objects.get("ConfigMap/healthy");
          return child["data"].text === `after ${name}`;
        });
        expect(stage.ork.pid).toBe(pid);
        expect(stage.ork.exitCode).toBeUndefined();
        // And so does this one, when its cause is gone.
        await stage.edit("Widget", name, { spec: { text: "calm" } });
        await stage.objects.untilReady(`Widget/${name}`);
      },
      20_000,
    );

    test("templates that take long, many at once, do not hold the event loop together", async () => {
      const { pid, url = "" } = stage.ork;
      const probe = probeLoop({ pid, url });
      const names = Array.from({ length: MANY }, (_, index) => `long-${index}`);
      const { items = [] } = TEMPLATE_FAULTS["steps"] ?? {};
      await Promise.all(
        names.map((name) => stage.create("Widget", name, { text: "steps", items })),
      );
      for (const name of names) {
        await eventually(`"${name}" is told`, async () => {
          const ready = conditionOf(await stage.objects.find(`Widget/${name}`), "Ready");
          return ready?.status === "False";
        });
      }
      await sleep(2 * RESYNC_MS);
      expect(await probe.stop()).toBeLessThan(LONGEST_HOLD_MS);
    }, 60_000);
  },
});
