/** R6 for what an entry leaves out: it belongs to whoever sets it, such as the replicas that an autoscaler decides. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { describeWithServer } from "../support/describe-with-server.ts";
import { eventually } from "../support/eventually.ts";
import { Stage } from "./stage.ts";
import { box } from "./stage-katalog.ts";

describeWithServer("R6 left out", {
  tests(cluster) {
    let stage: Stage;
    beforeAll(async () => {
      stage = await Stage.open(cluster(), {
        crds: {
          widget: box("Widget", {
            reconcile: {
              resync: "1s",
              onReconcile: {
                deployments: [
                  {
                    name: "{{ .metadata.name }}",
                    image: "{{ .spec.text }}",
                    replicas: "{{ .spec.size }}",
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

    /** As an autoscaler does. */
    const scale = (name: string, replicas: number) =>
      cluster().json(
        "PATCH",
        `/apis/apps/v1/namespaces/${stage.namespace}/deployments/${name}/scale?fieldManager=autoscaler`,
        { body: { spec: { replicas } }, contentType: "application/merge-patch+json" },
      );
    const deployment = (name: string) => stage.objects.get(`Deployment/${name}`);
    const replicasOf = async (name: string) => (await deployment(name))["spec"].replicas;

    /** Once the Deployment has the image of the edit, whatever was to be written with it is. */
    async function edit(name: string, spec: { readonly text: string; readonly size?: null }) {
      await stage.edit("Widget", name, { spec });
      await eventually("the image is there", async () => {
        const { containers } = (await deployment(name))["spec"].template.spec;
        return containers[0].image === spec.text;
      });
    }

    async function ownsReplicas(name: string): Promise<boolean> {
      const entries = (await deployment(name)).metadata as unknown as {
        managedFields: { manager: string; fieldsV1: { "f:spec"?: Record<string, unknown> } }[];
      };
      return entries.managedFields
        .filter(({ manager }) => manager === "orkestra")
        .some(({ fieldsV1 }) => fieldsV1["f:spec"]?.["f:replicas"] !== undefined);
    }

    test("replicas that the entry leaves out are 1, and then what somebody else says", async () => {
      await stage.create("Widget", "scaled", { text: "nginx:1" });
      await stage.objects.untilThere("Deployment/scaled");
      expect(await replicasOf("scaled")).toBe(1);
      await scale("scaled", 3);
      await edit("scaled", { text: "nginx:2" });
      expect(await replicasOf("scaled")).toBe(3);
      expect(await ownsReplicas("scaled")).toBe(false);
    });

    test("replicas that the entry does not set any more are let go: what somebody else has set stays", async () => {
      await stage.create("Widget", "released", { text: "nginx:1", size: 1 });
      await stage.objects.untilThere("Deployment/released");
      expect(await ownsReplicas("released")).toBe(true);
      await stage.kill();
      await scale("released", 4);
      await stage.edit("Widget", "released", { spec: { text: "nginx:2", size: null } });
      await stage.start();
      await eventually("they are let go", async () => !(await ownsReplicas("released")));
      expect(await replicasOf("released")).toBe(4);
      await edit("released", { text: "nginx:3" });
      expect(await replicasOf("released")).toBe(4);
    }, 60_000);

    test.each(["while nobody runs", "while it runs"])(
      "replicas that the entry does not set any more, and that nobody else has set, stay as they are: %s",
      async (when) => {
        const name = when.replaceAll(" ", "-");
        await stage.create("Widget", name, { text: "nginx:1", size: 3 });
        await stage.objects.untilThere(`Deployment/${name}`);
        if (when === "while nobody runs") await stage.kill();
        await stage.edit("Widget", name, { spec: { text: "nginx:2", size: null } });
        if (!stage.isRunning) await stage.start();
        await eventually("they are let go", async () => !(await ownsReplicas(name)));
        await edit(name, { text: "nginx:3" });
        expect(await replicasOf(name)).toBe(3);
        // Whoever decides from now on meets no resistance.
        await scale(name, 5);
        await edit(name, { text: "nginx:4" });
        expect(await replicasOf(name)).toBe(5);
        // And the author may take it back.
        await stage.edit("Widget", name, { spec: { size: 2 } });
        await eventually("they are set", async () => (await replicasOf(name)) === 2);
        expect(await ownsReplicas(name)).toBe(true);
      },
      60_000,
    );
  },
});
