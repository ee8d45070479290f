/** R4 where a workload is renamed: what stands in front of it serves all the while. Real pods and endpoints. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { setTimeout as sleep } from "node:timers/promises";
import { describeWithCluster } from "../support/describe-with-cluster.ts";
import { eventually } from "../support/eventually.ts";
import { conditionOf } from "../support/namespaced-objects.ts";
import { orkOnce } from "../support/ork-process.ts";
import { Stage } from "./stage.ts";
import { box } from "./stage-katalog.ts";

/** Whatever was to be written, or to go, would have been by then: a few resyncs. */
const SETTLED_MS = 3_000;
const SAMPLE_MS = 25;

/** Pods of a size of 1 are scheduled by nobody, so that they never become ready. */
const SCHEDULER = "{{ if eq .spec.size 1 }}nobody{{ else }}default-scheduler{{ end }}";
const CHILDREN = {
  deployments: [
    {
      name: "{{ .spec.text }}",
      image: "nginx:1",
      port: 80,
      replicas: 1,
      patch: { spec: { template: { spec: { schedulerName: SCHEDULER } } } },
    },
  ],
  configMaps: [{ name: "{{ .spec.text }}", data: { a: "1" } }],
  services: [{ name: "{{ .metadata.name }}", port: 8080 }],
  // Says of no Service that it leads to it.
  ingresses: [{ name: "{{ .metadata.name }}", host: "x.example.com" }],
  secrets: [{ name: "of-{{ .item }}", data: { a: "1" }, forEach: { field: "spec.items" } }],
};

interface Slice {
  readonly endpoints?: readonly { readonly conditions: { readonly ready?: boolean } }[];
}

describeWithCluster("R4 renamed", {
  needs: ["pods"],
  tests(cluster) {
    let stage: Stage;
    beforeAll(async () => {
      stage = await Stage.open(cluster(), {
        crds: { widget: box("Widget", { reconcile: { resync: "1s", onReconcile: CHILDREN } }) },
      });
      await stage.start();
    }, 60_000);
    afterAll(() => stage?.[Symbol.asyncDispose]());

    async function readyEndpoints(service: string): Promise<number> {
      const selector = `labelSelector=kubernetes.io/service-name=${service}`;
      const { items } = await cluster().json<{ items: readonly Slice[] }>(
        "GET",
        `/apis/discovery.k8s.io/v1/namespaces/${stage.namespace}/endpointslices?${selector}`,
      );
      const endpoints = items.flatMap((slice) => slice.endpoints ?? []);
      return endpoints.filter(({ conditions }) => conditions.ready === true).length;
    }

    /** The fewest that there were from now until it is disposed of. */
    function leastEndpoints(service: string): { stop(): Promise<number> } {
      let isOver = false;
      const least = (async () => {
        let fewest = Number.POSITIVE_INFINITY;
        while (!isOver) {
          fewest = Math.min(fewest, await readyEndpoints(service));
          await sleep(SAMPLE_MS);
        }
        return fewest;
      })();
      return {
        stop() {
          isOver = true;
          return least;
        },
      };
    }

    const selected = async (service: string) =>
      ((await stage.objects.get(`Service/${service}`)).spec as { selector: { app: string } })
        .selector.app;

    test("a Service stays with the old workload until the new one is ready", async () => {
      await stage.create("Widget", "shop", { text: "before", size: 0 });
      await stage.objects.untilReady("Widget/shop");
      await eventually("it serves", async () => (await readyEndpoints("shop")) === 1);
      const watch = leastEndpoints("shop");
      await stage.edit("Widget", "shop", { spec: { text: "after", size: 1 } });
      await stage.objects.untilThere("Deployment/after");
      await sleep(SETTLED_MS);
      expect(await selected("shop")).toBe("before");
      expect(await stage.objects.find("Deployment/before")).toBeDefined();
      // What its pods may use stays with it.
      expect(await stage.objects.find("ConfigMap/before")).toBeDefined();
      const { message } = conditionOf(await stage.objects.get("Widget/shop"), "Ready") ?? {};
      const title = `Deployment "${stage.namespace}/before"`;
      expect(message).toContain(`is kept until ${title} is gone`);
      await stage.edit("Widget", "shop", { spec: { size: 0 } });
      await stage.objects.untilGone("Deployment/before");
      await stage.objects.untilGone("ConfigMap/before");
      await stage.objects.untilReady("Widget/shop");
      expect(await selected("shop")).toBe("after");
      await sleep(SETTLED_MS);
      expect(await watch.stop()).toBe(1);
    }, 60_000);

    test("an Ingress that names no Service leads to the only one of the box", async () => {
      await stage.create("Widget", "led", { text: "leader", size: 0 });
      await stage.objects.untilThere("Ingress/led");
      const { spec } = await stage.objects.get("Ingress/led");
      const { rules } = spec as { rules: readonly { http: { paths: readonly object[] } }[] };
      const backend = { service: { name: "led", port: { number: 8080 } } };
      expect(rules[0]?.http.paths).toMatchObject([{ backend }]);
    });

    test("elements that would make one child twice are named", async () => {
      await stage.create("Widget", "twice", { text: "twofold", size: 0, items: ["a", "b", "b"] });
      const { message } = await eventually("it says so", async () => {
        const ready = conditionOf(await stage.objects.get("Widget/twice"), "Ready");
        return ready?.message.includes("both produce it") && ready;
      });
      expect(message).toContain('the elements of index 1 and 2 of "spec.items"');
      expect(message).toContain("their names have to differ");
    });

    // The last test: it ends with nobody running.
    test("a plan of a renamed workload tells what follows in the end", async () => {
      await stage.create("Widget", "planned", { text: "one", size: 0 });
      await stage.objects.untilReady("Widget/planned");
      await stage.kill();
      await stage.edit("Widget", "planned", { spec: { text: "two" } });
      const args = [
        "plan",
        "-f",
        stage.entryFolder,
        "--kubeconfig",
        cluster().kubeconfig("operator"),
      ];
      const { stdout } = await orkOnce(args);
      expect(stdout).toMatch(/- Deployment .*one/);
      expect(stdout).toMatch(/\+ Deployment .*two/);
      expect(stdout).toMatch(/spec\.selector: .*"app":"one".* → .*"app":"two"/);
      await stage.start();
      await stage.objects.untilGone("Deployment/one");
      await stage.objects.untilReady("Widget/planned");
      expect(await selected("planned")).toBe("two");
    }, 60_000);
  },
});
