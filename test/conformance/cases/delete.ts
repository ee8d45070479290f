/** Deletion: preconditions, finalizers, dependents, collections, namespaces. */
import { expect } from "bun:test";
import { isJsonObject, type Json, type JsonObject } from "../../../src/std/json.ts";
import { type CaseApi, type ConformanceCase, MERGE, versionOf } from "../case.ts";
import { configMap, deployment, WIDGETS, widget } from "../fixtures.ts";

function metadataOf(body: Json): JsonObject {
  const metadata = isJsonObject(body) ? body["metadata"] : undefined;
  return isJsonObject(metadata) ? metadata : {};
}

function ownedBy(owner: JsonObject, name: string, blockOwnerDeletion = false): JsonObject {
  const { name: ownerName, uid } = metadataOf(owner);
  const { apiVersion, kind } = owner;
  const reference = { apiVersion, kind, name: ownerName, uid, blockOwnerDeletion } as JsonObject;
  return { ...configMap(name), metadata: { name, ownerReferences: [reference] } };
}

/** A Secret as owner: the collector knows it from the start, unlike custom kinds. */
async function makeOwner(api: CaseApi, name: string): Promise<JsonObject> {
  return api.must("POST", api.core("secrets"), { body: { metadata: { name } } });
}

const isGone = ({ status }: { readonly status: number }) => status === 404;

export const deleteCases: readonly ConformanceCase[] = [
  {
    name: "delete answers with a Status, some kinds with the object",
    async run(api) {
      await api.must("POST", api.core("configmaps"), { body: configMap("a") });
      expect((await api.request("DELETE", api.core("configmaps", "a"))).status).toBe(200);
      expect((await api.request("DELETE", api.core("configmaps", "a"))).status).toBe(404);
      await api.must("POST", api.core("services"), {
        body: { metadata: { name: "s" }, spec: { ports: [{ port: 1 }] } },
      });
      await api.request("DELETE", api.core("services", "s"));
      await api.must("POST", api.group(WIDGETS, "widgets"), { body: widget("w") });
      await api.request("DELETE", api.group(WIDGETS, "widgets", "w"));
    },
  },
  {
    name: "preconditions on uid and version",
    async run(api) {
      const created = await api.must("POST", api.core("configmaps"), { body: configMap("a") });
      const path = api.core("configmaps", "a");
      const uid = "55555555-5555-4555-8555-555555555555";
      expect((await api.request("DELETE", path, { body: { preconditions: { uid } } })).status).toBe(
        409,
      );
      const stale = { preconditions: { resourceVersion: "1" } };
      expect((await api.request("DELETE", path, { body: stale })).status).toBe(409);
      const right = {
        preconditions: {
          uid: String(metadataOf(created)["uid"]),
          resourceVersion: versionOf(created),
        },
      };
      expect((await api.request("DELETE", path, { body: right })).status).toBe(200);
    },
  },
  {
    name: "dry run deletes nothing, wrong options are 422",
    async run(api) {
      await api.must("POST", api.core("configmaps"), { body: configMap("a") });
      const path = api.core("configmaps", "a");
      await api.request("DELETE", `${path}?dryRun=All`);
      await api.request("DELETE", `${path}?dryRun=Some`);
      await api.request("DELETE", `${path}?propagationPolicy=Nope`);
      expect((await api.request("GET", path)).status).toBe(200);
    },
  },
  {
    name: "a finalizer holds the object, removing it lets it go",
    async run(api) {
      const body = { ...configMap("a"), metadata: { name: "a", finalizers: ["example.com/hold"] } };
      await api.must("POST", api.core("configmaps"), { body });
      const path = api.core("configmaps", "a");
      const held = await api.request("DELETE", path);
      expect(metadataOf(held.body)["deletionTimestamp"]).toBeString();
      await api.request("DELETE", path);
      const more = { metadata: { finalizers: ["example.com/hold", "example.com/new"] } };
      expect((await api.request("PATCH", path, { body: more, type: MERGE })).status).toBe(422);
      expect(
        (await api.request("PATCH", path, { body: { data: { b: "2" } }, type: MERGE })).status,
      ).toBe(200);
      await api.request("PATCH", path, { body: { metadata: { finalizers: null } }, type: MERGE });
      expect((await api.request("GET", path)).status).toBe(404);
    },
  },
  {
    name: "a finalizer holds a custom object, its generation counts the deletion",
    async run(api) {
      const body = { ...widget("w"), metadata: { name: "w", finalizers: ["example.com/hold"] } };
      await api.must("POST", api.group(WIDGETS, "widgets"), { body });
      const path = api.group(WIDGETS, "widgets", "w");
      const created = await api.must("GET", path);
      await api.request("DELETE", path);
      const watched = api.group(WIDGETS, "widgets");
      const patch = [
        { op: "test", path: "/metadata/finalizers/0", value: "example.com/hold" },
        { op: "remove", path: "/metadata/finalizers/0" },
      ];
      await api.request("PATCH", path, { body: patch, type: "application/json-patch+json" });
      const query = `watch=1&resourceVersion=${versionOf(created)}`;
      const events = await api.watch(`${watched}?${query}`, (seen) => seen.length >= 2);
      expect(events.map(({ type }) => type)).toEqual(["MODIFIED", "DELETED"]);
    },
  },
  {
    name: "dependents of a deleted owner are collected",
    async run(api) {
      const owner = await makeOwner(api, "owner");
      await api.must("POST", api.core("configmaps"), { body: ownedBy(owner, "child") });
      await api.must("DELETE", api.core("secrets", "owner"));
      await api.until(api.core("configmaps", "child"), isGone);
      api.note("child", "gone");
    },
  },
  {
    name: "an object whose owner never was is collected",
    async run(api) {
      const owner = {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "ghost", uid: "66666666-6666-4666-8666-666666666666" },
      };
      await api.must("POST", api.core("configmaps"), { body: ownedBy(owner, "child") });
      await api.until(api.core("configmaps", "child"), isGone);
      api.note("child", "gone");
    },
  },
  {
    name: "with another owner left, only the reference goes",
    async run(api) {
      const first = await makeOwner(api, "first");
      const second = await makeOwner(api, "second");
      const body = ownedBy(first, "child");
      const references = [
        ...[body, ownedBy(second, "x")].flatMap(
          (one) => metadataOf(one)["ownerReferences"] as JsonObject[],
        ),
      ];
      await api.must("POST", api.core("configmaps"), {
        body: { ...body, metadata: { name: "child", ownerReferences: references } },
      });
      await api.must("DELETE", api.core("secrets", "first"));
      const left = await api.until(
        api.core("configmaps", "child"),
        ({ body: now }) => (metadataOf(now)["ownerReferences"] as Json[] | undefined)?.length === 1,
      );
      api.note("left", metadataOf(left.body)["ownerReferences"] as Json);
    },
  },
  {
    name: "orphaning lets dependents be",
    async run(api) {
      const owner = await makeOwner(api, "owner");
      await api.must("POST", api.core("configmaps"), { body: ownedBy(owner, "child") });
      await api.request("DELETE", api.core("secrets", "owner"), {
        body: { propagationPolicy: "Orphan" },
      });
      await api.until(api.core("secrets", "owner"), isGone);
      const child = await api.must("GET", api.core("configmaps", "child"));
      api.note("owners", (metadataOf(child)["ownerReferences"] ?? null) as Json);
    },
  },
  {
    name: "foreground deletion waits for dependents that block",
    async run(api) {
      const owner = await makeOwner(api, "owner");
      const child = ownedBy(owner, "child", true);
      const metadata = { ...metadataOf(child), finalizers: ["example.com/hold"] };
      await api.must("POST", api.core("configmaps"), {
        body: { ...child, metadata } as JsonObject,
      });
      await api.request("DELETE", api.core("secrets", "owner"), {
        body: { propagationPolicy: "Foreground" },
      });
      await api.until(
        api.core("configmaps", "child"),
        ({ body }) => metadataOf(body)["deletionTimestamp"] !== undefined,
      );
      const held = await api.quiet("GET", api.core("secrets", "owner"));
      api.note("owner while the child is held", held.status);
      const path = api.core("configmaps", "child");
      await api.must("PATCH", path, {
        body: [{ op: "remove", path: "/metadata/finalizers" }],
        type: "application/json-patch+json",
      });
      await api.until(api.core("secrets", "owner"), isGone);
      api.note("owner in the end", "gone");
    },
  },
  {
    name: "deleting a Deployment takes its ReplicaSets and pods along",
    async run(api) {
      await api.must("POST", api.group("apps/v1", "deployments"), {
        body: deployment("web", { replicas: 1 }),
      });
      const isReady = ({ body }: { readonly body: Json }) =>
        JSON.stringify(body).includes('"availableReplicas":1');
      await api.until(api.group("apps/v1", "deployments", "web"), isReady);
      await api.request("DELETE", api.group("apps/v1", "deployments", "web"));
      const isEmpty = ({ body }: { readonly body: Json }) =>
        isJsonObject(body) && (body["items"] as Json[]).length === 0;
      await api.until(api.group("apps/v1", "replicasets"), isEmpty);
      await api.until(api.core("pods"), isEmpty);
      api.note("pods", "gone");
    },
  },
  {
    name: "a collection is deleted by selector",
    async run(api) {
      for (const [name, own] of [
        ["a", "1"],
        ["b", "1"],
        ["c", "2"],
      ] as const) {
        await api.must("POST", api.core("configmaps"), {
          body: { metadata: { name, labels: { own } } },
        });
      }
      await api.request("DELETE", `${api.core("configmaps")}?labelSelector=own%3D1`);
      const left = await api.must("GET", `${api.core("configmaps")}?labelSelector=own`);
      api.note(
        "left",
        (left["items"] as unknown as { metadata: { name: string } }[]).map(
          ({ metadata }) => metadata.name,
        ),
      );
    },
  },
  {
    name: "a namespace takes its contents along and refuses new ones",
    async run(api) {
      const made = await api.must("POST", "/api/v1/namespaces", {
        body: { metadata: { generateName: "going-" } },
      });
      const name = String(metadataOf(made)["name"]);
      api.mask(name, "<going>");
      const inside = `/api/v1/namespaces/${name}/configmaps`;
      const held = { metadata: { name: "held", finalizers: ["example.com/hold"] } };
      await api.must("POST", inside, { body: held });
      const deleted = await api.request("DELETE", `/api/v1/namespaces/${name}`);
      expect((deleted.body as { status: { phase: string } }).status.phase).toBe("Terminating");
      expect((await api.request("POST", inside, { body: configMap("late") })).status).toBe(403);
      await api.until(
        `${inside}/held`,
        ({ body }) => metadataOf(body)["deletionTimestamp"] !== undefined,
      );
      await api.must("PATCH", `${inside}/held`, {
        body: { metadata: { finalizers: null } },
        type: MERGE,
      });
      await api.until(`/api/v1/namespaces/${name}`, isGone);
      await api.request("GET", `/api/v1/namespaces/${name}`);
    },
  },
];
