/** JSON patch, merge patch and strategic merge patch. */
import { expect } from "bun:test";
import { type ConformanceCase, JSON_PATCH, MERGE, STRATEGIC, versionOf } from "../case.ts";
import { configMap, deployment } from "../fixtures.ts";

export const patchCases: readonly ConformanceCase[] = [
  {
    name: "JSON patch adds, replaces, removes, moves, copies and tests",
    async run(api) {
      await api.must("POST", api.core("configmaps"), { body: configMap("a", { a: "1", b: "2" }) });
      const body = [
        { op: "test", path: "/data/a", value: "1" },
        { op: "add", path: "/data/c", value: "3" },
        { op: "replace", path: "/data/a", value: "one" },
        { op: "remove", path: "/data/b" },
        { op: "copy", from: "/data/c", path: "/data/d" },
        { op: "move", from: "/data/c", path: "/data/e~1f" },
      ];
      const path = api.core("configmaps", "a");
      expect((await api.request("PATCH", path, { body, type: JSON_PATCH })).status).toBe(422);
      const fine = body.slice(0, 5);
      expect((await api.request("PATCH", path, { body: fine, type: JSON_PATCH })).status).toBe(200);
    },
  },
  {
    name: "JSON patches that fail are 422, ones that are no list 400",
    async run(api) {
      await api.must("POST", api.core("configmaps"), { body: configMap("a") });
      const path = api.core("configmaps", "a");
      const type = JSON_PATCH;
      await api.request("PATCH", path, {
        body: [{ op: "test", path: "/data/a", value: "z" }],
        type,
      });
      await api.request("PATCH", path, { body: [{ op: "remove", path: "/data/z" }], type });
      await api.request("PATCH", path, {
        body: [{ op: "replace", path: "/data/z", value: "1" }],
        type,
      });
      await api.request("PATCH", path, { body: [{ op: "add", path: "/x/y/z", value: "1" }], type });
      await api.request("PATCH", path, { body: {}, type });
    },
  },
  {
    name: "JSON patch guards a finalizer by its index",
    async run(api) {
      const finalizers = ["example.com/a", "example.com/b"];
      const body = { metadata: { name: "a", finalizers } };
      await api.must("POST", api.core("configmaps"), { body });
      const patch = [
        { op: "test", path: "/metadata/finalizers/1", value: "example.com/b" },
        { op: "remove", path: "/metadata/finalizers/1" },
      ];
      const path = api.core("configmaps", "a");
      await api.request("PATCH", path, { body: patch, type: JSON_PATCH });
      expect((await api.request("PATCH", path, { body: patch, type: JSON_PATCH })).status).toBe(
        422,
      );
      await api.must("PATCH", path, { body: { metadata: { finalizers: null } }, type: MERGE });
    },
  },
  {
    name: "merge patch sets, merges and removes by null",
    async run(api) {
      await api.must("POST", api.core("configmaps"), { body: configMap("a", { a: "1", b: "2" }) });
      const body = { metadata: { labels: { x: "y" } }, data: { a: null, c: "3" } };
      await api.request("PATCH", api.core("configmaps", "a"), { body, type: MERGE });
    },
  },
  {
    name: "a merge patch that changes nothing keeps the version",
    async run(api) {
      const created = await api.must("POST", api.core("configmaps"), { body: configMap("a") });
      const body = { data: { a: "1" } };
      const answer = await api.request("PATCH", api.core("configmaps", "a"), { body, type: MERGE });
      expect(versionOf(answer.body)).toBe(versionOf(created));
    },
  },
  {
    name: "a patch with a stale version is 409, with the present one 200",
    async run(api) {
      const created = await api.must("POST", api.core("configmaps"), { body: configMap("a") });
      const path = api.core("configmaps", "a");
      const stale = { metadata: { resourceVersion: "1" }, data: { a: "2" } };
      expect((await api.request("PATCH", path, { body: stale, type: MERGE })).status).toBe(409);
      const fresh = { metadata: { resourceVersion: versionOf(created) }, data: { a: "2" } };
      expect((await api.request("PATCH", path, { body: fresh, type: MERGE })).status).toBe(200);
    },
  },
  {
    name: "patches of what is not there, to another name, or in an unknown format are refused",
    async run(api) {
      await api.must("POST", api.core("configmaps"), { body: configMap("a") });
      const path = api.core("configmaps", "a");
      const body = { metadata: { name: "b" } };
      await api.request("PATCH", api.core("configmaps", "z"), { body: { data: {} }, type: MERGE });
      await api.request("PATCH", path, { body, type: MERGE });
      await api.request("PATCH", path, { body, type: "application/json" });
      await api.request("PATCH", `${path}?force=true`, { body: { data: {} }, type: MERGE });
    },
  },
  {
    name: "strategic merge patch merges containers, ports and environment by key",
    async run(api) {
      await api.must("POST", api.group("apps/v1", "deployments"), {
        body: deployment("web", { replicas: 0 }),
      });
      const path = api.group("apps/v1", "deployments", "web");
      const containers = [
        {
          name: "main",
          env: [{ name: "A", value: "1" }],
          ports: [{ containerPort: 90, name: "x" }],
        },
        { name: "side", image: "busybox:1" },
      ];
      const body = { spec: { template: { spec: { containers } } } };
      const first = await api.must("PATCH", `${path}?dryRun=All`, { body, type: STRATEGIC });
      api.note("merged", (first["spec"] as { template: never }).template);
    },
  },
  {
    name: "strategic merge patch deletes, replaces, orders and retains by directive",
    async run(api) {
      const made = deployment("web", { replicas: 0 }) as unknown as {
        spec: { template: { spec: { containers: object[] } } };
      };
      made.spec.template.spec.containers.push({ name: "side", image: "busybox:1" });
      await api.must("POST", api.group("apps/v1", "deployments"), { body: made as never });
      const path = `${api.group("apps/v1", "deployments", "web")}?dryRun=All`;
      const inPod = (spec: object) => ({ spec: { template: { spec } } }) as never;
      const patches = [
        inPod({ containers: [{ name: "side", $patch: "delete" }] }),
        inPod({ "$setElementOrder/containers": [{ name: "side" }, { name: "main" }] }),
        inPod({ containers: [{ $patch: "replace" }, { name: "only", image: "x:1" }] }),
        { spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } } },
        { metadata: { labels: { $patch: "replace", only: "this" } } },
      ];
      for (const body of patches) {
        const answer = await api.must("PATCH", path, { body, type: STRATEGIC });
        const spec = answer["spec"] as {
          strategy: never;
          template: { spec: { containers: never } };
        };
        const labels = (answer["metadata"] as { labels: never }).labels;
        api.note("patched", {
          labels,
          strategy: spec.strategy,
          containers: spec.template.spec.containers,
        });
      }
    },
  },
  {
    name: "strategic merge patch merges finalizers as a set and owner references by uid",
    async run(api) {
      const uid = "22222222-2222-4222-8222-222222222222";
      const body = { metadata: { name: "a", finalizers: ["example.com/a"] } };
      await api.must("POST", api.core("configmaps"), { body });
      const path = api.core("configmaps", "a");
      const add = { metadata: { finalizers: ["example.com/b"] } };
      await api.request("PATCH", path, { body: add, type: STRATEGIC });
      const remove = {
        metadata: { "$deleteFromPrimitiveList/finalizers": ["example.com/a", "example.com/b"] },
      };
      await api.request("PATCH", path, { body: remove, type: STRATEGIC });
      const owner = { apiVersion: "v1", kind: "Namespace", name: api.namespace, uid };
      const owned = { metadata: { ownerReferences: [owner] } };
      await api.request("PATCH", `${path}?dryRun=All`, { body: owned, type: STRATEGIC });
    },
  },
];
