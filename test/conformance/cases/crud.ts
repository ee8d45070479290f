/** Create, read, replace: what comes back, and the words of every refusal. */
import { expect } from "bun:test";
import { type ConformanceCase, versionOf } from "../case.ts";
import { configMap, deployment } from "../fixtures.ts";

export const crudCases: readonly ConformanceCase[] = [
  {
    name: "create answers 201 with the stored object, get gives the same",
    async run(api) {
      const created = await api.request("POST", api.core("configmaps"), { body: configMap("a") });
      expect(created.status).toBe(201);
      const read = await api.request("GET", api.core("configmaps", "a"));
      expect(read.body).toEqual(created.body);
    },
  },
  {
    name: "create takes apiVersion and kind from the path when the body has none",
    async run(api) {
      const body = { metadata: { name: "bare" }, data: { a: "1" } };
      expect((await api.request("POST", api.core("configmaps"), { body })).status).toBe(201);
    },
  },
  {
    name: "generateName appends a suffix of five",
    async run(api) {
      const body = { metadata: { generateName: "gen-" } };
      const answer = await api.quiet("POST", api.core("configmaps"), { body });
      const name = String((answer.body as { metadata: { name: string } }).metadata.name);
      expect(name).toMatch(/^gen-[a-z0-9]{5}$/);
      api.mask(name, "gen-<suffix>");
      await api.request("GET", api.core("configmaps", name));
    },
  },
  {
    name: "a name that is taken is 409 AlreadyExists",
    async run(api) {
      await api.must("POST", api.core("configmaps"), { body: configMap("a") });
      const answer = await api.request("POST", api.core("configmaps"), { body: configMap("a") });
      expect(answer.status).toBe(409);
    },
  },
  {
    name: "names, labels, annotations and finalizers that are not allowed are 422 together",
    async run(api) {
      for (const name of ["A_1", "-a", "a..b", "x".repeat(254)]) {
        await api.request("POST", api.core("configmaps"), { body: configMap(name) });
      }
      const metadata = {
        name: "ok",
        labels: { "bad key": "v" },
        annotations: { "/x": "y" },
        finalizers: ["no_slash!", "ok.example.com/x"],
      };
      await api.request("POST", api.core("configmaps"), { body: { metadata } });
      for (const labels of [{ good: "bad value" }, { "a/b/c": "x" }, { long: "v".repeat(64) }]) {
        await api.request("POST", api.core("configmaps"), {
          body: { metadata: { name: "l", labels } },
        });
      }
    },
  },
  {
    name: "neither name nor generateName is 422",
    async run(api) {
      const answer = await api.request("POST", api.core("configmaps"), { body: { metadata: {} } });
      expect(answer.status).toBe(422);
    },
  },
  {
    name: "namespaces: missing is 404, another than the path's is 400",
    async run(api) {
      await api.request("POST", "/api/v1/namespaces/no-such/configmaps", { body: configMap("a") });
      const body = { metadata: { name: "a", namespace: "other" } };
      await api.request("POST", api.core("configmaps"), { body });
    },
  },
  {
    name: "names of namespaces and services are labels",
    async run(api) {
      await api.request("POST", "/api/v1/namespaces", { body: { metadata: { name: "a.b" } } });
      const spec = { ports: [{ port: 80 }] };
      await api.request("POST", api.core("services"), {
        body: { metadata: { name: "A.b" }, spec },
      });
    },
  },
  {
    name: "bodies of another kind are 400",
    async run(api) {
      const other = { kind: "Secret", apiVersion: "v1", metadata: { name: "a" } };
      expect((await api.request("POST", api.core("configmaps"), { body: other })).status).toBe(400);
      const version = { kind: "ConfigMap", apiVersion: "apps/v1", metadata: { name: "a" } };
      expect((await api.quiet("POST", api.core("configmaps"), { body: version })).status).toBe(400);
    },
  },
  {
    name: "broken JSON, an empty body and an unknown format are refused",
    async run(api) {
      await api.request("POST", api.core("configmaps"), { body: '{"metadata":' });
      await api.request("POST", api.core("configmaps"), { body: "" });
      const type = "text/plain";
      await api.request("POST", api.core("configmaps"), { body: configMap("a"), type });
    },
  },
  {
    name: "values of a wrong type are 400",
    async run(api) {
      const data = { metadata: { name: "a" }, data: { a: 1 } };
      expect((await api.request("POST", api.core("configmaps"), { body: data })).status).toBe(400);
      const replicas = deployment("a") as unknown as { spec: Record<string, unknown> };
      replicas.spec["replicas"] = "3";
      const path = api.group("apps/v1", "deployments");
      const answer = await api.request("POST", path, { body: replicas as never });
      expect(answer.status).toBe(400);
    },
  },
  {
    name: "YAML bodies are taken",
    async run(api) {
      const body = "metadata:\n  name: yaml\ndata:\n  a: '1'\n  b: |\n    two\n    lines\n";
      const type = "application/yaml";
      expect((await api.request("POST", api.core("configmaps"), { body, type })).status).toBe(201);
    },
  },
  {
    name: "fieldValidation: unknown fields warn by default, are refused when strict, else ignored",
    async run(api) {
      const path = api.core("configmaps");
      for (const mode of ["", "Warn", "Ignore", "Strict", "Nope"]) {
        const name = `v-${mode.toLowerCase()}x`;
        const body = { metadata: { name, colour: "x" }, data: {}, foo: 1, bar: { deep: 2 } };
        await api.request("POST", `${path}?fieldValidation=${mode}`, { body });
      }
    },
  },
  {
    name: "unknown fields inside lists are named with their index",
    async run(api) {
      const body = deployment("a") as unknown as {
        spec: { template: { spec: { containers: object[] } } };
      };
      body.spec.template.spec.containers[0] = { name: "main", image: "x", imagee: "y" };
      const path = `${api.group("apps/v1", "deployments")}?fieldValidation=Strict`;
      await api.request("POST", path, { body: body as never });
    },
  },
  {
    name: "dryRun=All answers as if and stores nothing",
    async run(api) {
      const path = `${api.core("configmaps")}?dryRun=All`;
      expect((await api.request("POST", path, { body: configMap("dry") })).status).toBe(201);
      expect((await api.request("GET", api.core("configmaps", "dry"))).status).toBe(404);
    },
  },
  {
    name: "replace keeps what the server set and changes the version",
    async run(api) {
      const created = await api.must("POST", api.core("configmaps"), { body: configMap("a") });
      const body = { ...created, data: { a: "2", b: "3" } };
      const answer = await api.request("PUT", api.core("configmaps", "a"), { body });
      expect(versionOf(answer.body)).not.toBe(versionOf(created));
    },
  },
  {
    name: "a replace that changes nothing keeps the version",
    async run(api) {
      const created = await api.must("POST", api.core("configmaps"), { body: configMap("a") });
      const answer = await api.request("PUT", api.core("configmaps", "a"), { body: created });
      expect(versionOf(answer.body)).toBe(versionOf(created));
    },
  },
  {
    name: "replace with a stale version, another uid or another name is refused",
    async run(api) {
      await api.must("POST", api.core("configmaps"), { body: configMap("a") });
      const path = api.core("configmaps", "a");
      const stale = { metadata: { name: "a", resourceVersion: "1" } };
      expect((await api.request("PUT", path, { body: stale })).status).toBe(409);
      const other = { metadata: { name: "a", uid: "11111111-1111-4111-8111-111111111111" } };
      expect((await api.request("PUT", path, { body: other })).status).toBe(409);
      expect((await api.request("PUT", path, { body: configMap("b") })).status).toBe(400);
    },
  },
  {
    name: "replacing what is not there is 404",
    async run(api) {
      const answer = await api.request("PUT", api.core("configmaps", "a"), {
        body: configMap("a"),
      });
      expect(answer.status).toBe(404);
    },
  },
  {
    name: "a Deployment is stored with its defaults",
    async run(api) {
      const path = api.group("apps/v1", "deployments");
      const body = deployment("web", { replicas: 0 });
      const answer = await api.request("POST", `${path}?dryRun=All`, { body });
      expect(answer.status).toBe(201);
    },
  },
  {
    name: "a Service is stored with an address and its defaults",
    async run(api) {
      const spec = { selector: { app: "a" }, ports: [{ port: 80 }] };
      const body = { metadata: { name: "web" }, spec };
      expect((await api.request("POST", api.core("services"), { body })).status).toBe(201);
    },
  },
  {
    name: "a headless Service, an ExternalName and a Service without ports",
    async run(api) {
      const ports = [{ port: 80, targetPort: "http" }];
      const headless = { metadata: { name: "headless" }, spec: { clusterIP: "None", ports } };
      await api.request("POST", api.core("services"), { body: headless });
      const external = {
        metadata: { name: "ext" },
        spec: { type: "ExternalName", externalName: "a.example.com" },
      };
      await api.request("POST", api.core("services"), { body: external });
      const empty = { metadata: { name: "none" }, spec: {} };
      expect((await api.request("POST", api.core("services"), { body: empty })).status).toBe(422);
    },
  },
  {
    name: "a Secret folds stringData into data, its type cannot change",
    async run(api) {
      const body = { metadata: { name: "s" }, stringData: { a: "b" }, data: { c: "ZA==" } };
      const created = await api.request("POST", api.core("secrets"), { body });
      expect(created.status).toBe(201);
      const other = { ...(created.body as object), type: "example.com/x" } as never;
      expect((await api.request("PUT", api.core("secrets", "s"), { body: other })).status).toBe(
        422,
      );
      const broken = { metadata: { name: "t" }, data: { "bad key": "YQ==" } };
      await api.request("POST", api.core("secrets"), { body: broken });
    },
  },
  {
    name: "an immutable ConfigMap does not change",
    async run(api) {
      const body = { ...configMap("i"), immutable: true };
      await api.must("POST", api.core("configmaps"), { body });
      const other = { ...configMap("i", { a: "2" }), immutable: true };
      const answer = await api.request("PUT", api.core("configmaps", "i"), { body: other });
      expect(answer.status).toBe(422);
    },
  },
  {
    name: "Jobs, Ingresses, ServiceAccounts, CronJobs and roles are stored with their defaults",
    async run(api) {
      const pod = { restartPolicy: "Never", containers: [{ name: "c", image: "busybox" }] };
      const job = { metadata: { name: "j" }, spec: { suspend: true, template: { spec: pod } } };
      await api.request("POST", `${api.group("batch/v1", "jobs")}?dryRun=All`, { body: job });
      const cron = {
        metadata: { name: "c" },
        spec: {
          schedule: "0 * * * *",
          suspend: true,
          jobTemplate: { spec: { template: { spec: pod } } },
        },
      };
      await api.request("POST", `${api.group("batch/v1", "cronjobs")}?dryRun=All`, { body: cron });
      const backend = { service: { name: "web", port: { number: 80 } } };
      const http = { paths: [{ path: "/", pathType: "Prefix", backend }] };
      const ingress = {
        metadata: { name: "i" },
        spec: { rules: [{ host: "a.example.com", http }] },
      };
      await api.request("POST", api.group("networking.k8s.io/v1", "ingresses"), { body: ingress });
      await api.request("POST", api.core("serviceaccounts"), {
        body: { metadata: { name: "sa" } },
      });
      const rbac = "rbac.authorization.k8s.io/v1";
      const rules = [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }];
      await api.request("POST", api.group(rbac, "roles"), {
        body: { metadata: { name: "r" }, rules },
      });
      const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "r" };
      const subjects = [{ kind: "ServiceAccount", name: "sa", namespace: api.namespace }];
      const binding = { metadata: { name: "b" }, roleRef, subjects };
      await api.request("POST", api.group(rbac, "rolebindings"), { body: binding });
    },
  },
  {
    name: "workloads that cannot be are 422 with every reason",
    async run(api) {
      const path = api.group("apps/v1", "deployments");
      await api.request("POST", path, { body: { metadata: { name: "e" }, spec: {} } });
      const mismatch = deployment("m") as unknown as { spec: { selector: object } };
      mismatch.spec.selector = { matchLabels: { app: "other" } };
      await api.request("POST", path, { body: mismatch as never });
      const noImage = deployment("n") as unknown as {
        spec: { template: { spec: { containers: object[] } } };
      };
      noImage.spec.template.spec.containers = [{ name: "c" }];
      await api.request("POST", path, { body: noImage as never });
      const job = {
        metadata: { name: "j" },
        spec: { template: { spec: { containers: [{ name: "c", image: "x" }] } } },
      };
      await api.request("POST", api.group("batch/v1", "jobs"), { body: job });
    },
  },
  {
    name: "the selector of a Deployment cannot change, replicas count as a new generation",
    async run(api) {
      const path = api.group("apps/v1", "deployments", "web");
      await api.must("POST", api.group("apps/v1", "deployments"), {
        body: deployment("web", { replicas: 0 }),
      });
      const patch = {
        spec: {
          selector: { matchLabels: { app: "web", x: "y" } },
          template: { metadata: { labels: { x: "y" } } },
        },
      };
      const type = "application/merge-patch+json";
      expect((await api.request("PATCH", path, { body: patch, type })).status).toBe(422);
      const labels = await api.must("PATCH", path, {
        body: { metadata: { labels: { l: "1" } } },
        type,
      });
      api.note(
        "generation after a label",
        (labels["metadata"] as { generation: number }).generation,
      );
      const paused = await api.must("PATCH", path, { body: { spec: { paused: true } }, type });
      api.note(
        "generation after the spec",
        (paused["metadata"] as { generation: number }).generation,
      );
    },
  },
  {
    name: "paths that are nothing are 404, methods that are not offered 405",
    async run(api) {
      await api.request("GET", api.core("configmaps", "nope"));
      await api.request("GET", "/api/v1/nopes");
      await api.request("GET", "/apis/apps/v1/namespaces/x/nopes/y");
      await api.request("GET", "/apis/nope.example.com/v1/things");
      await api.request("GET", "/nope");
      await api.request("PUT", api.core("configmaps"), { body: {} });
      await api.request("POST", api.core("configmaps", "a"), { body: {} });
      await api.request("DELETE", "/api/v1/namespaces");
    },
  },
  {
    name: "writes to status leave the spec, writes to the spec leave the status",
    async run(api) {
      const collection = api.group("apps/v1", "deployments");
      const body = { ...deployment("web", { replicas: 0 }), status: { replicas: 7 } };
      const created = await api.must("POST", collection, { body });
      expect(created["status"]).toEqual({});
      const type = "application/merge-patch+json";
      const path = api.group("apps/v1", "deployments", "web");
      const patch = { spec: { replicas: 5 }, status: { collisionCount: 4 } };
      const answer = await api.must("PATCH", `${path}/status`, { body: patch, type });
      api.note("spec.replicas", (answer["spec"] as { replicas: number }).replicas);
      api.note(
        "status.collisionCount",
        (answer["status"] as { collisionCount: number }).collisionCount,
      );
    },
  },
];
