/** The hooks of `examples/database`, as their author would test them. */
import { expect, test } from "bun:test";
import { type HookContext, runHook } from "orkestra/hooks";
import hooks from "../../../examples/database/hooks/database.ts";

const managedResources = [
  { apiVersion: "v1", kind: "ConfigMap" },
  { apiVersion: "apps/v1", kind: "StatefulSet" },
  { apiVersion: "v1", kind: "PersistentVolumeClaim" },
];

function database(memory: string, more = {}) {
  return {
    apiVersion: "data.orkestra.dev/v1",
    kind: "Database",
    metadata: { name: "orders" },
    spec: { memory, storage: "1Gi", keepData: false, ...more },
  };
}

const args = (memory: string) => ({ image: "postgres:17", memory });

test("the database hook computes settings from the memory", async () => {
  const options = { object: database("2Gi"), args: args("2Gi"), managedResources };
  const { status, objects } = await runHook(hooks, options);
  expect(status).toEqual({
    settings: {
      shared_buffers: "512MB",
      effective_cache_size: "1536MB",
      max_connections: "204",
    },
  });
  expect(objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`)).toEqual([
    "ConfigMap/orders-settings",
    "StatefulSet/orders",
  ]);
  expect(objects[0]?.metadata.labels).toMatchObject({ "orkestra-owner": "orders" });
  expect(objects[0]?.metadata["ownerReferences"]).toMatchObject([{ kind: "Database" }]);
});

test("the database hook refuses what is no amount of memory", async () => {
  const options = { object: database("much"), args: args("much"), managedResources };
  expect(runHook(hooks, options)).rejects.toThrow('Cannot size a database for "much" of memory');
});

const claim = {
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name: "data-orders-0", namespace: "default", labels: { database: "orders" } },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
};

test.each([
  [false, 0],
  [true, 1],
])("with keepData %p the database hook leaves %i volumes behind", async (keepData, left) => {
  const { objects } = await runHook(hooks, {
    handler: "onDelete",
    object: database("2Gi", { keepData }),
    managedResources,
    existing: [claim],
  });
  expect(objects).toHaveLength(left);
});

test("runHook() refuses what managedResources does not name", async () => {
  const options = { object: database("2Gi"), args: args("2Gi"), managedResources: [] };
  expect(runHook(hooks, options)).rejects.toThrow('Cannot touch ConfigMap of "v1"');
});

test("runHook() refuses a result that is none", async () => {
  const object = database("2Gi");
  const wrong = { onReconcile: () => ({ statu: {} }) as object };
  expect(runHook(wrong, { object })).rejects.toThrow('unknown "statu", did you mean "status"?');
  expect(runHook({}, { object })).rejects.toThrow("Cannot run onReconcile");
});

test.each<[unknown, string]>([
  [{ phase: () => 1 }, 'it returned a function at "status.phase"'],
  [{ list: [undefined] }, 'it returned undefined at "status.list[0]"'],
  [{ ratio: Number.NaN }, 'it returned the number NaN at "status.ratio"'],
])("runHook() refuses a status that JSON cannot carry: %p", async (status, message) => {
  const wrong = { onReconcile: () => ({ status }) as object };
  await expect(runHook(wrong, { object: database("2Gi") })).rejects.toThrow(message);
});

test("runHook() gives up a handler that is not over in time, and aborts its signal", async () => {
  let reason: unknown;
  let late: Promise<unknown> | undefined;
  const slow = {
    async onReconcile({ signal, kube }: HookContext) {
      await new Promise<void>((resolve) => {
        signal.addEventListener("abort", () => resolve());
      });
      reason = signal.reason;
      late = kube.get({ apiVersion: "v1", kind: "ConfigMap", name: "a" });
      late.catch(() => {});
    },
  };
  const options = { object: database("2Gi"), managedResources, timeout: "20ms" };
  await expect(runHook(slow, options)).rejects.toThrow("it did not settle within 0.02 s");
  expect(String(reason)).toContain("the call is over");
  expect(late).rejects.toThrow("the call is over");
});

test("runHook() refuses options that it does not have, and timeouts that are none", async () => {
  const object = database("2Gi");
  const idle = { onReconcile: () => ({}) };
  const misspelt = { object, managedResource: managedResources };
  await expect(runHook(idle, misspelt)).rejects.toThrow(
    'Cannot run the hook: unknown option "managedResource", did you mean "managedResources"?',
  );
  for (const timeout of ["soon", 0, -1, Number.NaN, "0s"]) {
    await expect(runHook(idle, { object, timeout })).rejects.toThrow("its timeout is the");
  }
  const run = await runHook(idle, { object, timeout: 1_000 });
  expect(run.status).toBeUndefined();
});
