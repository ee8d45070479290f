/** What controllers report of workloads: the statuses that readiness is judged by. */
import { expect } from "bun:test";
import { isJsonObject, type Json, type JsonObject } from "../../../src/std/json.ts";
import { type CaseApi, type ConformanceCase, MERGE } from "../case.ts";
import { deployment } from "../fixtures.ts";

function statusOf(body: Json): JsonObject {
  const status = isJsonObject(body) ? body["status"] : undefined;
  return isJsonObject(status) ? status : {};
}

function itemsOf(body: Json): JsonObject[] {
  const items = isJsonObject(body) ? body["items"] : undefined;
  return Array.isArray(items) ? items.filter(isJsonObject) : [];
}

function metadataOf(object: JsonObject): JsonObject {
  return isJsonObject(object["metadata"]) ? object["metadata"] : {};
}

/** Sets are named by hashes that servers compute in their own way. */
async function maskSets(api: CaseApi): Promise<void> {
  const sets = itemsOf(await api.must("GET", api.group("apps/v1", "replicasets")));
  for (const set of sets) {
    const { annotations, name } = metadataOf(set);
    const revision = isJsonObject(annotations)
      ? annotations["deployment.kubernetes.io/revision"]
      : "";
    api.mask(String(name), `<set ${revision}>`);
  }
}

async function untilDone(api: CaseApi, name: string, replicas: number): Promise<JsonObject> {
  const { body } = await api.until(api.group("apps/v1", "deployments", name), ({ body: now }) => {
    const { availableReplicas, updatedReplicas, replicas: all, observedGeneration } = statusOf(now);
    const { generation } = metadataOf(now as JsonObject);
    const counts = [availableReplicas ?? 0, updatedReplicas ?? 0, all ?? 0];
    return observedGeneration === generation && counts.every((count) => count === replicas);
  });
  return body as JsonObject;
}

export const workloadCases: readonly ConformanceCase[] = [
  {
    name: "a Deployment that is ready, its ReplicaSet and a pod",
    async run(api) {
      await api.must("POST", api.group("apps/v1", "deployments"), {
        body: deployment("web", { replicas: 2 }),
      });
      await untilDone(api, "web", 2);
      await maskSets(api);
      const ready = await api.must("GET", api.group("apps/v1", "deployments", "web"));
      api.note("deployment", statusOf(ready));
      const [set = {}] = itemsOf(await api.must("GET", api.group("apps/v1", "replicasets")));
      api.note("replica set", statusOf(set));
      const owners = metadataOf(set)["ownerReferences"] as Json;
      api.note("owners of the set", owners);
      const [pod = {}] = itemsOf(await api.must("GET", api.core("pods")));
      const { conditions, phase } = statusOf(pod);
      const isReady = (conditions as readonly JsonObject[]).find(({ type }) => type === "Ready");
      api.note("pod", { phase: phase ?? null, ready: isReady?.["status"] ?? null });
      expect(phase).toBe("Running");
    },
  },
  {
    name: "a rollout replaces the ReplicaSet and keeps the old one for a rollback",
    async run(api) {
      const path = api.group("apps/v1", "deployments", "web");
      await api.must("POST", api.group("apps/v1", "deployments"), {
        body: deployment("web", { replicas: 2 }),
      });
      await untilDone(api, "web", 2);
      const patch = { spec: { template: { metadata: { labels: { turn: "2" } } } } };
      await api.must("PATCH", path, { body: patch, type: MERGE });
      await untilDone(api, "web", 2);
      await maskSets(api);
      const sets = itemsOf(await api.must("GET", api.group("apps/v1", "replicasets")));
      const counts = sets.map((set) => [
        String(metadataOf(set)["name"]),
        (set["spec"] as JsonObject)["replicas"] ?? 0,
      ]);
      api.note(
        "sets",
        counts
          .sort(([left], [right]) => (Number(left) < Number(right) ? -1 : 1))
          .map(([, count]) => count ?? 0)
          .sort(),
      );
      const { annotations } = metadataOf(await api.must("GET", path));
      api.note("revision", annotations as Json);
    },
  },
  {
    name: "scaling up and down to nothing",
    async run(api) {
      const path = api.group("apps/v1", "deployments", "web");
      await api.must("POST", api.group("apps/v1", "deployments"), {
        body: deployment("web", { replicas: 1 }),
      });
      await untilDone(api, "web", 1);
      await api.must("PATCH", `${path}/scale`, { body: { spec: { replicas: 3 } }, type: MERGE });
      await untilDone(api, "web", 3);
      await api.must("PATCH", path, { body: { spec: { replicas: 0 } }, type: MERGE });
      await untilDone(api, "web", 0);
      await api.until(api.core("pods"), ({ body }) => itemsOf(body).length === 0);
      await maskSets(api);
      // A condition that changed goes to the end, and which did last depends on timing.
      const { conditions, ...status } = statusOf(await api.must("GET", path));
      const sorted = [...(conditions as readonly JsonObject[])].sort((left, right) =>
        String(left["type"]) < String(right["type"]) ? -1 : 1,
      );
      api.note("status", { ...status, conditions: sorted } as Json);
    },
  },
  {
    name: "the scale of a Deployment",
    async run(api) {
      await api.must("POST", api.group("apps/v1", "deployments"), {
        body: deployment("web", { replicas: 0 }),
      });
      await untilDone(api, "web", 0);
      await api.request("GET", `${api.group("apps/v1", "deployments", "web")}/scale`);
    },
  },
  {
    name: "a Job completes",
    async run(api) {
      const pod = { restartPolicy: "Never", containers: [{ name: "c", image: "busybox" }] };
      const spec = { completions: 2, parallelism: 2, template: { spec: pod } };
      await api.must("POST", api.group("batch/v1", "jobs"), {
        body: { metadata: { name: "j" }, spec },
      });
      const path = api.group("batch/v1", "jobs", "j");
      await api.until(path, ({ body }) => statusOf(body)["completionTime"] !== undefined);
      api.note("status", statusOf(await api.must("GET", path)));
    },
  },
  {
    name: "a Service has its ready pods as endpoints",
    async run(api) {
      const spec = {
        selector: { app: "web" },
        ports: [{ name: "http", port: 80, targetPort: 80 }],
      };
      await api.must("POST", api.core("services"), { body: { metadata: { name: "web" }, spec } });
      await api.must("POST", api.group("apps/v1", "deployments"), {
        body: deployment("web", { replicas: 2 }),
      });
      const path = api.group("discovery.k8s.io/v1", "endpointslices");
      const { body } = await api.until(path, ({ body: now }) => {
        const [slice = {}] = itemsOf(now);
        return (
          ((slice["endpoints"] ?? []) as readonly JsonObject[]).filter(
            ({ conditions }) => (conditions as JsonObject)["ready"],
          ).length === 2
        );
      });
      const [slice = {}] = itemsOf(body);
      api.note("ports", slice["ports"] ?? null);
      api.note("labels", metadataOf(slice)["labels"] ?? null);
    },
  },
  {
    name: "a StatefulSet makes its pods in order, a DaemonSet one for each node",
    async run(api) {
      const { spec } = deployment("db", { replicas: 2 }) as { spec: JsonObject };
      const body = { metadata: { name: "db" }, spec: { ...spec, serviceName: "db" } };
      await api.must("POST", api.group("apps/v1", "statefulsets"), { body });
      const path = api.group("apps/v1", "statefulsets", "db");
      const { body: done } = await api.until(
        path,
        ({ body: now }) => statusOf(now)["readyReplicas"] === 2,
      );
      const { replicas, readyReplicas, availableReplicas } = statusOf(done);
      api.note("stateful set", { replicas, readyReplicas, availableReplicas } as Json);
      const pods = itemsOf(await api.must("GET", api.core("pods"))).map((pod) =>
        String(metadataOf(pod)["name"]),
      );
      api.note("pods", pods.sort());
    },
  },
];
