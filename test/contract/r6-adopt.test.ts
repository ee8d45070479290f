/** R6 for `adopt: true`: an object that was there before becomes a child, and stays the object that it was. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { describeWithServer } from "../support/describe-with-server.ts";
import { eventually } from "../support/eventually.ts";
import { conditionOf } from "../support/namespaced-objects.ts";
import { Stage } from "./stage.ts";
import { box } from "./stage-katalog.ts";

/** Nobody else holds on to what was adopted. */
const RESTORED_MS = 1_000;

describeWithServer("R6 adoption", {
  tests(cluster) {
    let stage: Stage;
    beforeAll(async () => {
      stage = await Stage.open(cluster(), {
        crds: {
          widget: box("Widget", {
            reconcile: {
              resync: "1h",
              onReconcile: {
                configMaps: [
                  {
                    name: "{{ .metadata.name }}",
                    adopt: true,
                    data: { text: "{{ .spec.text }}" },
                  },
                ],
              },
            },
          }),
        },
      });
      await stage.start();
    }, 60_000);
    afterAll(() => stage?.[Symbol.asyncDispose]());

    const theirs = (name: string, metadata: object = {}) =>
      stage.objects.create("ConfigMap", name, {
        metadata: { name, labels: { team: "theirs" }, ...metadata },
        data: { text: "theirs", note: "theirs" },
      });

    test.each(["never", "before", "committed", "answered"] as const)(
      "killed at its adoption (%s): an object that exists is taken over, and loses nothing",
      async (at) => {
        const name = `adopted-${at}`;
        const before = await theirs(name);
        stage.takeBirths();
        const match = { ...stage.writes, verb: "patch", resource: "configmaps", name } as const;
        const armed =
          at === "never"
            ? undefined
            : stage.proxy.arm({ kind: "request", match, at, act: { kind: "kill" } });
        await stage.create("Widget", name, { text: "ours" });
        if (armed !== undefined) {
          await armed.hit;
          await eventually("it is gone", () => !stage.isRunning);
          await stage.start();
        }
        await stage.objects.untilReady(`Widget/${name}`);
        const after = await stage.objects.get(`ConfigMap/${name}`);
        expect(after.metadata.uid).toBe(before.metadata.uid);
        expect(after["data"]).toEqual({ text: "ours", note: "theirs" });
        expect(after.metadata.labels?.["team"]).toBe("theirs");
        await stage.objects.patch(`ConfigMap/${name}`, { data: { text: "drifted" } });
        const isBack = async () => {
          return (await stage.objects.get(`ConfigMap/${name}`))["data"].text === "ours";
        };
        await eventually("it is kept", isBack, { timeoutMs: RESTORED_MS, everyMs: 20 });
        const births = Object.keys(stage.takeBirths());
        expect(births.filter((birth) => birth.endsWith(` configmaps/${name}`))).toEqual([]);
      },
      60_000,
    );

    test("an object that another controller keeps is not taken from it", async () => {
      const owner = await stage.objects.create("ConfigMap", "controller", {});
      const reference = { apiVersion: "v1", kind: "ConfigMap", name: "controller" };
      const before = await theirs("kept", {
        ownerReferences: [{ ...reference, uid: owner.metadata.uid, controller: true }],
      });
      await stage.create("Widget", "kept", { text: "ours" });
      await eventually("that is told", async () => {
        const ready = conditionOf(await stage.objects.get("Widget/kept"), "Ready");
        return ready?.reason === "Conflict" && ready.message.includes('"controller" controls it');
      });
      const now = await stage.objects.get("ConfigMap/kept");
      expect(now.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
    });
  },
});
