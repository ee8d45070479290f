/** R4 for Jobs: each runs once, although Kubernetes takes it away as soon as it is complete. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { setTimeout as sleep } from "node:timers/promises";
import { describeWithCluster } from "../support/describe-with-cluster.ts";
import { eventually } from "../support/eventually.ts";
import { conditionOf } from "../support/namespaced-objects.ts";
import { Stage } from "./stage.ts";
import { box } from "./stage-katalog.ts";

/** So many that one worker does not see each Job before it is gone. */
const COUNT = 100;

const patch = { spec: { ttlSecondsAfterFinished: 0 } };
const job = { name: "{{ .metadata.name }}", image: "busybox", patch };

describeWithCluster("R4 Jobs", {
  needs: ["pods"],
  tests(cluster) {
    let stage: Stage;
    beforeAll(async () => {
      const reconcile = { resync: "1s", workers: 1, onReconcile: { jobs: [job] } };
      stage = await Stage.open(cluster(), { crds: { widget: box("Widget", { reconcile }) } });
      await stage.start();
    }, 60_000);
    afterAll(() => stage?.[Symbol.asyncDispose]());

    test("a Job that is removed as soon as it is complete runs once, also after a restart", async () => {
      const names = Array.from({ length: COUNT }, (_, index) => `one-${index}`);
      await Promise.all(names.map((name) => stage.create("Widget", name, { text: "a" })));
      await eventually(
        "all Jobs ran and are gone",
        async () => {
          const widgets = await stage.objects.list("Widget");
          return (
            widgets.filter((widget) => conditionOf(widget, "JobsFinished")).length === COUNT &&
            (await stage.objects.list("Job")).length === 0
          );
        },
        { timeoutMs: 60_000 },
      );
      await stage.kill();
      await stage.start();
      await stage.untilQuiet();
      await sleep(3_000);
      const creations = stage
        .takeWrites()
        .filter(({ resource, method }) => resource === "jobs" && method === "POST");
      expect(creations).toHaveLength(COUNT);
    }, 120_000);
  },
});
