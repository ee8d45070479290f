/** Tables: what `kubectl get` shows. Descriptions of columns are not compared. */
import { expect } from "bun:test";
import { isJsonObject, type Json } from "../../../src/std/json.ts";
import { type CaseApi, type ConformanceCase, MERGE } from "../case.ts";
import { configMap, deployment, WIDGETS, widget } from "../fixtures.ts";

const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

async function table(api: CaseApi, path: string): Promise<Json> {
  const answer = await api.quiet("GET", path, { accept: TABLE });
  const body = withoutDescriptions(answer.body);
  api.note(`TABLE ${path}`, { status: answer.status, contentType: answer.contentType, body });
  return body;
}

function withoutDescriptions(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutDescriptions);
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).filter(
    ([key]) => key !== "description" && key !== "managedFields",
  );
  // Ages of things that are seconds old differ by a second.
  return Object.fromEntries(
    entries.map(([key, child]) => [
      key,
      key === "cells" ? maskAges(child as Json) : withoutDescriptions(child as Json),
    ]),
  );
}

function maskAges(cells: Json): Json {
  return (cells as readonly Json[]).map((cell) =>
    typeof cell === "string" && /^\d+s$/.test(cell) ? "<age>" : cell,
  );
}

export const tableCases: readonly ConformanceCase[] = [
  {
    name: "ConfigMaps, Secrets, ServiceAccounts",
    async run(api) {
      await api.must("POST", api.core("configmaps"), { body: configMap("a", { x: "1", y: "2" }) });
      await api.must("POST", api.core("secrets"), {
        body: { metadata: { name: "s" }, stringData: { a: "b" } },
      });
      await table(api, `${api.core("configmaps")}?fieldSelector=metadata.name=a`);
      await table(api, api.core("configmaps", "a"));
      await table(api, api.core("secrets"));
      await api.must("POST", api.core("serviceaccounts"), { body: { metadata: { name: "sa" } } });
      await table(api, `${api.core("serviceaccounts")}?fieldSelector=metadata.name=sa`);
    },
  },
  {
    name: "Services of all types and Ingresses",
    async run(api) {
      const ports = [
        { name: "http", port: 80 },
        { name: "dns", port: 53, protocol: "UDP" },
      ];
      const bodies = [
        { metadata: { name: "a" }, spec: { selector: { app: "a", tier: "b" }, ports } },
        { metadata: { name: "b" }, spec: { clusterIP: "None", selector: { x: "y" }, ports } },
        { metadata: { name: "c" }, spec: { type: "ExternalName", externalName: "x.example.com" } },
        {
          metadata: { name: "d" },
          spec: { type: "LoadBalancer", allocateLoadBalancerNodePorts: false, ports },
        },
      ];
      for (const body of bodies) await api.must("POST", api.core("services"), { body });
      await table(api, api.core("services"));
      const backend = { service: { name: "a", port: { number: 80 } } };
      const rule = (host: string) => ({
        host,
        http: { paths: [{ path: "/", pathType: "Prefix", backend }] },
      });
      const spec = {
        ingressClassName: "nginx",
        tls: [{ hosts: ["a.example.com"] }],
        rules: ["a", "b", "c", "d"].map((name) => rule(`${name}.example.com`)),
      };
      await api.must("POST", api.group("networking.k8s.io/v1", "ingresses"), {
        body: { metadata: { name: "i" }, spec },
      });
      await table(api, api.group("networking.k8s.io/v1", "ingresses"));
    },
  },
  {
    name: "Deployments, ReplicaSets, Jobs, CronJobs, StatefulSets, DaemonSets without pods",
    async run(api) {
      const apps = (plural: string) => api.group("apps/v1", plural);
      await api.must("POST", apps("deployments"), {
        body: { ...deployment("web", { replicas: 0 }) },
      });
      await api.until(api.group("apps/v1", "deployments", "web"), ({ body }) =>
        JSON.stringify(body).includes("observedGeneration"),
      );
      await table(api, apps("deployments"));
      const pod = { restartPolicy: "Never", containers: [{ name: "c", image: "busybox" }] };
      const job = {
        metadata: { name: "j", labels: { own: "1" } },
        spec: { suspend: true, template: { spec: pod } },
      };
      await api.must("POST", api.group("batch/v1", "jobs"), { body: job });
      await api.until(api.group("batch/v1", "jobs", "j"), ({ body }) =>
        JSON.stringify(body).includes("Suspended"),
      );
      const spec = {
        schedule: "0 * * * *",
        suspend: true,
        jobTemplate: { spec: { template: { spec: pod } } },
      };
      await api.must("POST", api.group("batch/v1", "cronjobs"), {
        body: { metadata: { name: "c" }, spec },
      });
      await table(api, api.group("batch/v1", "cronjobs"));
      await table(api, apps("statefulsets"));
      await table(api, apps("daemonsets"));
    },
  },
  {
    name: "Deployments with pods that are ready, and the pods",
    async run(api) {
      await api.must("POST", api.group("apps/v1", "deployments"), {
        body: deployment("web", { replicas: 2 }),
      });
      await api.until(api.group("apps/v1", "deployments", "web"), ({ body }) => {
        const status = isJsonObject(body) && isJsonObject(body["status"]) ? body["status"] : {};
        return status["availableReplicas"] === 2;
      });
      const shown = (await table(api, api.group("apps/v1", "deployments"))) as {
        rows: { cells: Json[] }[];
      };
      expect(shown.rows[0]?.cells.slice(0, 4)).toEqual(["web", "2/2", 2, 2]);
      const pods = (await api.quiet("GET", api.core("pods"), { accept: TABLE }))
        .body as unknown as { rows: { cells: Json[] }[] };
      api.note(
        "pods",
        pods.rows.map(({ cells }) => cells.slice(1, 4)),
      );
    },
  },
  {
    name: "custom kinds show their printer columns, by version",
    async run(api) {
      await api.must("POST", api.group(WIDGETS, "widgets"), {
        body: widget("w", { size: 2, paused: true }),
      });
      const status = {
        phase: "Ready",
        conditions: [
          { type: "Other", status: "x" },
          { type: "Ready", status: "True" },
        ],
      };
      await api.must("PATCH", `${api.group(WIDGETS, "widgets", "w")}/status`, {
        body: { status },
        type: MERGE,
      });
      await api.must("POST", api.group(WIDGETS, "widgets"), { body: widget("x") });
      await table(api, api.group(WIDGETS, "widgets"));
      await table(api, api.group(WIDGETS.replace("v1", "v1beta1"), "widgets"));
      await table(api, api.group(WIDGETS, "widgets", "w"));
    },
  },
  {
    name: "rows carry the whole object or nothing when asked",
    async run(api) {
      await api.must("POST", api.core("configmaps"), { body: configMap("a") });
      const query = "fieldSelector=metadata.name=a&includeObject=";
      await table(api, `${api.core("configmaps")}?${query}Object`);
      await table(api, `${api.core("configmaps")}?${query}None`);
    },
  },
  {
    name: "roles, bindings, leases and network policies",
    async run(api) {
      const rbac = "rbac.authorization.k8s.io/v1";
      await api.must("POST", api.group(rbac, "roles"), {
        body: { metadata: { name: "r" }, rules: [] },
      });
      const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "r" };
      const subjects = [
        { kind: "ServiceAccount", name: "sa", namespace: "x" },
        { kind: "User", name: "u", apiGroup: "rbac.authorization.k8s.io" },
      ];
      await api.must("POST", api.group(rbac, "rolebindings"), {
        body: { metadata: { name: "b" }, roleRef, subjects },
      });
      await table(api, api.group(rbac, "rolebindings"));
      const lease = { metadata: { name: "l" }, spec: { holderIdentity: "me" } };
      await api.must("POST", api.group("coordination.k8s.io/v1", "leases"), { body: lease });
      await table(api, api.group("coordination.k8s.io/v1", "leases"));
      const policy = {
        metadata: { name: "p" },
        spec: { podSelector: { matchLabels: { a: "b" } } },
      };
      await api.must("POST", api.group("networking.k8s.io/v1", "networkpolicies"), {
        body: policy,
      });
      await table(api, api.group("networking.k8s.io/v1", "networkpolicies"));
    },
  },
];
