/** R6, `reconcile: true`: a child is kept as it is declared, and not a field more. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { setTimeout as sleep } from "node:timers/promises";
import { describeWithServer } from "../support/describe-with-server.ts";
import { eventually } from "../support/eventually.ts";
import type { KubeObject } from "../support/namespaced-objects.ts";
import { Stage } from "./stage.ts";
import { box } from "./stage-katalog.ts";

/** Nobody should see drift for longer; the resync is an hour, so only the watch can tell of it. */
const RESTORED_MS = 1_000;

type Drift = (stage: Stage, name: string) => Promise<unknown>;

const patch =
  (body: object): Drift =>
  (stage, name) =>
    stage.objects.patch(`ConfigMap/${name}`, body);

const DRIFTS: Readonly<Record<string, Drift>> = {
  "a changed value": patch({ data: { text: "drifted" } }),
  "a value that was taken out": patch({ data: { text: null } }),
  "a label that was taken off": patch({ metadata: { labels: { app: null } } }),
  "our own label, by which it is watched": patch({
    metadata: { labels: { "orkestra.orkspace.io/managed": null } },
  }),
  "all labels and annotations": patch({ metadata: { labels: null, annotations: null } }),
  "the owner reference": patch({ metadata: { ownerReferences: null } }),
  "the whole child": (stage, name) => stage.objects.delete(`ConfigMap/${name}`),
};

describeWithServer("R6 drift", {
  tests(cluster) {
    let stage: Stage;
    beforeAll(async () => {
      stage = await Stage.open(cluster(), {
        crds: {
          widget: box("Widget", {
            reconcile: {
              resync: "1h",
              onCreate: {
                configMaps: [{ name: "{{ .metadata.name }}-once", data: { text: "mine" } }],
              },
              onReconcile: {
                configMaps: [
                  {
                    name: "{{ .metadata.name }}",
                    labels: { app: "{{ .metadata.name }}" },
                    data: { text: "{{ .spec.text }}" },
                  },
                ],
                services: [{ name: "{{ .metadata.name }}", port: 80, targetPort: 8080 }],
              },
            },
          }),
        },
      });
      await stage.start();
    }, 60_000);
    afterAll(() => stage?.[Symbol.asyncDispose]());

    let serial = 0;
    async function newWidget(): Promise<string> {
      const name = `widget-${++serial}`;
      await stage.create("Widget", name, { text: "declared" });
      await stage.objects.untilReady(`Widget/${name}`);
      return name;
    }

    test.each(Object.keys(DRIFTS))("%s comes back at once", async (title) => {
      const name = await newWidget();
      const before = facts(await stage.objects.get(`ConfigMap/${name}`));
      await DRIFTS[title]!(stage, name);
      const isBack = async () => {
        const child = await stage.objects.find(`ConfigMap/${name}`);
        return child !== undefined && Bun.deepEquals(facts(child), before);
      };
      await eventually(`${title} is back`, isBack, { timeoutMs: RESTORED_MS, everyMs: 20 });
    });

    // Somebody's item of another key beside ours: the API server takes no two ports without names.
    test("the key of a list's item comes back, although the server refuses the two side by side", async () => {
      const name = await newWidget();
      const edited = { spec: { ports: [{ port: 81, protocol: "TCP", targetPort: 8080 }] } };
      await stage.objects.patch(`Service/${name}`, edited);
      const isBack = async () => {
        const { ports } = (await stage.objects.get(`Service/${name}`))["spec"];
        return ports.length === 1 && ports[0].port === 80;
      };
      await eventually("the port is back", isBack, { timeoutMs: RESTORED_MS, everyMs: 20 });
    });

    test("what somebody adds beside the declared fields stays", async () => {
      const name = await newWidget();
      const theirs = { metadata: { labels: { team: "theirs" } }, data: { note: "theirs" } };
      await stage.objects.patch(`ConfigMap/${name}`, theirs);
      await stage.edit("Widget", name, { spec: { text: "second" } });
      const child = await eventually("the edit has arrived", async () => {
        const found = await stage.objects.get(`ConfigMap/${name}`);
        return found["data"].text === "second" && found;
      });
      expect(child["data"]).toEqual({ text: "second", note: "theirs" });
      expect(child.metadata.labels?.["team"]).toBe("theirs");
    });

    test("a child that is only created is left alone after that, and made again when it is gone", async () => {
      const name = await newWidget();
      const once = `ConfigMap/${name}-once` as const;
      await stage.objects.patch(once, { data: { text: "theirs" } });
      await stage.edit("Widget", name, { spec: { text: "second" } });
      await stage.objects.untilReady(`Widget/${name}`);
      await sleep(RESTORED_MS);
      expect((await stage.objects.get(once))["data"].text).toBe("theirs");
      await stage.objects.delete(once);
      expect((await stage.objects.untilThere(once))["data"].text).toBe("mine");
    });

    test("an object of that name which is not ours is never touched", async () => {
      const theirs = await stage.objects.create("ConfigMap", "foreign", {
        data: { text: "theirs" },
      });
      await stage.create("Widget", "foreign", { text: "ours" });
      await eventually("the conflict is told", async () => {
        const { status } = await stage.objects.get("Widget/foreign");
        return status?.conditions?.some(
          ({ type, reason }: { type: string; reason: string }) =>
            type === "Ready" && reason === "Conflict",
        );
      });
      const now = await stage.objects.get("ConfigMap/foreign");
      expect(now.metadata.resourceVersion).toBe(theirs.metadata.resourceVersion);
      await stage.delete("Widget", "foreign");
      await stage.objects.untilGone("Widget/foreign");
      expect(await stage.objects.find("ConfigMap/foreign")).toBeDefined();
    });
  },
});

/** What is declared of a child, and its marks. */
function facts({ metadata, data }: KubeObject) {
  const { labels, annotations, ownerReferences } = metadata as KubeObject["metadata"] & {
    ownerReferences?: unknown;
  };
  return { labels, annotations, ownerReferences, data };
}
