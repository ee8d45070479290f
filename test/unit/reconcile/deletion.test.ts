import { expect, test } from "bun:test";
import type { DeleteStep } from "../../../src/katalog/resolved.ts";
import { KubeError } from "../../../src/kube/error.ts";
import { CLUSTER_GADGET, CONFIG_MAP, child, Harness, JOB, WEBSITE, when } from "./harness.ts";

const config = (name = "{{ .metadata.name }}", more = {}) =>
  child("configMaps", { data: { a: "1" } }, { name, ...more });

const isGone = (box: Harness) => box.kube.read(WEBSITE, "shop") === undefined;

const removeStep = (name: string): DeleteStep => ({
  kind: "delete",
  id: `onDelete.configMaps[${name}]`,
  key: "configMaps",
  name,
  conditional: {},
});
const runStep = (): DeleteStep => ({
  kind: "run",
  entry: child("jobs", { image: "backup:1" }, { name: "{{ .metadata.name }}-backup" }),
});

test("reconcile() of a deleted custom resource removes our finalizer, and only ours", async () => {
  const box = new Harness({ children: [config()] });
  box.create({}, { finalizers: ["other.io/keep"] });
  await box.reconcile();
  box.kube.erase(WEBSITE, "shop");
  expect(await box.writesOf()).toEqual(["patch Website shop"]);
  expect(box.website.metadata.finalizers).toEqual(["other.io/keep"]);
  expect(await box.writesOf()).toEqual([]);
});

test("reconcile() never adds a finalizer to an object that is being deleted", async () => {
  const box = new Harness({ children: [config()] });
  box.create({}, { finalizers: ["other.io/keep"] });
  box.kube.erase(WEBSITE, "shop");
  expect(await box.writesOf()).toEqual([]);
});

test("reconcile() is refused when the object changed before the finalizer goes, and tries again", async () => {
  const box = new Harness({ children: [config()] });
  box.create({});
  await box.reconcile();
  box.kube.erase(WEBSITE, "shop");
  box.primary.freeze();
  box.kube.edit(WEBSITE, "shop", (object) => {
    object.metadata["labels"] = { changed: "yes" };
  });
  expect((await box.reconcile()).kind).toBe("retry");
  expect(isGone(box)).toBe(false);
  box.primary.thaw();
  expect((await box.reconcile()).kind).toBe("settled");
  expect(isGone(box)).toBe(true);
});

test("reconcile() deletes children in other namespaces and cluster-scoped ones before the finalizer goes", async () => {
  const box = new Harness({
    children: [
      config("far", { namespace: "elsewhere" }),
      child("custom", {
        apiVersion: "gadgets.io/v1",
        kind: "Realm",
        metadata: { name: "shop" },
        spec: {},
      }),
    ],
  });
  box.create({});
  await box.reconcile();
  expect(box.kube.read(CLUSTER_GADGET, "shop")?.metadata.ownerReferences).toBeUndefined();
  box.kube.erase(WEBSITE, "shop");
  expect((await box.reconcile()).kind).toBe("waiting");
  expect(box.kube.read(CONFIG_MAP, "far", "elsewhere")).toBeUndefined();
  expect(box.kube.read(CLUSTER_GADGET, "shop")).toBeUndefined();
  expect((await box.reconcile()).kind).toBe("settled");
  expect(isGone(box)).toBe(true);
});

test("reconcile() asks the server for children that its caches do not know before the finalizer goes", async () => {
  const children = [config("far", { namespace: "elsewhere" })];
  const before = new Harness({ children });
  before.create({});
  const box = new Harness({ children, kube: before.kube });
  // A new process, whose list of ConfigMaps is older than the child.
  box.cache(CONFIG_MAP).freeze();
  await before.reconcile();
  box.kube.erase(WEBSITE, "shop");
  expect((await box.reconcile()).kind).toBe("waiting");
  expect(isGone(box)).toBe(false);
  expect(box.kube.read(CONFIG_MAP, "far", "elsewhere")).toBeUndefined();
  box.cache(CONFIG_MAP).thaw();
  expect((await box.reconcile()).kind).toBe("settled");
  expect(isGone(box)).toBe(true);
});

test("reconcile() of a deleted custom resource lists nothing where all children are in its namespace", async () => {
  const box = new Harness({ children: [config()] });
  box.create({});
  await box.reconcile();
  box.kube.erase(WEBSITE, "shop");
  box.kube.forgetRequests();
  await box.reconcile();
  expect(box.kube.requests.map(({ verb }) => verb)).toEqual(["patch"]);
});

test("reconcile() runs the Jobs of onDelete, awaits them, and then goes on to the next group", async () => {
  const box = new Harness({
    children: [config("one"), config("two")],
    onDelete: { groups: [{ steps: [runStep()] }, { steps: [removeStep("one")] }] },
  });
  box.create({});
  await box.reconcile();
  box.kube.erase(WEBSITE, "shop");
  expect(await box.writesOf()).toEqual(["create Job shop-backup"]);
  expect(await box.reconcile()).toMatchObject({ kind: "waiting" });
  expect(box.kube.read(CONFIG_MAP, "one")).toBeDefined();
  box.kube.edit(JOB, "shop-backup", (job) => {
    job["status"] = { conditions: [{ type: "Complete", status: "True" }] };
  });
  expect(await box.writesOf()).toEqual(["delete ConfigMap one"]);
  expect(isGone(box)).toBe(false);
  expect(await box.writesOf()).toEqual(["patch Website shop"]);
  expect(isGone(box)).toBe(true);
});

test("reconcile() runs no Job again when the cache hears of its end before that of its owner", async () => {
  const box = new Harness({ onDelete: { groups: [{ steps: [runStep()] }] } });
  box.create({}, { finalizers: ["other.io/keep"] });
  await box.reconcile();
  box.kube.erase(WEBSITE, "shop");
  await box.reconcile();
  box.kube.edit(JOB, "shop-backup", (job) => {
    job["status"] = { conditions: [{ type: "Complete", status: "True" }] };
  });
  box.primary.freeze();
  expect(await box.writesOf()).toEqual(["patch Website shop"]);
  // The garbage collector is done, and the watch of the custom resource is late.
  box.kube.erase(JOB, "shop-backup");
  expect(await box.writesOf()).toEqual([]);
});

test("reconcile() keeps the finalizer after the timeout and warns once", async () => {
  const box = new Harness({
    children: [],
    onDelete: { groups: [{ steps: [runStep()] }], timeoutMs: 60_000 },
  });
  box.create({});
  await box.reconcile();
  box.kube.erase(WEBSITE, "shop");
  await box.reconcile();
  box.nowMs += 61_000;
  expect((await box.reconcile()).kind).toBe("stuck");
  await box.reconcile();
  expect(box.events.filter(({ message }) => message.includes("timeout"))).toHaveLength(1);
  expect(isGone(box)).toBe(false);
});

test("reconcile() warns no more of a cleanup past its timeout that goes on", async () => {
  const box = new Harness({
    children: [config("far", { namespace: "elsewhere" })],
    onDelete: { groups: [{ steps: [runStep()] }], timeoutMs: 60_000 },
  });
  box.create({});
  await box.reconcile();
  box.kube.erase(WEBSITE, "shop");
  await box.reconcile();
  box.nowMs += 61_000;
  expect((await box.reconcile()).kind).toBe("stuck");
  const warnings = () => box.events.filter(({ message }) => message.includes("after its timeout"));
  expect(warnings()).toHaveLength(1);
  box.kube.edit(JOB, "shop-backup", (job) => {
    job["status"] = { conditions: [{ type: "Complete", status: "True" }] };
  });
  box.kube.edit(CONFIG_MAP, "elsewhere/far", ({ metadata }) => {
    metadata["finalizers"] = ["somebody.example.com/keep"];
  });
  expect(await box.reconcile()).toMatchObject({ kind: "waiting", retryMs: 2_000 });
  expect(warnings()).toHaveLength(1);
  // It is another thing that is in the way now, and lasts.
  box.nowMs += 2_000;
  expect((await box.reconcile()).kind).toBe("stuck");
  expect(warnings()).toHaveLength(2);
});

test("reconcile() does not delete a child of the same name that is not ours", async () => {
  const box = new Harness({
    children: [],
    onDelete: { groups: [{ steps: [removeStep("theirs")] }] },
  });
  box.create({});
  await box.reconcile();
  box.kube.put(CONFIG_MAP, {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "theirs", namespace: "default" },
  });
  box.kube.erase(WEBSITE, "shop");
  await box.reconcile();
  expect(box.kube.read(CONFIG_MAP, "theirs")).toBeDefined();
  expect(isGone(box)).toBe(true);
});

test("reconcile() leaves the finalizer and the cleanup of another Katalog's custom resource alone", async () => {
  const box = new Harness({ children: [config()] });
  box.create(
    {},
    {
      annotations: { "orkestra.orkspace.io/managed-by": "other" },
      finalizers: ["orkestra.orkspace.io/cleanup"],
    },
  );
  box.kube.erase(WEBSITE, "shop");
  expect((await box.reconcile()).kind).toBe("stuck");
  expect(box.website.metadata.finalizers).toEqual(["orkestra.orkspace.io/cleanup"]);
  expect(await box.writesOf()).toEqual([]);
});

test("reconcile() says once that the cleanup has begun when there is something to wait for", async () => {
  const box = new Harness({ children: [], onDelete: { groups: [{ steps: [runStep()] }] } });
  box.create({});
  await box.reconcile();
  box.kube.erase(WEBSITE, "shop");
  await box.reconcile();
  await box.reconcile();
  const told = box.events.filter(({ reason }) => reason === "Deleting");
  expect(told).toMatchObject([{ type: "Normal" }]);
  const quick = new Harness({ children: [config()] });
  quick.create({});
  await quick.reconcile();
  quick.kube.erase(WEBSITE, "shop");
  await quick.reconcile();
  expect(quick.events.map(({ reason }) => reason)).not.toContain("Deleting");
});

test("reconcile() leaves orphans alone although the garbage collector is done before the cleanup", async () => {
  const box = new Harness({
    children: [config("far", { namespace: "elsewhere" })],
    onDelete: { groups: [{ steps: [runStep()] }] },
  });
  box.create({});
  await box.reconcile();
  box.kube.edit(WEBSITE, "shop", ({ metadata }) => {
    metadata["finalizers"] = [...(metadata["finalizers"] as string[]), "orphan"];
  });
  box.kube.erase(WEBSITE, "shop");
  expect(await box.writesOf()).toEqual([
    "patch Website shop",
    expect.stringMatching(/^(apply|create) Job shop-backup$/),
  ]);
  box.kube.edit(WEBSITE, "shop", ({ metadata }) => {
    metadata["finalizers"] = (metadata["finalizers"] as string[]).filter(
      (each) => each !== "orphan",
    );
  });
  box.kube.edit(JOB, "shop-backup", (job) => {
    job["status"] = { conditions: [{ type: "Complete", status: "True" }] };
  });
  expect(await box.restart().writesOf()).toEqual(["patch Website shop"]);
  expect(isGone(box)).toBe(true);
  expect(box.kube.read(CONFIG_MAP, "far", "elsewhere")).toBeDefined();
});

test("reconcile() finishes without a Job that cannot be made, because the namespace is going", async () => {
  const box = new Harness({
    children: [config("far", { namespace: "elsewhere" })],
    onDelete: { groups: [{ steps: [runStep()] }] },
  });
  box.create({});
  await box.reconcile();
  box.kube.erase(WEBSITE, "shop");
  box.kube.intercept = ({ kind, verb }) => {
    if (kind !== "Job" || verb === "list") return;
    throw new KubeError('jobs "shop-backup" is forbidden: namespace default is being terminated', {
      status: 403,
      reason: "Forbidden",
      details: { causes: [{ reason: "NamespaceTerminating", field: "metadata.namespace" }] },
    });
  };
  expect((await box.reconcile()).kind).toBe("waiting");
  expect((await box.reconcile()).kind).toBe("settled");
  expect(isGone(box)).toBe(true);
  expect(box.kube.read(CONFIG_MAP, "far", "elsewhere")).toBeUndefined();
  const warnings = box.events.filter(({ type }) => type === "Warning");
  expect(warnings).toMatchObject([{ reason: "WebsiteDeleteError" }]);
});

test("reconcile() of a deleted custom resource does not look at kinds that only others brought up", async () => {
  const annotations = { "orkestra.orkspace.io/child-kinds": "gadgets.io/v1/Gadget" };
  const box = new Harness({ children: [config("{{ .metadata.name }}")] });
  box.forbidden.add("Gadget");
  box.create({}, { name: "odd", annotations });
  box.create({});
  await box.reconcile("default/odd");
  await box.reconcile();
  box.kube.erase(WEBSITE, "shop");
  await box.reconcile();
  expect(isGone(box)).toBe(true);
});

test("reconcile() says in Ready what a cleanup waits for, once it lasts, and writes only what changes", async () => {
  const box = new Harness({
    children: [config()],
    onDelete: { groups: [{ steps: [runStep()] }] },
  });
  box.create({});
  await box.reconcile();
  const before = box.condition();
  box.kube.erase(WEBSITE, "shop");
  expect(await box.writesOf()).toEqual(["create Job shop-backup"]);
  expect(box.condition()).toEqual(before);
  // It looks again when there is something to say, not a turn later.
  expect(await box.reconcile()).toMatchObject({ kind: "waiting", retryMs: 2_000 });
  box.nowMs += 2_000;
  expect(await box.writesOf()).toEqual(["patch Website shop status"]);
  expect(box.condition()).toMatchObject({
    status: "False",
    reason: "Terminating",
    message: expect.stringMatching(/^Being deleted, waits: Job "default\/shop-backup": /),
    observedGeneration: box.website.metadata.generation,
  });
  expect(box.status["observedGeneration"]).toBe(box.website.metadata.generation);
  box.nowMs += 10_000;
  expect(await box.writesOf()).toEqual([]);
  // Nor does a new process write what stands there.
  const restarted = box.restart();
  restarted.nowMs = box.nowMs;
  await restarted.reconcile();
  restarted.nowMs += 3_000;
  expect(await restarted.writesOf()).toEqual([]);
  box.kube.edit(JOB, "shop-backup", (job) => {
    job["status"] = { conditions: [{ type: "Complete", status: "True" }] };
  });
  expect(await box.writesOf()).toEqual(["patch Website shop"]);
  expect(isGone(box)).toBe(true);
});

test("reconcile() names who holds a child that a cleanup waits for", async () => {
  const box = new Harness({ children: [config("far", { namespace: "elsewhere" })] });
  box.create({});
  await box.reconcile();
  box.kube.edit(CONFIG_MAP, "elsewhere/far", ({ metadata }) => {
    metadata.finalizers = ["acme.io/hold"];
  });
  box.kube.erase(WEBSITE, "shop");
  expect(await box.reconcile()).toMatchObject({
    kind: "waiting",
    reason: 'ConfigMap "elsewhere/far": being deleted, held by acme.io/hold',
  });
});

test("reconcile() writes no status for a cleanup that is over at once", async () => {
  const box = new Harness({ children: [config("far", { namespace: "elsewhere" })] });
  box.create({});
  await box.reconcile();
  box.kube.erase(WEBSITE, "shop");
  expect(await box.writesOf()).toEqual(["delete ConfigMap far"]);
  box.kube.forgetRequests();
  await box.reconcile();
  expect(box.kube.writes).toEqual(["patch Website shop"]);
  expect(isGone(box)).toBe(true);
});

test("reconcile() says in Ready why a cleanup failed, and once more only when the reason is another", async () => {
  const box = new Harness({ children: [], onDelete: { groups: [{ steps: [runStep()] }] } });
  box.create({});
  await box.reconcile();
  box.kube.erase(WEBSITE, "shop");
  await box.reconcile();
  box.kube.edit(JOB, "shop-backup", (job) => {
    job["status"] = { conditions: [{ type: "Failed", status: "True", reason: "no disk" }] };
  });
  expect(await box.writesOf()).toEqual(["patch Website shop status"]);
  expect(box.condition()).toMatchObject({
    status: "False",
    reason: "CleanupFailed",
    message: expect.stringContaining("no disk"),
  });
  expect(await box.writesOf()).toEqual([]);
  box.kube.edit(JOB, "shop-backup", (job) => {
    job["status"] = { conditions: [{ type: "Failed", status: "True", reason: "no space" }] };
  });
  expect(await box.writesOf()).toEqual(["patch Website shop status"]);
});

test("reconcile() says in Ready that a cleanup is past its timeout", async () => {
  const box = new Harness({
    children: [],
    onDelete: { groups: [{ steps: [runStep()] }], timeoutMs: 60_000 },
  });
  box.create({});
  await box.reconcile();
  box.kube.erase(WEBSITE, "shop");
  await box.reconcile();
  box.nowMs += 61_000;
  expect((await box.reconcile()).kind).toBe("stuck");
  expect(box.condition()).toMatchObject({ status: "False", reason: "CleanupFailed" });
  expect(await box.writesOf()).toEqual([]);
});

test("reconcile() says nothing of a cleanup in a status that is not to have conditions", async () => {
  const box = new Harness({
    children: [],
    onDelete: { groups: [{ steps: [runStep()] }] },
    box: { status: { hasConditions: false, fields: [] } },
  });
  box.create({});
  await box.reconcile();
  box.kube.erase(WEBSITE, "shop");
  await box.reconcile();
  box.nowMs += 5_000;
  expect(await box.writesOf()).toEqual([]);
});

test("reconcile() does not tell of a cleanup failure that passes by itself", async () => {
  const box = new Harness({ children: [config("far", { namespace: "elsewhere" })] });
  box.create({});
  await box.reconcile();
  const before = box.condition();
  box.kube.erase(WEBSITE, "shop");
  box.kube.delete = async () => {
    throw new KubeError("overloaded", { status: 503 });
  };
  expect((await box.reconcile()).kind).toBe("retry");
  expect(box.condition()).toEqual(before);
});

const runNamed = (name: string, more = {}): DeleteStep => ({
  kind: "run",
  entry: child("jobs", { image: "backup:1" }, { id: "onDelete.jobs[0]", name, ...more }),
});

test("reconcile() tells at once, and once, that the deletion will name a Job too long", async () => {
  const steps = [runNamed("{{ .metadata.name }}-{{ .spec.suffix }}")];
  const box = new Harness({ children: [config()], onDelete: { groups: [{ steps }] } });
  box.create({ suffix: "b".repeat(70) });
  expect((await box.reconcile()).kind).toBe("settled");
  const told = () => box.events.filter(({ reason }) => reason === "WebsiteDeleteError");
  expect(told()).toMatchObject([
    {
      type: "Warning",
      message: expect.stringMatching(
        /^A deletion will fail: onDelete.jobs\[0\] names a Job "shop-b{70}" \(75 characters\), expected at most 63 /,
      ),
    },
  ]);
  await box.reconcile();
  expect(told()).toHaveLength(1);
  box.kube.edit(WEBSITE, "shop", (object) => {
    object["spec"] = { suffix: "c".repeat(70) };
  });
  await box.reconcile();
  expect(told()).toHaveLength(2);
});

test.each([
  ["a name that fits", runNamed("{{ .metadata.name }}-backup")],
  ["what is not to be run", runNamed("b".repeat(70), { when: when("spec.backup", "yes") })],
  [
    "what cannot be told yet",
    runNamed("b".repeat(70), { forEach: { field: "spec.backup", as: "item" } }),
  ],
])("reconcile() of a living custom resource says nothing of a cleanup with %s", async (_, step) => {
  const box = new Harness({ onDelete: { groups: [{ steps: [step] }] } });
  box.create({ backup: "no" });
  expect((await box.reconcile()).kind).toBe("settled");
  expect(box.events.filter(({ type }) => type === "Warning")).toEqual([]);
  expect(box.kube.read(JOB, "shop-backup")).toBeUndefined();
});
