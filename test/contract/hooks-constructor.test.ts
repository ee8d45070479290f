/** What the contract promises, with a module in place of the declarative reconciler. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { describeWithServer } from "../support/describe-with-server.ts";
import { eventually } from "../support/eventually.ts";
import { conditionOf } from "../support/namespaced-objects.ts";
import { FINALIZER, Stage } from "./stage.ts";
import { box } from "./stage-katalog.ts";

const MODULE = join(import.meta.dir, "fixtures/maker.ts");

describeWithServer("a constructor", {
  tests(cluster) {
    let stage: Stage;
    beforeAll(async () => {
      const managedResources = [{ apiVersion: "v1", kind: "ConfigMap" }];
      const reconcile = { constructor: { module: MODULE, managedResources }, resync: "1s" };
      const gadget = box("Gadget", { reconcile, emit: {} });
      stage = await Stage.open(cluster(), { crds: { gadget } });
      await stage.start();
    }, 60_000);
    afterAll(() => stage?.[Symbol.asyncDispose]());

    const ready = async (name: string) =>
      conditionOf(await stage.objects.get(`Gadget/${name}`), "Ready");

    test("a module makes all children, keeps them, and writes nothing about what is settled", async () => {
      await stage.create("Gadget", "one", { text: "a", items: ["x", "y"] });
      await stage.untilConverged(15_000, "Gadget");
      const gadget = await stage.objects.get("Gadget/one");
      expect(gadget?.metadata.finalizers).toContain(FINALIZER);
      await stage.edit("Gadget", "one", { spec: { text: "b", items: ["x"] } });
      await stage.untilConverged(15_000, "Gadget");
      await stage.objects.delete("ConfigMap/one-x");
      await stage.untilConverged(15_000, "Gadget");
      stage.takeWrites();
      const { totalReconciles } = await stage.health("gadget");
      await eventually("three more reconciles", async () => {
        return (await stage.health("gadget")).totalReconciles >= totalReconciles + 3;
      });
      expect(stage.takeWrites()).toEqual([]);
    }, 60_000);

    test("a module that throws is told in its custom resource, and its children stay", async () => {
      await stage.create("Gadget", "two", { text: "a", items: [] });
      await stage.untilConverged(15_000, "Gadget");
      await stage.edit("Gadget", "two", { spec: { text: "throw" } });
      await eventually("it is told", async () =>
        /^Hook onReconcile failed: thrown on purpose \(.*maker\.ts:\d+:\d+\)$/.test(
          (await ready("two"))?.message ?? "",
        ),
      );
      expect(await stage.objects.get("ConfigMap/two")).toMatchObject({ data: { text: "a" } });
      await stage.edit("Gadget", "two", { spec: { text: "c" } });
      await stage.untilConverged(15_000, "Gadget");
    }, 60_000);

    test("a module that is not ready says why in its custom resource, and that is no failure", async () => {
      await stage.create("Gadget", "three", { text: "wait", items: [] });
      await eventually("it is told", async () => {
        const condition = await ready("three");
        return condition?.status === "False" && condition.message === "waiting for the record";
      });
      expect((await ready("three"))?.reason).toBe("Progressing");
      expect((await stage.health("gadget")).consecutiveFails).toBe(0);
      expect(await stage.objects.get("ConfigMap/three")).toMatchObject({ data: { text: "wait" } });
      stage.takeWrites();
      const { totalReconciles } = await stage.health("gadget");
      await eventually("three more reconciles", async () => {
        return (await stage.health("gadget")).totalReconciles >= totalReconciles + 3;
      });
      expect(stage.takeWrites()).toEqual([]);
      await stage.edit("Gadget", "three", { spec: { text: "d" } });
      await stage.untilConverged(15_000, "Gadget");
    }, 60_000);

    test("a module deletes nothing that is not its custom resource's own", async () => {
      await stage.objects.create("ConfigMap", "theirs", { data: { a: "b" } });
      await stage.create("Gadget", "four", { text: "take theirs", items: [] });
      await eventually("it is told", async () =>
        (await ready("four"))?.message?.includes("add {foreign: true} if it shall go all the same"),
      );
      expect(await stage.objects.get("ConfigMap/theirs")).toMatchObject({ data: { a: "b" } });
      await stage.edit("Gadget", "four", { spec: { text: "e" } });
      await stage.untilConverged(15_000, "Gadget");
    }, 60_000);

    test("a custom resource goes behind what its module does at its deletion", async () => {
      await stage.delete("Gadget", "one");
      await eventually("it is gone", async () => !(await stage.objects.find("Gadget/one")));
      const births = stage.takeBirths();
      expect(births["create configmaps/bye-one"]).toBe(1);
    }, 60_000);
  },
});
