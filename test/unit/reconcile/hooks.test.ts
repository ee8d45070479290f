import { expect, test } from "bun:test";
import { HookError } from "../../../src/hook/error.ts";
import type { KubeAnswer, KubeRequest } from "../../../src/hook/protocol.ts";
import type { HookAnswer } from "../../../src/hook/result.ts";
import type { HookCall } from "../../../src/hook/runner.ts";
import type { HooksPlan, ManagedResource } from "../../../src/katalog/resolved.ts";
import type { JsonObject } from "../../../src/std/json.ts";
import { CONFIG_MAP, child, field, Harness, type HarnessOptions, WEBSITE } from "./harness.ts";

const CONFIG_MAPS = { apiVersion: "v1", kind: "ConfigMap" };

interface Script {
  onReconcile?(tools: Tools): Promise<HookAnswer>;
  onDelete?(tools: Tools): Promise<HookAnswer>;
}

interface Tools {
  readonly call: HookCall;
  ask(request: KubeRequest): Promise<KubeAnswer>;
}

interface More extends HarnessOptions {
  readonly plan?: Partial<HooksPlan>;
  readonly managed?: readonly ManagedResource[];
}

/** A box with a hook that does what the test says, in this thread. */
function boxWith(script: Script, { plan, managed = [CONFIG_MAPS], ...more }: More = {}) {
  const calls: HookCall[] = [];
  const box = new Harness({
    ...more,
    box: {
      hooks: {
        role: "hooks",
        module: "hook.ts",
        files: {},
        timeoutMs: 1_000,
        managedResources: managed,
        args: { size: "{{ .spec.size }}" },
        runHooksFirst: false,
        ...plan,
      },
    },
    hooks: {
      has: (handler) => script[handler] !== undefined,
      async call(call) {
        calls.push(call);
        const ask = (request: KubeRequest) => call.services.answer(request);
        return (await script[call.handler]?.({ call, ask })) ?? {};
      },
    },
  });
  return { box, calls };
}

function configMap(name: string, data: JsonObject, more: JsonObject = {}): JsonObject {
  return { ...CONFIG_MAPS, metadata: { name, ...more }, data };
}

const apply = (object: JsonObject): KubeRequest => ({ verb: "apply", object, options: {} });

test("a hook is given the object, its children and its arguments", async () => {
  const children = [child("configMaps", { data: { a: "b" } }, { name: "declared" })];
  const { box, calls } = boxWith({ onReconcile: async () => ({}) }, { children });
  box.create({ size: "small" });
  await box.reconcile();
  const { object, args, attempt, children: packed } = calls[0]!.context;
  expect(object).toMatchObject({ kind: "Website", spec: { size: "small" } });
  expect({ args, attempt }).toEqual({ args: { size: "small" }, attempt: 1 });
  expect(packed.objects).toMatchObject([{ metadata: { name: "declared" } }]);
  expect(packed.names["configMaps"]).toEqual({ declared: 0 });
});

test("what a hook applies is a child, and costs no request while it is as it should be", async () => {
  const { box } = boxWith({
    async onReconcile({ ask }) {
      await ask(apply(configMap("made", { a: "1" })));
      return {};
    },
  });
  const website = box.create({ size: "small" });
  expect((await box.reconcile()).kind).toBe("settled");
  const made = box.kube.read(CONFIG_MAP, "made");
  expect(made?.metadata).toMatchObject({
    namespace: "default",
    labels: { "orkestra-owner": "shop" },
    annotations: { "orkestra.orkspace.io/made-by": "hook" },
    ownerReferences: [{ uid: website.metadata.uid!, controller: true }],
  });
  expect(await box.writesOf()).toEqual([]);
});

test("a hook is called in every pass, settled or not", async () => {
  const { box, calls } = boxWith({ onReconcile: async () => ({}) });
  box.create({});
  for (let count = 0; count < 3; count++) await box.reconcile();
  expect(calls).toHaveLength(3);
});

test("a child of a hook stays when the hook makes it no more, and goes with the hooks", async () => {
  const { box, calls } = boxWith({
    async onReconcile({ ask }) {
      if (calls.length === 1) await ask(apply(configMap("made", { a: "1" })));
      return {};
    },
  });
  box.create({});
  await box.reconcile();
  await box.reconcile();
  expect(box.kube.read(CONFIG_MAP, "made")).toBeDefined();
  const without = new Harness({ kube: box.kube, digest: "sha256:two" });
  await without.reconcile();
  expect(box.kube.read(CONFIG_MAP, "made")).toBeUndefined();
});

test("the status of a hook is laid over, the Katalog's fields win", async () => {
  const { box } = boxWith(
    {
      onReconcile: async () => ({
        status: {
          endpoint: "hook",
          phase: "hook",
          deep: { a: 1 },
          conditions: [{ type: "Synced", status: "True" }],
        },
        requeueAfterMs: 7_000,
      }),
    },
    { fields: [field("phase", "katalog")] },
  );
  box.create({});
  expect(await box.reconcile()).toMatchObject({ kind: "settled", requeueAfterMs: 7_000 });
  expect(box.status).toMatchObject({ endpoint: "hook", phase: "katalog", deep: { a: 1 } });
  expect(box.condition("Synced")).toMatchObject({ status: "True", reason: "Reported" });
  expect(box.condition()).toMatchObject({ status: "True" });
});

test("a hook says that it is not ready yet: no failure, and the custom resource is not", async () => {
  const answers: HookAnswer[] = [
    { notReady: "waiting for the DNS record" },
    { notReady: "waiting for the DNS record", requeueAfterMs: 3_000, status: { step: "dns" } },
    { status: { step: "done" } },
  ];
  const { box, calls } = boxWith({ onReconcile: async () => answers[calls.length - 1] ?? {} });
  box.create({});
  const reason = "waiting for the DNS record";
  expect(await box.reconcile()).toMatchObject({ kind: "waiting", reason, retryMs: 15_000 });
  expect(box.condition()).toMatchObject({
    status: "False",
    reason: "Progressing",
    message: reason,
  });
  expect(await box.reconcile()).toMatchObject({ kind: "waiting", reason, retryMs: 3_000 });
  expect(box.status).toMatchObject({ step: "dns" });
  expect((await box.reconcile()).kind).toBe("settled");
  expect(box.condition()).toMatchObject({ status: "True" });
  expect(calls.map(({ context }) => context.attempt)).toEqual([1, 1, 1]);
  expect(box.events.filter(({ type }) => type === "Warning")).toEqual([]);
});

test("an error says more than what is not ready yet, and a child that is not ready is told beside it", async () => {
  const children = [child("deployments", { image: "nginx" }, { name: "web" })];
  const answer = { notReady: "waiting for the DNS record" };
  const { box } = boxWith({ onReconcile: async () => answer }, { children });
  box.create({});
  expect((await box.reconcile()).kind).toBe("waiting");
  expect(box.condition()?.["message"]).toMatch(
    /^waiting for the DNS record; Deployment "default\/web": /,
  );
  const taken = [child("configMaps", { data: { a: "b" } }, { name: "taken" })];
  const failing = boxWith({ onReconcile: async () => answer }, { children: taken }).box;
  const metadata = { name: "taken", namespace: "default" };
  failing.kube.put(CONFIG_MAP, { ...CONFIG_MAPS, metadata });
  failing.create({});
  expect((await failing.reconcile()).kind).toBe("stuck");
  expect(failing.condition()).toMatchObject({ status: "False", reason: "Conflict" });
});

test("a deletion waits as long as onDelete says that it is not ready", async () => {
  const answers: HookAnswer[] = [
    { notReady: "the bucket holds 3 objects" },
    { notReady: "the bucket holds 1 object", requeueAfterMs: 1_000 },
  ];
  const { box, calls } = boxWith({ onDelete: async () => answers[calls.length - 1] ?? {} });
  box.create({});
  await box.reconcile();
  await box.kube.delete({ type: WEBSITE, namespace: "default", name: "shop" });
  expect(await box.reconcile()).toMatchObject({ kind: "waiting", retryMs: 5_000 });
  expect(box.condition()).toMatchObject({
    status: "False",
    reason: "Terminating",
    message: expect.stringContaining("the bucket holds 3 objects"),
  });
  expect(await box.reconcile()).toMatchObject({ kind: "waiting", retryMs: 1_000 });
  expect((await box.reconcile()).kind).toBe("settled");
  expect(() => box.website).toThrow("gone");
});

test("a hook may not say that its custom resource is ready", async () => {
  const conditions = [{ type: "Ready", status: "True" }];
  const { box } = boxWith({ onReconcile: async () => ({ status: { conditions } }) });
  box.create({});
  await box.reconcile();
  expect(box.condition()?.["message"]).toContain('Cannot set the condition "Ready"');
});

test("a hook that fails is told, counted and tried again; the declared children are made", async () => {
  const children = [child("configMaps", { data: { a: "b" } }, { name: "declared" })];
  const message = "Hook onReconcile failed: no (hook.ts:3:1)";
  const { box, calls } = boxWith(
    { onReconcile: () => Promise.reject(new HookError("threw", message)) },
    { children },
  );
  box.create({});
  expect((await box.reconcile()).kind).toBe("retry");
  await box.reconcile();
  expect(calls.map(({ context }) => context.attempt)).toEqual([1, 2]);
  expect(box.condition()).toMatchObject({ status: "False", message });
  expect(box.kube.read(CONFIG_MAP, "declared")).toBeDefined();
  const told = box.events.filter(({ type }) => type === "Warning");
  expect(told).toMatchObject([{ reason: "WebsiteReconcileError", message }]);
});

test("runHooksFirst calls the hook before any child is made", async () => {
  const children = [child("configMaps", { data: { a: "b" } }, { name: "declared" })];
  const seen: unknown[] = [];
  const { box } = boxWith(
    {
      async onReconcile() {
        seen.push(box.kube.read(CONFIG_MAP, "declared"));
        return {};
      },
    },
    { children, plan: { runHooksFirst: true } },
  );
  box.create({});
  await box.reconcile();
  expect(seen).toEqual([undefined]);
  expect(box.kube.read(CONFIG_MAP, "declared")).toBeDefined();
});

test("the finalizer goes only after onDelete resolved", async () => {
  let turn = 0;
  const { box } = boxWith({
    async onDelete() {
      turn++;
      if (turn === 1) throw new HookError("threw", "not yet");
      return turn === 2 ? { requeueAfterMs: 3_000 } : {};
    },
  });
  box.create({});
  await box.reconcile();
  await box.kube.delete({ type: WEBSITE, namespace: "default", name: "shop" });
  expect((await box.reconcile()).kind).toBe("retry");
  expect(box.condition()).toMatchObject({
    reason: "CleanupFailed",
    message: expect.stringContaining("not yet"),
  });
  expect(await box.reconcile()).toMatchObject({ kind: "waiting", retryMs: 3_000 });
  expect(box.condition()).toMatchObject({ status: "False", reason: "Terminating" });
  expect(box.website.metadata.finalizers).toHaveLength(1);
  expect((await box.reconcile()).kind).toBe("settled");
  expect(() => box.website).toThrow("gone");
});

const OTHER = configMap("made", {}, { namespace: "other" });

type Confined = readonly [readonly ManagedResource[], KubeRequest, string | undefined];

test.each<[string, ...Confined]>([
  ["an unnamed kind", [], apply(configMap("made", {})), 'Cannot touch ConfigMap of "v1"'],
  ["another namespace", [CONFIG_MAPS], apply(OTHER), 'Cannot touch ConfigMap in namespace "other"'],
  ["a named namespace", [{ ...CONFIG_MAPS, namespace: "other" }], apply(OTHER), undefined],
  ["any namespace", [{ ...CONFIG_MAPS, namespace: "*" }], apply(OTHER), undefined],
  ["no name", [CONFIG_MAPS], apply({ ...CONFIG_MAPS, metadata: {} }), "expected the name"],
  ["no kind", [CONFIG_MAPS], apply({ metadata: { name: "a" } }), "expected apiVersion and kind"],
  ["a path", [CONFIG_MAPS], apply(configMap("../a", {})), '"../a" is no name'],
  [
    "a list elsewhere",
    [CONFIG_MAPS],
    { verb: "list", query: { ...CONFIG_MAPS, namespace: "*" } },
    'in namespace "*"',
  ],
  [
    "a patch of the finalizers",
    [CONFIG_MAPS],
    { verb: "patch", address: { ...CONFIG_MAPS, name: "a" }, patch: {}, options: { type: "x" } },
    "Cannot patch",
  ],
])("kube is confined: %s", async (_, ...confined) => {
  const [managed, request, message] = confined;
  const answers: KubeAnswer[] = [];
  const script: Script = {
    async onReconcile({ ask }) {
      answers.push(await ask(request));
      return {};
    },
  };
  const { box } = boxWith(script, { managed });
  box.create({});
  await box.reconcile();
  const [answer] = answers;
  const said = answer && "error" in answer ? answer.error.message : undefined;
  if (message === undefined) expect(said).toBeUndefined();
  else expect(said).toContain(message);
});

test("kube never takes over what is not ours or what the Katalog declares", async () => {
  const said: string[] = [];
  const children = [child("configMaps", { data: { a: "b" } }, { name: "declared" })];
  const script: Script = {
    async onReconcile({ ask }) {
      for (const name of ["foreign", "declared"]) {
        const answer = await ask(apply(configMap(name, { a: "mine" })));
        said.push("error" in answer ? answer.error.message : "");
      }
      return {};
    },
  };
  const { box } = boxWith(script, { children });
  box.kube.put(CONFIG_MAP, {
    ...CONFIG_MAPS,
    metadata: { name: "foreign", namespace: "default" },
    data: { a: "theirs" },
  });
  box.create({});
  await box.reconcile();
  expect(said[0]).toContain("belongs to somebody else");
  expect(said[1]).toContain("the Katalog declares it");
  expect(box.kube.read(CONFIG_MAP, "foreign")?.["data"]).toEqual({ a: "theirs" });
  expect(box.kube.read(CONFIG_MAP, "declared")?.["data"]).toEqual({ a: "b" });
});

test("kube.get, create, patch and delete do what they say", async () => {
  const answers: KubeAnswer[] = [];
  const address = { ...CONFIG_MAPS, name: "made" };
  const script: Script = {
    async onReconcile({ ask }) {
      for (const request of [
        { verb: "get", address },
        { verb: "create", object: configMap("made", { a: "1" }) },
        { verb: "create", object: configMap("made", { a: "2" }) },
        { verb: "patch", address, patch: { data: { b: "3" } }, options: {} },
        { verb: "get", address },
        { verb: "delete", address, options: {} },
        { verb: "delete", address, options: {} },
      ] satisfies KubeRequest[]) {
        answers.push(await ask(request));
      }
      return {};
    },
  };
  const { box } = boxWith(script);
  box.create({});
  expect((await box.reconcile()).kind).toBe("settled");
  const values = answers.map((answer) => ("value" in answer ? answer.value : answer.error));
  expect(values).toMatchObject([
    null,
    { data: { a: "1" } },
    { data: { a: "1" } },
    { data: { a: "1", b: "3" } },
    { data: { a: "1", b: "3" } },
    null,
    null,
  ]);
  expect(box.kube.read(CONFIG_MAP, "made")).toBeUndefined();
});

test("an answer of the API server that passes by itself is no news", async () => {
  const kube = { status: 409, reason: "Conflict" };
  const error = new HookError("threw", "conflict", { kube });
  const { box } = boxWith({ onReconcile: () => Promise.reject(error) });
  box.create({});
  expect((await box.reconcile()).kind).toBe("retry");
  expect(box.events.filter(({ type }) => type === "Warning")).toEqual([]);
});

test("an argument that cannot be rendered is told with its place, and the hook is not called", async () => {
  const plan = { args: { of: [{ size: "{{ div 1 .spec.size }}" }] } };
  const { box, calls } = boxWith({ onReconcile: async () => ({}) }, { plan });
  box.create({ size: 0 });
  const outcome = await box.reconcile();
  expect(outcome.kind === "stuck" && outcome.error.message).toStartWith(
    'Cannot render "hooks.args": of[0].size: ',
  );
  expect(calls).toEqual([]);
});

test("a hook that fails with another id each time is told once, in the words of the first time", async () => {
  let count = 0;
  const { box } = boxWith({
    onReconcile: async () => {
      throw new HookError("threw", `Hook onReconcile failed: request ${++count} (hooks/a.ts:3:9)`);
    },
  });
  box.create({ size: 1 });
  for (let turn = 0; turn < 5; turn++) {
    expect(await box.reconcile()).toMatchObject({ kind: "retry" });
    box.nowMs += 1_000;
  }
  expect(box.condition()?.["message"]).toContain("request 1 (");
  expect(box.events.map(({ message }) => message)).toEqual([
    "Hook onReconcile failed: request 1 (hooks/a.ts:3:9)",
  ]);
  expect(await box.writesOf()).toEqual([]);
  box.edit({ size: 2 });
  await box.reconcile();
  expect(box.condition()?.["message"]).toContain(`request ${count} (`);
});
