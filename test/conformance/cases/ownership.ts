/** Server-side apply and managedFields. */
import { expect } from "bun:test";
import type { Json, JsonObject } from "../../../src/std/json.ts";
import type { Answer, Send } from "../api-client.ts";
import { APPLY, type CaseApi, type ConformanceCase, MERGE, versionOf } from "../case.ts";
import { configMap, deployment, WIDGETS, widget } from "../fixtures.ts";

/** One recorded apply. */
function apply(
  api: CaseApi,
  path: string,
  options: { readonly body: Json; readonly manager?: string; readonly query?: string },
): Promise<Answer> {
  const { body, manager = "first", query = "" } = options;
  const send: Send = { body, type: APPLY };
  return api.request("PATCH", `${path}?fieldManager=${manager}${query}`, send);
}

function service(ports: readonly JsonObject[]): JsonObject {
  return { apiVersion: "v1", kind: "Service", metadata: { name: "web" }, spec: { ports } };
}

export const ownershipCases: readonly ConformanceCase[] = [
  {
    name: "apply creates with 201, applying the same again changes nothing",
    async run(api) {
      const path = api.core("configmaps", "a");
      const first = await apply(api, path, { body: configMap("a") });
      expect(first.status).toBe(201);
      const again = await apply(api, path, { body: configMap("a") });
      expect(again.status).toBe(200);
      expect(versionOf(again.body)).toBe(versionOf(first.body));
    },
  },
  {
    name: "apply of a Deployment owns what it states and not the defaults",
    async run(api) {
      const path = api.group("apps/v1", "deployments", "web");
      const answer = await apply(api, path, {
        body: deployment("web", { replicas: 0 }),
        query: "&dryRun=All",
      });
      expect(answer.status).toBe(201);
    },
  },
  {
    name: "apply without manager, kind, or with managedFields is refused",
    async run(api) {
      const path = api.core("configmaps", "a");
      await api.request("PATCH", path, { body: configMap("a"), type: APPLY });
      await apply(api, path, { body: { metadata: { name: "a" } } });
      const metadata = { name: "a", managedFields: [{ manager: "x" }] };
      await apply(api, path, { body: { apiVersion: "v1", kind: "ConfigMap", metadata } });
      await apply(api, path, { body: configMap("b") });
    },
  },
  {
    name: "a field of another manager is a conflict, force takes it",
    async run(api) {
      const path = api.core("configmaps", "a");
      await apply(api, path, { body: configMap("a", { x: "1", y: "1" }) });
      const body = configMap("a", { x: "2", z: "1" });
      expect((await apply(api, path, { body, manager: "second" })).status).toBe(409);
      const taken = await apply(api, path, { body, manager: "second", query: "&force=true" });
      expect(taken.status).toBe(200);
    },
  },
  {
    name: "equal values are shared between managers",
    async run(api) {
      const path = api.core("configmaps", "a");
      await apply(api, path, { body: configMap("a", { x: "1" }) });
      expect(
        (await apply(api, path, { body: configMap("a", { x: "1" }), manager: "second" })).status,
      ).toBe(200);
      await apply(api, path, { body: configMap("a", {}) });
      await apply(api, path, { body: configMap("a", {}), manager: "second" });
    },
  },
  {
    name: "conflicts with several managers and fields are listed",
    async run(api) {
      const path = api.core("configmaps", "a");
      await apply(api, path, { body: configMap("a", { a: "1", b: "1" }) });
      await api.must("PATCH", `${path}?fieldManager=updater`, {
        body: { data: { c: "1" }, metadata: { labels: { l: "1" } } },
        type: MERGE,
      });
      const body = {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "a", labels: { l: "2" } },
        data: { a: "2", b: "2", c: "2" },
      };
      const answer = await apply(api, path, { body, manager: "third" });
      expect(answer.status).toBe(409);
    },
  },
  {
    name: "a field that is no longer applied goes, unless somebody else owns it",
    async run(api) {
      const path = api.core("configmaps", "a");
      await apply(api, path, { body: configMap("a", { own: "1", shared: "1", kept: "1" }) });
      await apply(api, path, { body: configMap("a", { shared: "1" }), manager: "second" });
      const answer = await apply(api, path, { body: configMap("a", { kept: "1" }) });
      expect((answer.body as { data: Json }).data).toEqual({ kept: "1", shared: "1" });
    },
  },
  {
    name: "an update takes what it changes from the applier and releases what it removes",
    async run(api) {
      const path = api.core("configmaps", "a");
      await apply(api, path, { body: configMap("a", { x: "1", y: "1" }) });
      const body = { data: { x: "2", y: null, z: "1" } };
      await api.request("PATCH", `${path}?fieldManager=editor`, { body, type: MERGE });
    },
  },
  {
    name: "create, then apply by the same manager: fields that leave the config stay with the creator",
    async run(api) {
      const path = api.core("configmaps", "a");
      await api.request("POST", `${api.core("configmaps")}?fieldManager=orkestra`, {
        body: configMap("a", { keep: "1", drop: "1" }),
      });
      const manager = "orkestra";
      await apply(api, path, {
        body: configMap("a", { keep: "1", drop: "1" }),
        manager,
        query: "&force=true",
      });
      await apply(api, path, {
        body: configMap("a", { keep: "1" }),
        manager,
        query: "&force=true",
      });
    },
  },
  {
    name: "hand-over: the creator's entry is rewritten as the applier's, then a field can go",
    async run(api) {
      const path = api.core("configmaps", "a");
      const created = await api.must("POST", `${api.core("configmaps")}?fieldManager=orkestra`, {
        body: configMap("a", { keep: "1", drop: "1" }),
      });
      const metadata = created["metadata"] as {
        managedFields: JsonObject[];
        resourceVersion: string;
      };
      const managedFields = metadata.managedFields.map((entry) => ({
        ...entry,
        operation: "Apply",
      }));
      const patch = [
        { op: "test", path: "/metadata/resourceVersion", value: metadata.resourceVersion },
        { op: "replace", path: "/metadata/managedFields", value: managedFields },
      ];
      await api.request("PATCH", path, { body: patch, type: "application/json-patch+json" });
      const answer = await apply(api, path, {
        body: configMap("a", { keep: "1" }),
        manager: "orkestra",
      });
      expect((answer.body as { data: Json }).data).toEqual({ keep: "1" });
    },
  },
  {
    name: "managedFields of [{}] forgets all owners",
    async run(api) {
      const path = api.core("configmaps", "a");
      await apply(api, path, { body: configMap("a") });
      const body = { metadata: { managedFields: [{}] } };
      await api.request("PATCH", path, { body, type: MERGE });
    },
  },
  {
    name: "ports of a Service merge by port and protocol, with the protocol's default",
    async run(api) {
      const path = api.core("services", "web");
      await apply(api, path, { body: service([{ port: 80, name: "http" }]) });
      const body = service([
        { port: 80, name: "http" },
        { port: 53, protocol: "UDP", name: "dns" },
      ]);
      await apply(api, path, { body, manager: "second", query: "&force=true" });
      await apply(api, path, {
        body: service([{ port: 53, protocol: "UDP", name: "dns" }]),
        manager: "second",
      });
    },
  },
  {
    name: "containers and environment merge by name, removed ones go",
    async run(api) {
      const path = api.group("apps/v1", "deployments", "web");
      const withEnv = (env: readonly JsonObject[]) => {
        const made = structuredClone(deployment("web", { replicas: 0 })) as unknown as {
          spec: { template: { spec: { containers: { env: readonly JsonObject[] }[] } } };
        };
        const [container] = made.spec.template.spec.containers;
        if (container) container.env = env;
        return made as unknown as Json;
      };
      const shown = (answer: Answer) => {
        const body = answer.body as { spec: { template: { spec: { containers: Json } } } };
        api.note("containers", body.spec.template.spec.containers);
      };
      const quiet = (body: Json, manager: string) =>
        api.quiet("PATCH", `${path}?fieldManager=${manager}&force=true`, { body, type: APPLY });
      shown(
        await quiet(
          withEnv([
            { name: "A", value: "1" },
            { name: "B", value: "2" },
          ]),
          "first",
        ),
      );
      const side = structuredClone(deployment("web", { replicas: 0 })) as unknown as {
        spec: { template: { spec: { containers: JsonObject[] } } };
      };
      side.spec.template.spec.containers = [{ name: "side", image: "busybox:1" }];
      shown(await quiet(side as unknown as Json, "second"));
      shown(
        await quiet(
          withEnv([
            { name: "C", value: "3" },
            { name: "B", value: "2" },
          ]),
          "first",
        ),
      );
    },
  },
  {
    name: "finalizers are a set that appliers share",
    async run(api) {
      const path = api.core("configmaps", "a");
      const body = (finalizers: readonly string[]) => ({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "a", finalizers },
      });
      await apply(api, path, { body: body(["example.com/a"]) });
      await apply(api, path, { body: body(["example.com/b"]), manager: "second" });
      const answer = await apply(api, path, { body: body([]) });
      expect((answer.body as { metadata: { finalizers: Json } }).metadata.finalizers).toEqual([
        "example.com/b",
      ]);
      await api.must("PATCH", path, { body: { metadata: { finalizers: null } }, type: MERGE });
    },
  },
  {
    name: "owner references merge by uid",
    async run(api) {
      const path = api.core("configmaps", "a");
      const owner = (uid: string) => ({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: {
          name: "a",
          ownerReferences: [{ apiVersion: "v1", kind: "Secret", name: "s", uid }],
        },
      });
      const query = "&dryRun=All";
      await apply(api, path, { body: owner("33333333-3333-4333-8333-333333333333"), query });
      const broken = {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "a", ownerReferences: [{ kind: "x" }] },
      };
      expect((await apply(api, path, { body: broken, query })).status).toBeGreaterThanOrEqual(400);
    },
  },
  {
    name: "a uid in an apply never brings back what was deleted",
    async run(api) {
      const path = api.core("configmaps", "a");
      const uid = "44444444-4444-4444-8444-444444444444";
      const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", uid }, data: {} };
      expect((await apply(api, path, { body })).status).toBeGreaterThanOrEqual(400);
      expect((await api.request("GET", path)).status).toBe(404);
      await api.must("POST", api.core("configmaps"), { body: configMap("a") });
      expect(
        (await apply(api, path, { body, query: "&force=true" })).status,
      ).toBeGreaterThanOrEqual(400);
      const stale = {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "a", resourceVersion: "1" },
      };
      expect((await apply(api, path, { body: stale, query: "&force=true" })).status).toBe(409);
    },
  },
  {
    name: "fields that no schema declares cannot be applied",
    async run(api) {
      const path = api.core("configmaps", "a");
      const bad = { ...configMap("a"), foo: { deep: 1 } };
      expect((await apply(api, path, { body: bad })).status).toBe(500);
      const made = structuredClone(deployment("web")) as unknown as {
        spec: { template: { spec: { containers: object[] } } };
      };
      made.spec.template.spec.containers = [{ name: "main", image: "x", imagee: "y" }];
      await apply(api, api.group("apps/v1", "deployments", "web"), {
        body: made as unknown as Json,
      });
      for (const wrong of [
        { nested: { deep: 1 } },
        { ports: [{ name: "a", y: 1 }] },
        { limits: { gpu: "1" } },
      ]) {
        const body = widget("w", { size: 1, free: { x: 1 }, ...wrong } as JsonObject);
        await apply(api, api.group(WIDGETS, "widgets", "w"), { body });
      }
    },
  },
  {
    name: "custom: sets, keyed lists, maps, atomic maps and atomic lists",
    async run(api) {
      const path = api.group(WIDGETS, "widgets", "w");
      const spec = {
        size: 2,
        tags: ["a", "b"],
        ports: [{ name: "http", port: 80 }],
        labels: { x: "1" },
        limits: { cpu: "1" },
        steps: ["one"],
        nested: { text: "t" },
        free: { any: { thing: [1] } },
      };
      await apply(api, path, { body: widget("w", spec) });
      const other = {
        size: 2,
        tags: ["b", "c"],
        ports: [{ name: "dns", port: 53 }],
        labels: { y: "2" },
      };
      expect((await apply(api, path, { body: widget("w", other), manager: "second" })).status).toBe(
        200,
      );
      const less = { size: 2, tags: ["a"] };
      await apply(api, path, { body: widget("w", less) });
    },
  },
  {
    name: "custom: conflicts name keyed items, set members and atomic fields",
    async run(api) {
      const path = api.group(WIDGETS, "widgets", "w");
      const spec = {
        size: 2,
        ports: [{ name: "http", port: 80 }],
        limits: { cpu: "1" },
        steps: ["one"],
      };
      await apply(api, path, { body: widget("w", spec) });
      const other = {
        size: 3,
        ports: [{ name: "http", port: 81 }],
        limits: { cpu: "2" },
        steps: ["two"],
      };
      expect((await apply(api, path, { body: widget("w", other), manager: "second" })).status).toBe(
        409,
      );
    },
  },
  {
    name: "custom: a list item without its key, a duplicate in a set",
    async run(api) {
      const path = api.group(WIDGETS, "widgets", "w");
      await apply(api, path, { body: widget("w", { size: 1, ports: [{ port: 1 }] }) });
      await apply(api, path, { body: widget("w", { size: 1, tags: ["a", "a"] }) });
      const ports = [
        { name: "a", port: 1 },
        { name: "a", port: 2 },
      ];
      await apply(api, path, { body: widget("w", { size: 1, ports }) });
    },
  },
  {
    name: "custom: status is applied through its subresource only",
    async run(api) {
      const path = api.group(WIDGETS, "widgets", "w");
      const body = { ...widget("w"), status: { phase: "Ready" } };
      await apply(api, path, { body });
      const status = {
        apiVersion: WIDGETS,
        kind: "Widget",
        metadata: { name: "w" },
        status: { phase: "Ready" },
      };
      await apply(api, `${path}/status`, { body: status, manager: "statusmanager" });
      const merged = { status: { phase: "Gone" } };
      await api.request("PATCH", `${path}/status?fieldManager=other`, {
        body: merged,
        type: MERGE,
      });
      expect(
        (await apply(api, `${path}/status`, { body: status, manager: "statusmanager" })).status,
      ).toBe(409);
    },
  },
  {
    name: "custom: conditions merge by type between two status managers",
    async run(api) {
      const path = api.group(WIDGETS, "widgets", "w");
      await api.must("POST", api.group(WIDGETS, "widgets"), { body: widget("w") });
      for (const type of ["Ready", "Synced"]) {
        const status = { conditions: [{ type, status: "True" }] };
        const body = { apiVersion: WIDGETS, kind: "Widget", metadata: { name: "w" }, status };
        await apply(api, `${path}/status`, { body, manager: type.toLowerCase() });
      }
    },
  },
  {
    name: "custom: an update's owners have every structure as a member",
    async run(api) {
      const spec = { size: 1, nested: { level: 1 }, labels: {}, tags: [] };
      await api.request("POST", api.group(WIDGETS, "widgets"), { body: widget("w", spec) });
    },
  },
];
