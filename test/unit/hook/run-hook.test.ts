/** `runHook` over several passes, with kinds of its own, and held to the rules of a real run. */
import { expect, test } from "bun:test";
import { type ConfigMap, type Deployment, type Hooks, runHook } from "orkestra/hooks";

const CONFIG_MAPS = { apiVersion: "v1", kind: "ConfigMap" };
const PARTS = { apiVersion: "example.io/v1", kind: "Part" };

function gadget(parts: readonly string[], metadata: object = {}) {
  return {
    apiVersion: "example.io/v1",
    kind: "Gadget",
    metadata: { name: "g1", ...metadata },
    spec: { parts },
  };
}

/** Makes one object for each part, and deletes those that are no part any more. */
function maker(kind: { readonly apiVersion: string; readonly kind: string }): Hooks<{
  readonly parts: readonly string[];
}> {
  return {
    async onReconcile({ object, kube }) {
      const { parts } = object.spec;
      for (const name of parts) {
        await kube.apply({ ...kind, metadata: { name, labels: { part: "yes" } }, data: { name } });
      }
      for (const { metadata } of await kube.list({ ...kind, labelSelector: "part=yes" })) {
        if (!parts.includes(metadata.name)) await kube.delete({ ...kind, name: metadata.name });
      }
    },
  };
}

test.each([
  ["default", {}],
  ["prod", { namespace: "prod" }],
])(
  "runHook() takes what an earlier call left behind in namespace %s as its own",
  async (_, place) => {
    const options = { managedResources: [CONFIG_MAPS] };
    const hooks = maker(CONFIG_MAPS);
    const first = await runHook(hooks, { ...options, object: gadget(["x", "z"], place) });
    expect(first.objects.map(({ metadata }) => metadata.name)).toEqual(["x", "z"]);
    const object = gadget(["x"], place);
    const second = await runHook(hooks, { ...options, object, existing: first.objects });
    expect(second.objects.map(({ metadata }) => metadata.name)).toEqual(["x"]);
    expect(second.objects[0]?.metadata["ownerReferences"]).toMatchObject([{ name: "g1" }]);
  },
);

test("runHook() keeps the status of what exists, and puts what names no namespace beside the object", async () => {
  const deployments = { apiVersion: "apps/v1", kind: "Deployment" };
  const template = {
    metadata: { labels: { app: "web" } },
    spec: { containers: [{ name: "web", image: "nginx" }] },
  };
  const web = {
    ...deployments,
    metadata: { name: "web" },
    spec: { selector: { matchLabels: { app: "web" } }, template },
    status: { readyReplicas: 1, replicas: 1 },
  };
  const hooks: Hooks = {
    async onReconcile({ kube }) {
      const found = await kube.get<Deployment>({ ...deployments, name: "web" });
      return { status: { ready: found?.status?.readyReplicas } };
    },
  };
  const object = gadget([], { namespace: "kube-public" });
  const run = await runHook(hooks, { object, managedResources: [deployments], existing: [web] });
  expect(run.status).toEqual({ ready: 1 });
});

const PART_CRD = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "parts.example.io" },
  spec: {
    group: "example.io",
    scope: "Namespaced",
    names: { kind: "Part", plural: "parts", singular: "part" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              data: { type: "object", properties: { name: { type: "string" } } },
            },
          },
        },
      },
    ],
  },
};

test("runHook() serves kinds of its crds, under their schemas", async () => {
  const options = { managedResources: [PARTS], crds: [PART_CRD] };
  const hooks = maker(PARTS);
  const first = await runHook(hooks, { ...options, object: gadget(["x", "z"]) });
  expect(first.objects).toMatchObject([{ data: { name: "x" } }, { data: { name: "z" } }]);
  const existing = first.objects;
  const second = await runHook(hooks, { ...options, object: gadget(["z"]), existing });
  expect(second.objects.map(({ metadata }) => metadata.name)).toEqual(["z"]);
  const wrong: Hooks = {
    async onReconcile({ kube }) {
      await kube.create({ ...PARTS, metadata: { name: "x" }, data: { name: 3 } });
    },
  };
  await expect(runHook(wrong, { ...options, object: gadget([]) })).rejects.toThrow("data.name");
});

test("runHook() refuses kinds that it does not know, and crds that are none", async () => {
  const object = gadget(["x"]);
  await expect(runHook(maker(PARTS), { object, managedResources: [PARTS] })).rejects.toThrow(
    'Cannot find kind "Part" of "example.io/v1"',
  );
  const existing = [{ ...PARTS, metadata: { name: "x" } }];
  await expect(runHook(maker(PARTS), { object, existing })).rejects.toThrow(
    'it is no built-in kind, give its CustomResourceDefinition in "crds"',
  );
  await expect(runHook(maker(PARTS), { object, crds: existing })).rejects.toThrow(
    '"crds" holds a Part, expected CustomResourceDefinition',
  );
});

test("runHook() refuses the condition Ready, as a real run does", async () => {
  const conditions = [{ type: "Ready", status: "True" }];
  const hooks: Hooks = { onReconcile: () => ({ status: { conditions } }) };
  await expect(runHook(hooks, { object: gadget([]) })).rejects.toThrow(
    'Cannot set the condition "Ready": it says how the reconcile went, use another type',
  );
});

test("runHook() tells what is not ready", async () => {
  const hooks: Hooks = { onReconcile: () => ({ notReady: "waiting for the DNS record" }) };
  const run = await runHook(hooks, { object: gadget([]) });
  expect(run).toMatchObject({ notReady: "waiting for the DNS record", requeueAfterMs: undefined });
  expect((await runHook({ onReconcile() {} }, { object: gadget([]) })).notReady).toBeUndefined();
});

test("runHook() deletes what is not the custom resource's own only when it is named so", async () => {
  const existing: ConfigMap[] = [
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "theirs" }, data: {} },
  ];
  const options = { object: gadget([]), managedResources: [CONFIG_MAPS], existing };
  const removing = (options?: { foreign: boolean }): Hooks => ({
    async onReconcile({ kube }) {
      await kube.delete({ ...CONFIG_MAPS, name: "theirs" }, options);
    },
  });
  await expect(runHook(removing(), options)).rejects.toThrow(
    'Cannot delete ConfigMap "default/theirs": it does not belong to Gadget "default/g1", ' +
      "add {foreign: true} if it shall go all the same",
  );
  expect((await runHook(removing({ foreign: true }), options)).objects).toEqual([]);
});
