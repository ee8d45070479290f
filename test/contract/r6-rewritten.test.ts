/** R6 for what a policy of the cluster rewrites: no tug of war while it is there, and no drift once it is gone. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { setTimeout as sleep } from "node:timers/promises";
import { describeWithCluster } from "../support/describe-with-cluster.ts";
import { eventually } from "../support/eventually.ts";
import { Stage } from "./stage.ts";
import { box } from "./stage-katalog.ts";

const API = "/apis/admissionregistration.k8s.io/v1";

describeWithCluster("R6 rewritten", {
  tests(cluster) {
    let stage: Stage;
    beforeAll(async () => {
      const onReconcile = {
        configMaps: [{ name: "{{ .metadata.name }}", data: { text: "{{ .spec.text }}" } }],
      };
      const reconcile = { resync: "1s", onReconcile };
      stage = await Stage.open(cluster(), { crds: { widget: box("Widget", { reconcile }) } });
      await stage.start();
    }, 60_000);
    afterAll(() => stage?.[Symbol.asyncDispose]());

    /** Makes the text of all ConfigMaps of the namespace another one. */
    async function setPolicy() {
      const name = stage.namespace;
      const resourceRules = [
        {
          ...{ apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"] },
          operations: ["CREATE", "UPDATE"],
        },
      ];
      const expression = "Object{data: {'text': 'rewritten'}}";
      const spec = {
        failurePolicy: "Fail",
        reinvocationPolicy: "Never",
        matchConstraints: { resourceRules },
        matchConditions: [{ name: "here", expression: `object.metadata.namespace == '${name}'` }],
        mutations: [{ patchType: "ApplyConfiguration", applyConfiguration: { expression } }],
      };
      await cluster().json("POST", `${API}/mutatingadmissionpolicies`, {
        body: { metadata: { name }, spec },
      });
      await cluster().json("POST", `${API}/mutatingadmissionpolicybindings`, {
        body: { metadata: { name }, spec: { policyName: name } },
      });
      await untilProbed("rewritten");
      return async () => {
        await cluster().json("DELETE", `${API}/mutatingadmissionpolicybindings/${name}`);
        await cluster().json("DELETE", `${API}/mutatingadmissionpolicies/${name}`);
        await untilProbed("probe");
      };
    }

    /** The server takes a moment to know. */
    const untilProbed = (text: string) =>
      eventually("the server knows of it", async () => {
        const made = await cluster().json<{ data: { text: string } }>(
          "POST",
          `/api/v1/namespaces/${stage.namespace}/configmaps?dryRun=All`,
          { body: { metadata: { name: "probe" }, data: { text: "probe" } } },
        );
        return made.data.text === text;
      });
    const textOf = async () => (await stage.objects.get("ConfigMap/w"))["data"].text;

    test("what a policy rewrites is left at that, and is as declared soon after the policy is gone", async () => {
      const lift = await setPolicy();
      await stage.create("Widget", "w", { text: "declared" });
      await stage.objects.untilThere("ConfigMap/w");
      await sleep(1_000);
      stage.takePassedWrites();
      await sleep(4_000);
      expect(await textOf()).toBe("rewritten");
      expect(stage.takePassedWrites()).toEqual([]);
      await lift();
      await cluster().json("PATCH", `/api/v1/namespaces/${stage.namespace}/configmaps/w`, {
        body: { metadata: { labels: { touched: "true" } } },
        contentType: "application/merge-patch+json",
      });
      await eventually("it is as declared", async () => (await textOf()) === "declared", {
        timeoutMs: 15_000,
      });
      await cluster().json("PATCH", `/api/v1/namespaces/${stage.namespace}/configmaps/w`, {
        body: { data: { text: "rewritten" } },
        contentType: "application/merge-patch+json",
      });
      await eventually("nobody else is excused", async () => (await textOf()) === "declared");
    }, 60_000);
  },
});
