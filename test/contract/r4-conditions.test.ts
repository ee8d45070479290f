/**
 * R4 for `when`: what is declared follows the condition, as far as the child is ours to take. The cases are
 * those of the table in `reconcile/declare.ts`, against a real server.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { setTimeout as sleep } from "node:timers/promises";
import { describeWithServer } from "../support/describe-with-server.ts";
import { eventually } from "../support/eventually.ts";
import { conditionOf, type Ref } from "../support/namespaced-objects.ts";
import { Stage } from "./stage.ts";
import { box } from "./stage-katalog.ts";

/** Whatever was to go would have gone by then. */
const SETTLED_MS = 1_000;

const WHEN = { when: [{ field: "spec.size", greaterThan: 1 }] };
/** An item that is neither on nor off cannot be decided. */
const UNSURE = { when: [{ field: "{{ toBool (index .spec.items 0) }}", equals: true }] };
const data = { text: "{{ .spec.text }}" };

/** Children of the entries whose condition is false, by what is to become of them. */
const GOES = ["ConfigMap/{}-kept", "ConfigMap/{}-unsure"] as const;
const STAYS = ["ConfigMap/{}-once", "ConfigMap/{}-left", "Job/{}-job"] as const;

describeWithServer("R4 conditions", {
  tests(cluster) {
    let stage: Stage;
    beforeAll(async () => {
      stage = await Stage.open(cluster(), {
        crds: {
          widget: box("Widget", {
            reconcile: {
              resync: "1s",
              onCreate: {
                configMaps: [{ name: "{{ .metadata.name }}-once", ...WHEN, data }],
                jobs: [{ name: "{{ .metadata.name }}-job", ...WHEN, image: "busybox" }],
              },
              onReconcile: {
                configMaps: [
                  { name: "{{ .metadata.name }}-kept", ...WHEN, data },
                  { name: "{{ .metadata.name }}-left", ...WHEN, whenFalse: "keep", data },
                  { name: "{{ .metadata.name }}-unsure", ...UNSURE, data },
                ],
              },
            },
          }),
        },
      });
      await stage.start();
    }, 60_000);
    afterAll(() => stage?.[Symbol.asyncDispose]());

    const refs = (name: string, patterns: readonly string[]) =>
      patterns.map((pattern) => pattern.replace("{}", name) as Ref);

    /** Of a Widget whose conditions are all true. */
    async function open(name: string): Promise<void> {
      await stage.create("Widget", name, { text: "first", size: 2, items: ["on"] });
      for (const ref of refs(name, [...GOES, ...STAYS])) await stage.objects.untilThere(ref);
    }

    /** Waits until the status tells that the edit was reconciled. */
    async function edit(name: string, spec: object): Promise<void> {
      const { metadata } = await stage.edit("Widget", name, { spec });
      await eventually("the edit is reconciled", async () => {
        const { status } = await stage.objects.get(`Widget/${name}`);
        return status?.observedGeneration === metadata.generation;
      });
    }

    const textOf = async (ref: Ref) => (await stage.objects.find(ref))?.["data"]?.text;

    test("a child whose condition turns false goes, and comes back when it turns true", async () => {
      await open("turned");
      stage.takeBirths();
      await edit("turned", { size: 1, items: ["off"] });
      for (const ref of refs("turned", GOES)) await stage.objects.untilGone(ref);
      await edit("turned", { size: 2, items: ["on"], text: "second" });
      for (const ref of refs("turned", GOES)) {
        await eventually("it is back", async () => (await textOf(ref)) === "second");
      }
      expect(stage.takeBirths()).toEqual({
        "create configmaps/turned-kept": 1,
        "create configmaps/turned-unsure": 1,
        "delete configmaps/turned-kept": 1,
        "delete configmaps/turned-unsure": 1,
      });
    });

    test("what is only created, a Job, and what is to be left stay as they are", async () => {
      await open("staying");
      await edit("staying", { size: 1, text: "second" });
      await stage.objects.untilGone("ConfigMap/staying-kept");
      await sleep(SETTLED_MS);
      for (const ref of refs("staying", STAYS)) {
        expect([ref, await stage.objects.find(ref)]).toEqual([ref, expect.anything()]);
      }
      expect(await textOf("ConfigMap/staying-left")).toBe("first");
    });

    test("a condition that cannot be decided makes nothing and deletes nothing", async () => {
      await open("unsure");
      await stage.create("Widget", "never", { text: "first", size: 2, items: ["perhaps"] });
      await edit("unsure", { items: ["perhaps"], text: "second" });
      await eventually("the others follow", async () => {
        return (await textOf("ConfigMap/unsure-kept")) === "second";
      });
      await stage.objects.untilThere("ConfigMap/never-kept");
      await sleep(SETTLED_MS);
      expect(await textOf("ConfigMap/unsure-unsure")).toBe("first");
      expect(await stage.objects.find("ConfigMap/never-unsure")).toBeUndefined();
    });

    test("an object of that name which is not ours stays", async () => {
      const theirs = await stage.objects.create("ConfigMap", "foreign-kept", {
        data: { text: "theirs" },
      });
      await stage.create("Widget", "foreign", { text: "ours", size: 1, items: ["on"] });
      await stage.objects.untilThere("ConfigMap/foreign-unsure");
      await sleep(SETTLED_MS);
      const now = await stage.objects.get("ConfigMap/foreign-kept");
      expect(now.metadata.resourceVersion).toBe(theirs.metadata.resourceVersion);
    });

    test("a child whose condition turns false goes although another one of its kind is refused", async () => {
      await stage.objects.create("ConfigMap", "revoked-unsure", { data: { text: "theirs" } });
      await stage.create("Widget", "revoked", { text: "first", size: 2, items: ["off"] });
      await stage.objects.untilThere("ConfigMap/revoked-kept");
      await edit("revoked", { size: 1, items: ["on"] });
      await stage.objects.untilGone("ConfigMap/revoked-kept", SETTLED_MS);
      const ready = conditionOf(await stage.objects.get("Widget/revoked"), "Ready");
      expect(ready?.message).toContain("belongs to somebody else");
      expect(await textOf("ConfigMap/revoked-unsure")).toBe("theirs");
    });

    test("while nobody runs: it goes when somebody does", async () => {
      await open("offline");
      await stage.kill();
      await stage.edit("Widget", "offline", { spec: { size: 1 } });
      await stage.start();
      await stage.objects.untilGone("ConfigMap/offline-kept");
      expect(await stage.objects.find("ConfigMap/offline-unsure")).toBeDefined();
    });
  },
});
