/** R2, idempotency: a reconcile that runs again with the same input changes nothing. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { setTimeout as sleep } from "node:timers/promises";
import { describeWithServer } from "../support/describe-with-server.ts";
import { Stage } from "./stage.ts";

const COUNT = 10;

describeWithServer("R2 idempotency", {
  tests(cluster) {
    let stage: Stage;
    beforeAll(async () => {
      stage = await Stage.open(cluster());
      await stage.start();
      for (let index = 0; index < COUNT; index++) {
        await stage.create("Widget", `widget-${index}`, { text: "same", items: ["a", "b"] });
      }
      await stage.untilConverged();
    }, 60_000);
    afterAll(() => stage?.[Symbol.asyncDispose]());

    async function versions(): Promise<Record<string, string>> {
      const lists = await Promise.all(
        ["Widget", "ConfigMap", "Event"].map((kind) => stage.objects.list(kind)),
      );
      return Object.fromEntries(
        lists
          .flat()
          .map(({ metadata: { name, uid, resourceVersion } }) => [
            `${name} ${uid}`,
            resourceVersion,
          ]),
      );
    }

    test("a new process, which remembers nothing, writes nothing about what is settled", async () => {
      expect((await stage.ork.stop()).valueOf()).toBe(0);
      const before = await versions();
      stage.takeWrites();
      await stage.start();
      await stage.untilQuiet();
      await sleep(1_500);
      expect((await stage.health()).totalReconciles).toBeGreaterThanOrEqual(COUNT);
      expect(stage.takeWrites()).toEqual([]);
      expect(await versions()).toEqual(before);
    });

    test("a change that means nothing to the Katalog is answered by no write", async () => {
      stage.proxy.arm({ kind: "event", match: {}, act: { kind: "double" }, times: Infinity });
      const { totalReconciles } = await stage.health();
      stage.takeWrites();
      for (let index = 0; index < COUNT; index++) {
        const annotations = { "somebody.example.com/note": "mine" };
        await stage.edit("Widget", `widget-${index}`, { metadata: { annotations } });
      }
      await stage.ork.eventually("each was looked at", async () => {
        return (await stage.health()).totalReconciles >= totalReconciles + COUNT;
      });
      await sleep(1_000);
      expect(stage.takeWrites()).toEqual([]);
    });

    test("a write whose answer is lost is not made twice", async () => {
      const { proxy } = stage;
      proxy.heal();
      stage.takeWrites();
      const match = { ...stage.writes, resource: "configmaps" };
      const lost = { kind: "request", match, at: "committed", act: { kind: "reset" } } as const;
      const armed = proxy.arm({ ...lost, times: Infinity });
      await stage.create("Widget", "lossy", { text: "once", items: ["a", "b", "c"] });
      await armed.hit;
      await stage.untilConverged();
      proxy.heal();
      expect(armed.hits).toBeGreaterThanOrEqual(4);
      expect(stage.takeBirths()).toEqual({
        "create configmaps/lossy": 1,
        "create configmaps/lossy-a": 1,
        "create configmaps/lossy-b": 1,
        "create configmaps/lossy-c": 1,
      });
    });
  },
});
