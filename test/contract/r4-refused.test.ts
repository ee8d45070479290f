/** R4 where something refuses: what cannot be is told, and nothing that works is taken away for it. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { setTimeout as sleep } from "node:timers/promises";
import { describeWithServer } from "../support/describe-with-server.ts";
import { eventually } from "../support/eventually.ts";
import { type Condition, conditionOf, type KubeObject } from "../support/namespaced-objects.ts";
import { orkOnce } from "../support/ork-process.ts";
import { Stage } from "./stage.ts";
import { box } from "./stage-katalog.ts";

/** Whatever was to go, or to be written again, would have been by then: a few resyncs. */
const SETTLED_MS = 3_000;
/** Less than what a failure that should pass has to last. */
const AT_ONCE_MS = 3_000;
/** A failure that should pass is told once it lasted 5 s, at the next try. */
const TOLD_MS = 25_000;

const isTypo = (equals: boolean) => [
  { field: "spec.text", [equals ? "equals" : "notEquals"]: "typo" },
];
const port = { port: 80, targetPort: 8080 };

const CHILDREN = {
  configMaps: [{ name: "{{ .metadata.name }}", data: { text: "{{ .spec.text }}" } }],
  services: [
    { name: "{{ .metadata.name }}", ...port, when: isTypo(false) },
    {
      name: "{{ .metadata.name }}",
      ...port,
      when: isTypo(true),
      patch: { spec: { sessionAfinity: "None" } },
    },
    {
      name: "{{ .item }}",
      forEach: { field: "spec.items" },
      ...port,
      patch: { spec: { type: "LoadBalancer" } },
    },
  ],
};

describeWithServer("R4 refused", {
  tests(cluster) {
    let stage: Stage;
    beforeAll(async () => {
      stage = await Stage.open(cluster(), {
        crds: { widget: box("Widget", { reconcile: { resync: "1s", onReconcile: CHILDREN } }) },
      });
      await stage.start();
    }, 60_000);
    afterAll(() => stage?.[Symbol.asyncDispose]());

    /** Once it says `False` of the present generation, and `text` in its message. */
    function untilNotReady(name: string, text: string, timeoutMs = AT_ONCE_MS): Promise<Condition> {
      return eventually(
        `${name} says ${text}`,
        async () => {
          const widget = await stage.objects.get(`Widget/${name}`);
          const ready = conditionOf(widget, "Ready");
          const isCurrent = ready?.observedGeneration === widget.metadata.generation;
          return ready?.status === "False" && isCurrent && ready.message.includes(text) && ready;
        },
        { timeoutMs },
      );
    }

    async function warningsOf(name: string): Promise<readonly KubeObject[]> {
      const events = await stage.objects.list("Event");
      return events.filter(
        ({ type, involvedObject }) => type === "Warning" && involvedObject.name === name,
      );
    }

    const statusWrites = (name: string) =>
      stage
        .takeWrites()
        .filter((write) => write.resource === "widgets/status" && write.name === name);

    /** Lines of `ork get`. */
    async function tree(name: string): Promise<readonly string[]> {
      const { stdout } = await orkOnce([
        ...["get", "widget", name, "-f", stage.entryFolder, "-n", stage.namespace],
        ...["--kubeconfig", cluster().kubeconfig("operator")],
      ]);
      return stdout.split("\n");
    }

    test("a field that the kind does not have is told when the child is made, and makes none", async () => {
      await stage.create("Widget", "born", { text: "typo" });
      const { reason, message } = await untilNotReady("born", "spec.sessionAfinity");
      expect(reason).toBe("ChildError");
      expect(message).toContain(`Service "${stage.namespace}/born"`);
      expect(message).toContain("onReconcile.services[1]");
      expect(await stage.objects.find("Service/born")).toBeUndefined();
      expect(await stage.objects.find("ConfigMap/born")).toBeDefined();
      const lines = await tree("born");
      expect(lines.find((line) => line.includes("Service/born"))).toContain(
        "✗ Cannot write Service",
      );
      await stage.edit("Widget", "born", { spec: { text: "fine" } });
      await stage.objects.untilReady("Widget/born");
    });

    test("a field that the kind does not have is told when the child is changed, and only once", async () => {
      await stage.create("Widget", "changed", { text: "fine" });
      await stage.objects.untilReady("Widget/changed");
      await stage.edit("Widget", "changed", { spec: { text: "typo" } });
      const { message } = await untilNotReady("changed", "spec.sessionAfinity");
      expect(message).toContain("onReconcile.services[1]");
      // It is there and works, and is not what is declared.
      const lines = await tree("changed");
      expect(lines.find((line) => line.includes("Service/changed"))).toContain("✗ Cannot write");
      expect(lines.find((line) => line.includes("ConfigMap/changed"))).toContain("✓ ready");
      await eventually("an Event warns", async () => (await warningsOf("changed")).length === 1);
      statusWrites("changed");
      await sleep(SETTLED_MS);
      expect(statusWrites("changed")).toEqual([]);
      expect(await warningsOf("changed")).toHaveLength(1);
      await stage.edit("Widget", "changed", { spec: { text: "fine again" } });
      await stage.objects.untilReady("Widget/changed");
    });

    test("a failure that should pass and does not ends Ready, with one write and one Event", async () => {
      await stage.create("Widget", "lasting", { text: "one" });
      await stage.objects.untilReady("Widget/lasting");
      const match = { ...stage.writes, resource: "configmaps", name: "lasting" };
      const act = { kind: "answer", status: 503 } as const;
      stage.proxy.arm({ kind: "request", match, act, times: Infinity });
      await stage.edit("Widget", "lasting", { spec: { text: "two" } });
      statusWrites("lasting");
      await untilNotReady("lasting", `ConfigMap "${stage.namespace}/lasting"`, TOLD_MS);
      await sleep(SETTLED_MS);
      expect(statusWrites("lasting")).toHaveLength(1);
      await eventually("an Event warns", async () => (await warningsOf("lasting")).length === 1);
      stage.proxy.heal();
      await stage.objects.untilReady("Widget/lasting");
    }, 60_000);

    test("what is renamed to a name that is refused keeps its old child", async () => {
      await stage.create("Widget", "misnamed", { text: "x", items: ["old-a"] });
      await stage.objects.untilThere("Service/old-a");
      await stage.edit("Widget", "misnamed", { spec: { items: ["No_Name"] } });
      const { message } = await untilNotReady("misnamed", "is kept until");
      const { namespace } = stage;
      expect(message).toContain(
        `Service "${namespace}/old-a" is kept until Service "${namespace}/No_Name" can be written`,
      );
      await sleep(SETTLED_MS);
      expect(await stage.objects.find("Service/old-a")).toBeDefined();
      await stage.edit("Widget", "misnamed", { spec: { items: [] } });
      await stage.objects.untilGone("Service/old-a");
      await stage.objects.untilReady("Widget/misnamed");
    });

    test("what goes is not kept for one that was refused before", async () => {
      await stage.create("Widget", "mixed", { text: "x", items: ["old-c", "No_Name"] });
      await stage.objects.untilThere("Service/old-c");
      await untilNotReady("mixed", "No_Name");
      await stage.edit("Widget", "mixed", { spec: { items: ["No_Name"] } });
      await stage.objects.untilGone("Service/old-c", SETTLED_MS);
      await stage.edit("Widget", "mixed", { spec: { items: [] } });
      await stage.objects.untilReady("Widget/mixed");
    });

    test("what is renamed keeps its old child until the new one is ready", async () => {
      const ready = { status: { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } } };
      const becomeReady = (name: string) =>
        cluster().json("PATCH", `/api/v1/namespaces/${stage.namespace}/services/${name}/status`, {
          body: ready,
          contentType: "application/merge-patch+json",
        });
      await stage.create("Widget", "renamed", { text: "x", items: ["old-b"] });
      await stage.objects.untilThere("Service/old-b");
      await becomeReady("old-b");
      await stage.objects.untilReady("Widget/renamed");
      // Times have whole seconds: the two may be of the same one.
      await stage.edit("Widget", "renamed", { spec: { items: ["new-b"] } });
      const { namespace } = stage;
      const { message } = await untilNotReady("renamed", "is kept until");
      expect(message).toContain(
        `Service "${namespace}/old-b" is kept until Service "${namespace}/new-b" is ready`,
      );
      await sleep(SETTLED_MS);
      expect(await stage.objects.find("Service/old-b")).toBeDefined();
      await becomeReady("new-b");
      await stage.objects.untilGone("Service/old-b");
      await stage.objects.untilReady("Widget/renamed");
      await stage.edit("Widget", "renamed", { spec: { items: ["newest-b"] } });
      await untilNotReady("renamed", "is kept until");
      // Who goes takes all with it, at once.
      await stage.delete("Widget", "renamed");
      await stage.objects.untilGone("Widget/renamed");
      await stage.objects.untilGone("Service/new-b", 60_000);
      await stage.objects.untilGone("Service/newest-b", 60_000);
    }, 120_000);

    // The last test: nobody runs after it.
    test("what was edited while nobody runs is not shown as ready", async () => {
      await stage.create("Widget", "edited", { text: "one" });
      await stage.objects.untilReady("Widget/edited");
      const get = async () => (await tree("edited"))[0];
      expect(await get()).toContain("✓ ready");
      await stage.kill();
      await stage.edit("Widget", "edited", { spec: { text: "two" } });
      expect(await get()).toContain("… Generation 2 is not reconciled yet, 1 was ready");
    });
  },
});
