import { expect, test } from "bun:test";
import type { RemoteRequest } from "../../../src/hook/remote-call.ts";
import { RemoteError } from "../../../src/hook/remote-error.ts";
import type { ManagedResource, RemotePlan } from "../../../src/katalog/resolved.ts";
import type { Json, JsonObject } from "../../../src/std/json.ts";
import {
  CONFIG_MAP,
  child,
  DEPLOYMENT,
  Harness,
  type HarnessOptions,
  JOB,
  SECRET,
  SERVICE,
  WEBSITE,
} from "./harness.ts";

const CONFIG_MAPS = { apiVersion: "v1", kind: "ConfigMap" };
const URL_OF_REMOTE = "https://remote.example.com/v1/shop?token=of-the-query";

interface More extends HarnessOptions {
  readonly plan?: Partial<RemotePlan>;
  readonly managed?: readonly ManagedResource[];
  readonly env?: Readonly<Record<string, string>>;
}

type Answer = Json | ((request: RemoteRequest) => Json);

/** A box with a remote that answers what the test says; the last answer again and again. */
function boxWith(answers: readonly Answer[], { plan, env = {}, managed, ...more }: More = {}) {
  const asked: RemoteRequest[] = [];
  const box = new Harness({
    ...more,
    box: {
      remote: {
        endpoint: URL_OF_REMOTE,
        timeoutMs: 1_000,
        args: { size: "{{ .spec.size }}" },
        payload: {},
        managedResources: managed ?? [CONFIG_MAPS],
        ...plan,
      },
      ...more.box,
    },
    remote: {
      variable: (name) => env[name],
      async ask(request) {
        asked.push(request);
        const answer = answers[Math.min(asked.length, answers.length) - 1] ?? null;
        return typeof answer === "function" ? answer(request) : answer;
      },
    },
  });
  return { box, asked };
}

function configMap(name: string, data: JsonObject = { a: "1" }, more: JsonObject = {}): JsonObject {
  return { ...CONFIG_MAPS, metadata: { name, ...more }, data };
}

const ok = (...resources: Json[]) => ({ result: "ok", resources });

test("a remote is told the key, the kind, the object, arguments, payload, and each child once", async () => {
  const children = [
    child("configMaps", { data: { a: "b" } }, { name: "declared" }),
    child("secrets", { data: { password: "hunter2" } }, { name: "hidden" }),
  ];
  const plan = { payload: { team: "{{ .spec.team }}" } };
  const { box, asked } = boxWith([{ result: "ok" }], { children, plan });
  box.create({ size: "small", team: "a" });
  await box.reconcile();
  expect(asked[0]!.body).toMatchObject({
    key: "default/shop",
    gvk: { group: "example.io", version: "v1", kind: "Website" },
    object: { kind: "Website", spec: { size: "small" } },
    args: { size: "small" },
    team: "a",
    prepared: {
      children: {
        configMaps: { declared: { data: { a: "b" } } },
        secrets: { hidden: { metadata: { name: "hidden" } } },
      },
    },
  });
  expect(JSON.stringify(asked[0]!.body)).not.toContain("aHVudGVyMg");
});

test("what a remote lists is a child, and costs no request while it is as it should be", async () => {
  const { box, asked } = boxWith([ok(configMap("made"))]);
  const website = box.create({});
  expect((await box.reconcile()).kind).toBe("settled");
  expect(box.kube.read(CONFIG_MAP, "made")?.metadata).toMatchObject({
    namespace: "default",
    labels: { "orkestra-owner": "shop" },
    annotations: { "orkestra.orkspace.io/made-by": "remote" },
    ownerReferences: [{ uid: website.metadata.uid!, controller: true }],
  });
  expect(await box.writesOf()).toEqual([]);
  expect(asked).toHaveLength(2);
});

test("a shorthand is expanded as in a Katalog, and nothing in it is a template", async () => {
  const managed = [
    { apiVersion: "apps/v1", kind: "Deployment" },
    { apiVersion: "v1", kind: "Service" },
    CONFIG_MAPS,
  ];
  const answer = ok(
    { type: "deployments", fields: { name: "web", image: "nginx:1", replicas: 2, port: 80 } },
    { type: "Service", fields: { name: "front", port: 80 } },
    { type: "configMaps", fields: { name: "text", data: { a: "{{ .spec.size }}" } } },
  );
  const { box } = boxWith([answer], { managed });
  box.create({ size: "small" });
  expect((await box.reconcile()).kind).toBe("settled");
  const deployment = box.kube.read(DEPLOYMENT, "web") as unknown as {
    spec: { replicas: number; selector: { matchLabels: JsonObject } };
  };
  expect(deployment.spec.replicas).toBe(2);
  const service = box.kube.read(SERVICE, "front") as unknown as { spec: { selector: JsonObject } };
  expect(service.spec.selector).toEqual(deployment.spec.selector.matchLabels);
  expect(box.kube.read(CONFIG_MAP, "text")).toMatchObject({ data: { a: "{{ .spec.size }}" } });
  expect(await box.writesOf()).toEqual([]);
});

test.each<[string, Json, boolean]>([
  ["ok without it", ok(configMap("kept")), false],
  ["ok with none", ok(), false],
  ["ok that says nothing of resources", { result: "ok" }, true],
  ["requeue without it", { result: "requeue", resources: [configMap("kept")] }, true],
  ["error", { result: "error", error: "no" }, true],
])("a child of a remote after %s", async (_, second, isThere) => {
  const { box } = boxWith([ok(configMap("kept"), configMap("made")), second]);
  box.create({});
  await box.reconcile();
  await box.reconcile();
  expect(box.kube.read(CONFIG_MAP, "made") !== undefined).toBe(isThere);
});

test("children of a remote stay while it cannot be asked, and go with it", async () => {
  const fail = () => {
    throw new RemoteError("unreachable", "Cannot reach it");
  };
  const { box } = boxWith([ok(configMap("made")), fail]);
  box.create({});
  await box.reconcile();
  expect(await box.reconcile()).toMatchObject({ kind: "retry" });
  expect(box.kube.read(CONFIG_MAP, "made")).toBeDefined();
  const without = new Harness({ kube: box.kube, digest: "sha256:two" });
  await without.reconcile();
  expect(box.kube.read(CONFIG_MAP, "made")).toBeUndefined();
});

test.each<[string, Json]>([
  ["a kind", { apiVersion: "v1", kind: "Secret", metadata: { name: "s" } }],
  [
    "a cluster-scoped kind",
    { apiVersion: "gadgets.io/v1", kind: "Realm", metadata: { name: "s" } },
  ],
  ["a kind of a shorthand", { type: "secrets", fields: { name: "s", data: { a: "b" } } }],
  ["a namespace", configMap("far", {}, { namespace: "kube-system" })],
  ["a name twice", configMap("fine")],
  ["an unknown field", { type: "configMaps", fields: { name: "x", dat: {} } }],
])("%s that may not be refuses the whole answer", async (_, wrong) => {
  const answer = { ...ok(configMap("fine"), wrong), status: { phase: "made" } };
  const { box } = boxWith([answer]);
  box.create({});
  expect(await box.reconcile()).toMatchObject({ kind: "stuck" });
  expect(box.kube.read(CONFIG_MAP, "fine")).toBeUndefined();
  expect(box.kube.history).toEqual(["created Website shop"]);
  expect(box.status["phase"]).toBeUndefined();
  expect(box.condition()).toMatchObject({ status: "False" });
});

test("a child that the Katalog declares is not the remote's to make", async () => {
  const children = [child("configMaps", { data: { a: "b" } }, { name: "declared" })];
  const { box } = boxWith([ok(configMap("declared", { a: "mine" }))], { children });
  box.create({});
  expect(await box.reconcile()).toMatchObject({
    kind: "stuck",
    error: { message: expect.stringContaining("the Katalog declares it") },
  });
  expect(box.kube.read(CONFIG_MAP, "declared")).toMatchObject({ data: { a: "b" } });
});

test.each<[Json, number | undefined]>([
  [{ result: "ok" }, undefined],
  [{ result: "ok", requeueAfter: "7s" }, 7_000],
])("%j asks to be asked again", async (answer, requeueAfterMs) => {
  const { box } = boxWith([answer]);
  box.create({});
  const outcome = await box.reconcile();
  expect(outcome.kind).toBe("settled");
  expect(outcome.kind === "settled" && outcome.requeueAfterMs).toBe(requeueAfterMs as number);
  expect(box.condition()).toMatchObject({ status: "True" });
});

const UNDONE = "the remote is not done yet, asked again in";

test.each<[JsonObject, string, number]>([
  [{ result: "requeue", requeueAfter: "2s" }, `${UNDONE} 2s`, 2_000],
  [{ result: "requeue", requeueAfter: 1500 }, `${UNDONE} 1.5s`, 1_500],
  [{ result: "requeue" }, `${UNDONE} 10s`, 10_000],
  [{ result: "requeue", notReady: "waits for DNS" }, "waits for DNS", 10_000],
  [{ result: "ok", notReady: "waits for DNS", requeueAfter: "3s" }, "waits for DNS", 3_000],
  [{ result: "ok", notReady: "waits for DNS" }, "waits for DNS", 15_000],
])("%j is not ready, no failure, and is asked again", async (answer, message, retryMs) => {
  const { box } = boxWith([ok(configMap("kept")), answer]);
  box.create({});
  await box.reconcile();
  expect(await box.reconcile()).toMatchObject({ kind: "waiting", reason: message, retryMs });
  expect(box.condition()).toMatchObject({ status: "False", reason: "Progressing", message });
  expect(box.events.filter(({ type }) => type === "Warning")).toEqual([]);
  expect(box.kube.read(CONFIG_MAP, "kept")).toBeDefined();
  expect(await box.writesOf()).toEqual([]);
});

test("a child of a remote that has to wait for its name keeps the custom resource from being ready", async () => {
  const { box } = boxWith([ok(configMap("made"))]);
  box.create({});
  await box.reconcile();
  box.kube.edit(CONFIG_MAP, "made", (map) => {
    const metadata = map["metadata"] as Record<string, Json>;
    metadata["finalizers"] = ["example.io/held"];
    metadata["deletionTimestamp"] = "2026-11-22T12:00:00Z";
  });
  expect(await box.reconcile()).toMatchObject({ kind: "waiting", retryMs: 10_000 });
  expect(box.condition()).toMatchObject({ status: "False", reason: "Progressing" });
});

test("what a remote reports is the custom resource's error, its status is laid over", async () => {
  const { box } = boxWith([
    { result: "error", error: "quota is used up", status: { phase: "Full" } },
  ]);
  box.create({});
  expect(await box.reconcile()).toMatchObject({ kind: "retry" });
  expect(box.status["phase"]).toBe("Full");
  expect(box.condition()?.["message"]).toContain("The remote reports an error: quota is used up");
});

test.each([
  ["refused", "stuck"],
  ["endpoint", "stuck"],
  ["unwell", "retry"],
  ["unreachable", "retry"],
  ["timeout", "retry"],
  ["nonsense", "retry"],
] as const)("an error %s is %s", async (code, kind) => {
  const fail = () => {
    throw new RemoteError(code, "Cannot ask it");
  };
  const { box } = boxWith([fail]);
  box.create({});
  expect((await box.reconcile()).kind).toBe(kind);
});

test("a deletion waits until the remote answers ok, and makes nothing then", async () => {
  const again = { result: "requeue", requeueAfter: "2s", resources: [configMap("cleaner")] };
  const { box, asked } = boxWith([{ result: "ok" }, again, ok(configMap("late"))]);
  box.create({});
  await box.reconcile();
  box.kube.edit(WEBSITE, "shop", (website) => {
    (website["metadata"] as Record<string, Json>)["deletionTimestamp"] = "2026-11-22T12:00:00Z";
  });
  expect(await box.reconcile()).toMatchObject({ kind: "waiting", retryMs: 2_000 });
  expect(asked[1]!.body).toMatchObject({
    object: { metadata: { deletionTimestamp: "2026-11-22T12:00:00Z" } },
  });
  expect(box.kube.history).toContain("created ConfigMap cleaner");
  expect((await box.reconcile()).kind).toBe("settled");
  expect(box.kube.read(WEBSITE, "shop")?.metadata.finalizers ?? []).toEqual([]);
  expect(box.kube.history).not.toContain("created ConfigMap late");
});

test("a credential comes from the environment, and is not shown when it is echoed", async () => {
  const auth = { source: { kind: "env", name: "TOKEN" }, header: "Authorization" } as const;
  const echo = { result: "error", error: "who is Bearer s3cret, s3cret?" };
  const { box, asked } = boxWith([echo], { plan: { auth }, env: { TOKEN: "s3cret\n" } });
  box.create({});
  await box.reconcile();
  expect(asked[0]!.credential).toEqual({ header: "Authorization", value: "Bearer s3cret" });
  expect(JSON.stringify([box.status, box.events])).not.toContain("s3cret");
  expect(box.condition()?.["message"]).toContain("who is …");
});

test("a credential comes from a Secret of the custom resource's namespace, read in each pass", async () => {
  const source = { kind: "secret", name: "remote", key: "token" } as const;
  const { box, asked } = boxWith([{ result: "ok" }], {
    plan: { auth: { source, header: "X-Key" } },
  });
  box.create({});
  expect(await box.reconcile()).toMatchObject({
    kind: "retry",
    error: { message: expect.stringContaining('there is no Secret "default/remote"') },
  });
  box.kube.put(SECRET, {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "remote", namespace: "default" },
    data: { token: Buffer.from("k1").toString("base64") },
  });
  await box.reconcile();
  expect(asked.map(({ credential }) => credential)).toEqual([{ header: "X-Key", value: "k1" }]);
});

test.each(["http://example.com/", "ftp://files.svc/", "nowhere", "https://me:word@example.com/"])(
  "an endpoint that comes to %s is not asked",
  async (endpoint) => {
    const { box, asked } = boxWith([{ result: "ok" }], { plan: { endpoint: "{{ .spec.url }}" } });
    box.create({ url: endpoint });
    expect(await box.reconcile()).toMatchObject({ kind: "stuck" });
    expect(asked).toEqual([]);
    expect(JSON.stringify(box.status)).not.toContain("word");
  },
);

test("a Job of a remote that its time to live removed is not made again for the same generation", async () => {
  const JOBS = { apiVersion: "batch/v1", kind: "Job" };
  const template = { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "x" }] } };
  const job = { ...JOBS, metadata: { name: "j" }, spec: { ttlSecondsAfterFinished: 60, template } };
  const { box } = boxWith([ok(job)], { managed: [JOBS] });
  const jobWrites = async (of = box) =>
    (await of.writesOf()).filter((write) => write.includes("Job"));
  box.create({ size: "small" });
  expect(await jobWrites()).toEqual(["create Job j"]);
  box.kube.edit(JOB, "j", (object) => {
    object["status"] = { conditions: [{ type: "Complete", status: "True" }] };
  });
  expect(await jobWrites()).toEqual([]);
  box.kube.erase(JOB, "j");
  expect(await jobWrites()).toEqual([]);
  expect(await jobWrites(box.restart())).toEqual([]);
  box.edit({ size: "large" });
  expect(await jobWrites()).toEqual(["create Job j"]);
});

test.each([
  [{ args: { size: "{{ div 1 .spec.size }}" } }, "args.size"],
  [{ endpoint: "https://{{ div 1 .spec.size }}" }, "endpoint"],
])(
  "what a remote is asked and cannot be rendered is told with its place: %p",
  async (plan, place) => {
    const { box, asked } = boxWith([ok()], { plan });
    box.create({ size: 0 });
    const outcome = await box.reconcile();
    expect(outcome.kind === "stuck" && outcome.error.message).toStartWith(
      `Cannot render "remote": ${place}: `,
    );
    expect(asked).toEqual([]);
  },
);
