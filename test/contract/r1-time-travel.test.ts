/**
 * R1 under time travel: a server that lags behind answers a restarted process with the world of
 * yesterday, and tells what happened since only later. Nothing is deleted or left behind for that.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { setTimeout as sleep } from "node:timers/promises";
import { describeWithServer } from "../support/describe-with-server.ts";
import { NamespacedObjects } from "../support/namespaced-objects.ts";
import { FINALIZER, Stage } from "./stage.ts";
import { box } from "./stage-katalog.ts";

/** For so long after its start the process lives in the past. */
const LAG_MS = 1_500;

describeWithServer("R1 time travel", {
  tests(cluster) {
    let stage: Stage;
    let away: NamespacedObjects;
    beforeAll(async () => {
      away = new NamespacedObjects(cluster(), await cluster().newNamespace("contract-away"));
      const text = "{{ .spec.text }}";
      const name = "{{ .metadata.name }}";
      stage = await Stage.open(cluster(), {
        crds: {
          widget: box("Widget", {
            reconcile: {
              resync: "1h",
              onReconcile: {
                configMaps: [
                  { name, data: { text } },
                  { name: `${name}-{{ .item }}`, forEach: { field: "spec.items" }, data: { text } },
                  { name: `${name}-away`, namespace: away.namespace, data: { text } },
                ],
              },
            },
          }),
        },
      });
      await stage.start();
    }, 60_000);
    afterAll(() => stage?.[Symbol.asyncDispose]());

    /** Widget and children as they are now; `travel` brings a new process back to this moment. */
    async function now(): Promise<string> {
      const list = await cluster().json<{ metadata: { resourceVersion: string } }>(
        "GET",
        "/api/v1/configmaps?limit=1",
      );
      return list.metadata.resourceVersion;
    }

    /** Restarts the process into a past of which it learns the rest after `LAG_MS`. */
    async function travel(to: { widgets?: string; children?: string }): Promise<void> {
      const { proxy } = stage;
      await stage.kill();
      for (const [resource, resourceVersion] of [
        ["widgets", to.widgets],
        ["configmaps", to.children],
      ] as const) {
        if (resourceVersion === undefined) continue;
        const match = { resource, verb: ["watch", "list"] } as const;
        proxy.arm({ kind: "request", match, act: { kind: "lag", resourceVersion } });
        proxy.arm({
          kind: "event",
          match: { resource, type: "MODIFIED" },
          act: { kind: "delay", ms: LAG_MS },
        });
        proxy.arm({
          kind: "event",
          match: { resource, type: "DELETED" },
          act: { kind: "delay", ms: LAG_MS },
        });
      }
      await stage.start();
    }

    const uidsOf = async (...names: readonly string[]) =>
      Promise.all(
        names.map(async (name) => (await stage.objects.find(`ConfigMap/${name}`))?.metadata.uid),
      );

    async function settled(name: string, items: readonly string[]): Promise<void> {
      await stage.create("Widget", name, { text: "one", items });
      await stage.objects.untilReady(`Widget/${name}`);
    }

    test("an older custom resource deletes no child that the present one wants", async () => {
      await settled("spec", ["a", "b"]);
      const widgets = await now();
      await stage.edit("Widget", "spec", { spec: { items: ["b", "c"] } });
      await stage.objects.untilReady("Widget/spec");
      const uids = await uidsOf("spec", "spec-b", "spec-c");
      stage.takeBirths();
      await travel({ widgets });
      await sleep(LAG_MS + 1_000);
      expect(await uidsOf("spec", "spec-b", "spec-c")).toEqual(uids);
      expect(await uidsOf("spec-a")).toEqual([undefined]);
      expect(stage.takeBirths()).toEqual({});
      stage.proxy.heal();
    }, 20_000);

    test("an older list of children makes none twice and deletes none", async () => {
      const children = await now();
      await settled("children", ["a", "b"]);
      const names = ["children", "children-a", "children-b"];
      const uids = await uidsOf(...names);
      stage.takeBirths();
      await travel({ children });
      await sleep(LAG_MS + 1_000);
      expect(await uidsOf(...names)).toEqual(uids);
      expect(stage.takeBirths()).toEqual({});
      stage.proxy.heal();
    }, 20_000);

    test("a custom resource that is gone gets no children back", async () => {
      await settled("ghost", []);
      const widgets = await now();
      await stage.delete("Widget", "ghost");
      await stage.objects.untilGone("Widget/ghost");
      expect(await away.find("ConfigMap/ghost-away")).toBeUndefined();
      await travel({ widgets });
      await sleep(LAG_MS + 1_000);
      expect(await away.find("ConfigMap/ghost-away")).toBeUndefined();
      expect(stage.ork.exitCode).toBeUndefined();
      stage.proxy.heal();
    }, 20_000);

    test("an older object of the same name does not touch the new one", async () => {
      await settled("name", []);
      const widgets = await now();
      await stage.delete("Widget", "name");
      await stage.objects.untilGone("Widget/name");
      await stage.kill();
      const reborn = await stage.create("Widget", "name", { text: "new" });
      await travel({ widgets });
      await stage.objects.untilReady("Widget/name");
      const { metadata } = await stage.objects.get("Widget/name");
      expect(metadata.uid).toBe(reborn.metadata.uid);
      expect(metadata.finalizers).toEqual([FINALIZER]);
      expect((await away.untilThere("ConfigMap/name-away"))["data"].text).toBe("new");
      stage.proxy.heal();
    }, 60_000);
  },
});
