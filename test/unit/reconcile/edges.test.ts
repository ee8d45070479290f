import { expect, test } from "bun:test";
import type { DeleteStep } from "../../../src/katalog/resolved.ts";
import { KubeError } from "../../../src/kube/error.ts";
import type { KubeObject, ResourceType } from "../../../src/schema/object.ts";
import type { JsonObject } from "../../../src/std/json.ts";
import { invalid } from "../../support/fake-kube.ts";
import {
  CONFIG_MAP,
  child,
  DEPLOYMENT,
  field,
  GADGET,
  Harness,
  JOB,
  SECRET,
  SERVICE,
  WEBSITE,
} from "./harness.ts";

const config = (name: string, more = {}) =>
  child("configMaps", { data: { a: "{{ .spec.a }}" } }, { name, ...more });

test("reconcile() writes finalizer and marks although the entry's own labels cannot be rendered", async () => {
  const box = new Harness({
    children: [],
    crd: { labels: { tier: "{{ randomHex .spec.tier }}" } },
  });
  box.create({ tier: "gold" });
  const outcome = await box.reconcile();
  expect(outcome.kind).toBe("stuck");
  expect(box.website.metadata.finalizers).toEqual(["orkestra.orkspace.io/cleanup"]);
  expect(box.website.metadata.labels).toEqual({ "orkestra.orkspace.io/managed": "true" });
});

test("reconcile() refuses a custom resource of another Katalog and leaves it alone", async () => {
  const box = new Harness({ children: [config("m")] });
  box.create({}, { annotations: { "orkestra.orkspace.io/managed-by": "other" } });
  expect((await box.reconcile()).kind).toBe("stuck");
  expect(box.kube.read(CONFIG_MAP, "m")).toBeUndefined();
  expect(box.condition("TakeoverRefused")).toMatchObject({ status: "True" });
  expect(box.website.metadata.finalizers).toBeUndefined();
  expect(await box.writesOf()).toEqual([]);
});

test("reconcile() keeps conditions and status fields of others", async () => {
  const box = new Harness({ children: [], fields: [field("phase", "Up")] });
  box.create({});
  box.kube.edit(WEBSITE, "shop", (object) => {
    object["status"] = { theirs: 1, conditions: [{ type: "Scanned", status: "True" }] };
  });
  await box.reconcile();
  expect(box.status).toMatchObject({ theirs: 1, phase: "Up" });
  expect(box.condition("Scanned")).toEqual({ type: "Scanned", status: "True" });
  expect(await box.writesOf()).toEqual([]);
});

test("reconcile() moves lastTransitionTime only when the status of the condition changes", async () => {
  const box = new Harness({ children: [config("m")] });
  box.create({ a: "1" });
  await box.reconcile();
  const since = box.condition()?.["lastTransitionTime"];
  box.nowMs += 60_000;
  box.edit({ a: "2" });
  await box.reconcile();
  expect(box.condition()).toMatchObject({
    status: "True",
    lastTransitionTime: since,
    observedGeneration: 2,
  });
});

test("reconcile() keeps random values once they are written, and recovers from a deleted Secret", async () => {
  const box = new Harness({
    children: [
      child(
        "secrets",
        { data: { password: "{{ randomHex 8 }}", user: "{{ .spec.user }}" } },
        { name: "s" },
      ),
    ],
  });
  box.create({ user: "ann" });
  await box.reconcile();
  const first = box.kube.read(SECRET, "s")?.["data"] as Record<string, string>;
  box.edit({ user: "bob" });
  await box.reconcile();
  const second = box.kube.read(SECRET, "s")?.["data"] as Record<string, string>;
  expect(second["password"]).toBe(first["password"] ?? "");
  expect(Buffer.from(second["user"] ?? "", "base64").toString()).toBe("bob");
});

test("reconcile() leaves a Secret with once: true alone", async () => {
  const box = new Harness({
    children: [
      child("secrets", { once: "true", data: { user: "{{ .spec.user }}" } }, { name: "s" }),
    ],
  });
  box.create({ user: "ann" });
  await box.reconcile();
  box.edit({ user: "bob" });
  expect(await box.writesOf()).toEqual(["patch Website shop status"]);
});

test("reconcile() names no value of a Secret in changes, events, status or errors", async () => {
  const box = new Harness({
    children: [child("secrets", { data: { password: "{{ .spec.password }}" } }, { name: "s" })],
    fields: [field("x", "y")],
  });
  box.create({ password: "hunter2hunter2" });
  const first = await box.reconcile();
  box.edit({ password: "swordfish-swordfish" });
  const second = await box.reconcile();
  const told = JSON.stringify([
    first,
    second,
    box.events.map(({ message }) => message),
    box.status,
  ]);
  for (const secret of ["hunter2hunter2", "swordfish-swordfish"]) {
    expect(told).not.toContain(secret);
    expect(told).not.toContain(Buffer.from(secret).toString("base64"));
  }
  expect(second).toMatchObject({
    changes: [{ action: "configured", fields: [{ path: "data.password" }] }],
  });
});

test("reconcile() reports two active entries that produce one child, and writes neither", async () => {
  const box = new Harness({ children: [config("m"), config("m")] });
  box.create({ a: "1" });
  expect((await box.reconcile()).kind).toBe("stuck");
  expect(box.kube.read(CONFIG_MAP, "m")).toBeUndefined();
});

test("reconcile() is stuck on an immutable field and names it, or recreates when told to", async () => {
  for (const recreate of [false, true]) {
    const box = new Harness({ children: [config("m", { recreate })] });
    box.create({ a: "1" });
    await box.reconcile();
    const before = box.kube.read(CONFIG_MAP, "m")?.metadata.uid;
    box.edit({ a: "2" });
    box.kube.intercept = ({ verb, kind, body }) => {
      const { metadata } = (body ?? {}) as { metadata?: { uid?: string } };
      if (verb === "apply" && kind === "ConfigMap" && metadata?.uid === before)
        throw invalid("data", "field is immutable");
    };
    const outcome = await box.reconcile();
    expect(outcome.kind).toBe(recreate ? "settled" : "stuck");
    if (outcome.kind === "stuck") expect(outcome.error.message).toContain('"data"');
    const after = box.kube.read(CONFIG_MAP, "m");
    expect(after?.metadata.uid === before).toBe(!recreate);
  }
});

test("reconcile() does not let a tenant's data steer a child into another namespace", async () => {
  const steered = (more = {}) => [config("m", { namespace: "{{ .spec.ns }}", ...more })];
  const refused = new Harness({ children: steered() });
  refused.create({ ns: "victim" });
  expect((await refused.reconcile()).kind).toBe("stuck");
  for (const allowed of [
    new Harness({ children: steered({ crossNamespace: true }) }),
    new Harness({ children: steered(), crd: { allowedNamespaces: ["victim"] } }),
  ]) {
    allowed.create({ ns: "victim", a: "1" });
    expect((await allowed.reconcile()).kind).toBe("settled");
    expect(allowed.kube.read(CONFIG_MAP, "m", "victim")).toBeDefined();
  }
});

test("reconcile() prunes children of a kind that left the Katalog altogether", async () => {
  const box = new Harness({
    children: [
      config("m"),
      child("custom", {
        apiVersion: "gadgets.io/v1",
        kind: "Gadget",
        metadata: { name: "g" },
        spec: { size: 1 },
      }),
    ],
  });
  box.create({ a: "1" });
  await box.reconcile();
  expect(box.kube.read(GADGET, "g")).toBeDefined();
  const next = new Harness({ children: [config("m")], kube: box.kube, digest: "sha256:two" });
  expect(await next.writesOf()).toEqual(["patch Website shop", "delete Gadget g"]);
  expect(await next.writesOf()).toEqual([]);
});

test("reconcile() does not run a finished Job again when its time to live removed it, until the next generation", async () => {
  const job = child(
    "jobs",
    { image: "migrate:1" },
    { name: "migrate", patch: { spec: { ttlSecondsAfterFinished: 60 } } },
  );
  const box = new Harness({ children: [job] });
  box.create({ v: 1 });
  await box.reconcile();
  box.kube.edit(JOB, "migrate", (object) => {
    object["status"] = { conditions: [{ type: "Complete", status: "True" }] };
  });
  await box.reconcile();
  box.kube.erase(JOB, "migrate");
  const restarted = new Harness({ children: [job], kube: box.kube });
  expect(await restarted.writesOf()).toEqual([]);
  restarted.edit({ v: 2 });
  expect((await restarted.writesOf())[0]).toBe("create Job migrate");
});

const expiring = child(
  "jobs",
  { image: "migrate:1" },
  { name: "migrate", patch: { spec: { ttlSecondsAfterFinished: 0 } } },
);

test("reconcile() does not run a Job again that is complete and being removed by its time to live", async () => {
  const box = new Harness({ children: [expiring] });
  box.create({ v: 1 });
  await box.reconcile();
  box.kube.edit(JOB, "migrate", (object) => {
    object["status"] = { conditions: [{ type: "Complete", status: "True" }] };
    object.metadata["finalizers"] = ["foregroundDeletion"];
  });
  box.kube.erase(JOB, "migrate");
  await box.reconcile();
  box.kube.edit(JOB, "migrate", (object) => {
    object.metadata["finalizers"] = [];
  });
  expect(box.kube.read(JOB, "migrate")).toBeUndefined();
  expect((await box.writesOf()).filter((write) => write.includes("Job"))).toEqual([]);
  expect((await box.restart().writesOf()).filter((write) => write.includes("Job"))).toEqual([]);
});

/** It ran, and its time to live took it before anybody looked. */
function expire(box: Harness, name: string, condition = "Complete"): void {
  const job = box.kube.edit(JOB, name, (object) => {
    object["status"] = { conditions: [{ type: condition, status: "True" }] };
  });
  box.kube.erase(JOB, name);
  box.expired.push(job);
}

test.each([
  ["a Job that came and went between two passes", { v: 1 }, []],
  ["for another generation", { v: 2 }, ["create Job migrate"]],
])("reconcile() runs no Job again for the same generation: %s", async (_, spec, expected) => {
  const box = new Harness({ children: [expiring] });
  box.create({ v: 1 });
  await box.reconcile();
  expire(box, "migrate");
  box.edit(spec);
  const jobs = (writes: readonly string[]) => writes.filter((write) => write.includes("Job"));
  expect(jobs(await box.writesOf())).toEqual(expected);
  if (expected.length === 0) expect(jobs(await box.restart().writesOf())).toEqual([]);
});

async function openCleanup(condition: string) {
  const step = (name: string): DeleteStep => ({ kind: "run", entry: { ...expiring, name } });
  const groups = ["one", "two"].map((name) => ({ steps: [step(name)] }));
  const box = new Harness({ onDelete: { groups } });
  box.create({});
  await box.reconcile();
  box.kube.erase(WEBSITE, "shop");
  await box.reconcile();
  expire(box, "one", condition);
  return box;
}

test("reconcile() of a deletion does not run again what is complete and gone, while another Job runs", async () => {
  const box = await openCleanup("Complete");
  expect(await box.writesOf()).toEqual(["create Job two"]);
  box.nowMs += 10_000;
  expect(await box.writesOf()).toEqual(["patch Website shop status"]);
  // The status has it, for whoever comes next.
  expect(await box.restart().writesOf()).toEqual([]);
});

test("reconcile() of a deletion runs again what failed and is gone", async () => {
  const box = await openCleanup("Failed");
  expect(await box.writesOf()).toEqual(["create Job one"]);
});

test("reconcile() runs a Job again that somebody deleted before it finished", async () => {
  const box = new Harness({
    children: [child("jobs", { image: "migrate:1" }, { name: "migrate" })],
  });
  box.create({});
  await box.reconcile();
  box.kube.erase(JOB, "migrate");
  expect(await box.writesOf()).toEqual(["create Job migrate"]);
});

test("reconcile() does not count what the server rewrites as drift", async () => {
  const box = new Harness({
    children: [
      child("custom", {
        apiVersion: "gadgets.io/v1",
        kind: "Gadget",
        metadata: { name: "g" },
        spec: { colour: "RED" },
      }),
    ],
  });
  box.create({});
  // A mutating webhook that lowers the case of every colour.
  const lower = (type: ResourceType, object: KubeObject) =>
    type.kind === "Gadget" ? { ...object, spec: { colour: "red" } } : object;
  const apply = box.kube.apply.bind(box.kube);
  const create = box.kube.create.bind(box.kube);
  box.kube.apply = (type, object, options) => apply(type, lower(type, object), options);
  box.kube.create = (type, object, options) => create(type, lower(type, object), options);
  await box.reconcile();
  const next = box.restart();
  expect(await next.writesOf()).toEqual(["apply Gadget g"]);
  expect(await next.writesOf()).toEqual([]);
  next.edit({ other: 1 });
  expect(await next.writesOf()).toEqual(["patch Website shop status"]);
});

test("reconcile() gives .children in all its spellings, with placeholders for what is absent", async () => {
  const box = new Harness({
    children: [
      child("deployments", { image: "x" }, { name: "web" }),
      child(
        "configMaps",
        { data: {} },
        { name: "c-{{ .item }}", forEach: { field: "spec.names", as: "item" } },
      ),
    ],
    fields: [
      field("a", "{{ .children.deployment.metadata.name }}"),
      field("b", "{{ .children.deployments.web.spec.replicas }}"),
      field("c", '{{ index .children.configMaps "c-two" "metadata" "name" }}'),
      field("d", "{{ len .children.configmaps }}"),
    ],
  });
  box.create({ names: ["one", "two"] });
  await box.reconcile();
  expect(box.status).toMatchObject({ a: "web", b: "1", c: "c-two", d: "2" });
});

test("reconcile() goes on when the status of one child changes, and only the status is written", async () => {
  const box = new Harness({ children: [child("deployments", { image: "x" }, { name: "web" })] });
  box.create({});
  await box.reconcile();
  expect(box.condition()).toMatchObject({ status: "False", reason: "Progressing" });
  expect(String(box.condition()?.["message"])).toContain('Deployment "default/web"');
  box.kube.edit(DEPLOYMENT, "web", (object) => {
    object["status"] = {
      observedGeneration: 1,
      replicas: 1,
      updatedReplicas: 1,
      availableReplicas: 1,
    };
  });
  expect(await box.writesOf()).toEqual(["patch Website shop status"]);
  expect(box.condition()).toMatchObject({ status: "True" });
});

test("reconcile() requeues by its templated delay", async () => {
  const box = new Harness({ box: { requeue: { after: "{{ .spec.every }}" } } });
  box.create({ every: "90s" });
  expect(await box.reconcile()).toMatchObject({ kind: "settled", requeueAfterMs: 90_000 });
  expect(await box.reconcile()).toMatchObject({ kind: "settled", requeueAfterMs: 90_000 });
  box.edit({ every: "0s" });
  expect(await box.reconcile()).toEqual({ kind: "settled", changes: [] });
});

test("reconcile() never skips a pass whose templates looked at the clock", async () => {
  const box = new Harness({ fields: [field("age", '{{ timeSince "2026-11-22T11:00:00Z" }}')] });
  box.create({});
  await box.reconcile();
  const before = box.status["age"];
  box.nowMs += 3_600_000;
  await box.reconcile();
  expect(box.status["age"]).not.toBe(before as string);
});

test("reconcile() sees normalized values, and the stored object does not", async () => {
  const box = new Harness({
    children: [config("m")],
    box: { normalize: { a: "{{ toLower .spec.a }}" } },
  });
  box.create({ a: "LOUD" });
  await box.reconcile();
  expect(box.kube.read(CONFIG_MAP, "m")?.["data"]).toEqual({ a: "loud" });
  expect(box.website.spec).toEqual({ a: "LOUD" });
});

test("reconcile() writes no status about errors that pass by themselves", async () => {
  const box = new Harness({
    children: [config("m"), child("services", { port: "80", selector: { a: "b" } }, { name: "s" })],
  });
  box.create({ a: "1" });
  box.kube.intercept = ({ kind }) => {
    if (kind === "ConfigMap")
      throw new KubeError("busy", { status: 503, reason: "ServiceUnavailable" });
  };
  expect((await box.reconcile()).kind).toBe("retry");
  expect(box.website.status).toBeUndefined();
  expect(box.kube.read(SERVICE, "s")).toBeDefined();
  box.kube.intercept = () => {};
  expect((await box.reconcile()).kind).toBe("settled");
});

/** A Website that was ready, edited, and every write of its ConfigMap answered as `refuse` says. */
async function failing(refuse: () => Error) {
  const box = new Harness({ children: [config("m")] });
  box.create({ a: "1" });
  await box.reconcile();
  expect(box.condition()).toMatchObject({ status: "True", observedGeneration: 1 });
  box.events.length = 0;
  box.edit({ a: "2" });
  box.kube.intercept = ({ kind, verb }) => {
    if (kind === "ConfigMap" && verb === "apply") throw refuse();
  };
  return box;
}

test("reconcile() tells of an error that should pass once it lasts, with one write and one event", async () => {
  let count = 0;
  // Words that change with each failure are no reason to write each time.
  const box = await failing(() => new KubeError(`busy, try ${count++}`, { status: 503 }));
  const written: string[] = [];
  for (let second = 0; second < 60; second++) {
    const writes = await box.writesOf();
    written.push(...writes.filter((write) => write === "patch Website shop status"));
    expect(box.condition()).toMatchObject(
      second < 5 ? { status: "True" } : { status: "False", observedGeneration: 2 },
    );
    box.nowMs += 1000;
  }
  expect(written).toHaveLength(1);
  expect(box.events.map(({ type, reason }) => [type, reason])).toEqual([
    ["Warning", "WebsiteReconcileError"],
  ]);
  expect(box.events[0]?.message).toContain("busy");
  box.kube.intercept = () => {};
  await box.reconcile();
  expect(box.condition()).toMatchObject({ status: "True", observedGeneration: 2 });
});

test("reconcile() tells of a lasting error again once there is a new generation, or it was over", async () => {
  const box = await failing(() => new KubeError("busy", { status: 503 }));
  const fail = async () => {
    for (let second = 0; second < 10; second++) {
      await box.reconcile();
      box.nowMs += 1000;
    }
  };
  await fail();
  box.edit({ a: "3" });
  await box.reconcile();
  expect(box.condition()).toMatchObject({ status: "False", observedGeneration: 3 });
  const { intercept } = box.kube;
  box.kube.intercept = () => {};
  await box.reconcile();
  box.kube.intercept = intercept;
  box.edit({ a: "4" });
  await box.reconcile();
  expect(box.condition()).toMatchObject({ status: "True", observedGeneration: 3 });
  await fail();
  expect(box.condition()).toMatchObject({ status: "False", observedGeneration: 4 });
  expect(box.events.filter(({ type }) => type === "Warning")).toHaveLength(2);
});

test("reconcile() tells at once of a field that the kind does not have", async () => {
  const why =
    "failed to create typed patch object (default/m; v1, Kind=ConfigMap): .dat: field not declared in schema";
  const box = await failing(() => new KubeError(why, { status: 500 }));
  expect((await box.reconcile()).kind).toBe("stuck");
  expect(box.condition()).toMatchObject({
    status: "False",
    reason: "ChildError",
    observedGeneration: 2,
  });
  expect(String(box.condition()?.["message"])).toContain('has no field "dat"');
  expect(await box.writesOf()).toEqual(["apply ConfigMap m"]);
  expect(box.events).toHaveLength(1);
});

test("reconcile() tells of what a pass fails with before it comes to its children", async () => {
  const box = new Harness({ children: [config("m")] });
  box.create({ a: "1" });
  await box.reconcile();
  box.edit({ a: "2" });
  box.kube.edit(WEBSITE, "shop", (object) => {
    object.metadata["labels"] = {};
  });
  box.kube.intercept = ({ kind, verb, subresource }) => {
    if (kind === "Website" && verb === "patch" && !subresource)
      throw new KubeError("no marks here", { status: 403, reason: "Forbidden" });
  };
  expect((await box.reconcile()).kind).toBe("retry");
  expect(box.condition()).toMatchObject({
    status: "False",
    reason: "ReconcileError",
    message: "no marks here",
    observedGeneration: 2,
  });
  expect(await box.writesOf()).toEqual(["patch Website shop"]);
});

test("reconcile() writes no status before its finalizer is there", async () => {
  const box = new Harness({ children: [config("m")] });
  box.create({ a: "1" });
  box.kube.intercept = ({ kind, verb, subresource }) => {
    if (kind === "Website" && verb === "patch" && !subresource)
      throw new KubeError("no finalizers here", { status: 403, reason: "Forbidden" });
  };
  expect(await box.writesOf()).toEqual(["patch Website shop"]);
  expect(box.events.map(({ message }) => message)).toEqual(["no finalizers here"]);
});

test("reconcile() is not ready when its requeue cannot be told", async () => {
  const box = new Harness({ box: { requeue: { after: "{{ .spec.every }}" } } });
  box.create({ every: "1m" });
  await box.reconcile();
  box.edit({ every: "soon" });
  expect((await box.reconcile()).kind).toBe("stuck");
  expect(box.condition()).toMatchObject({ status: "False", observedGeneration: 2 });
  expect(await box.writesOf()).toEqual([]);
});

test("reconcile() prunes nothing of a kind of which a declared child is refused", async () => {
  const each = child(
    "configMaps",
    { data: { a: "1" } },
    { name: "{{ .item }}", forEach: { field: "spec.names", as: "item" } },
  );
  const box = new Harness({
    children: [each, child("services", { port: "80" }, { name: "s-{{ .spec.port }}" })],
  });
  box.create({ names: ["old"], port: "a" });
  await box.reconcile();
  box.edit({ names: ["new"], port: "b" });
  box.kube.intercept = ({ kind, verb }) => {
    if (kind === "ConfigMap" && verb === "create")
      throw new KubeError("invalid name", { status: 422, reason: "Invalid" });
  };
  const outcome = await box.reconcile();
  expect(outcome.kind).toBe("stuck");
  expect(box.kube.read(CONFIG_MAP, "old")).toBeDefined();
  expect(box.kube.read(SERVICE, "s-a")).toBeUndefined();
  const kept = 'ConfigMap "default/old" is kept until ConfigMap "default/new" can be written';
  expect(String(box.condition()?.["message"])).toContain(kept);
  const change = outcome.kind === "stuck" && outcome.changes?.find(({ name }) => name === "old");
  expect(change).toMatchObject({
    action: "skipped",
    reason: 'kept until ConfigMap "default/new" can be written',
  });
  box.kube.intercept = () => {};
  expect((await box.reconcile()).kind).toBe("settled");
  expect(box.kube.read(CONFIG_MAP, "old")).toBeUndefined();
});

test.each([
  ["a second later", "2026-11-22T11:00:01Z"],
  ["within the same second", "2026-11-22T11:00:00Z"],
])(
  "reconcile() prunes a workload that was renamed %s once the new one is ready",
  async (_, bornAt) => {
    const web = child("deployments", { image: "x" }, { name: "{{ .spec.name }}" });
    const box = new Harness({ children: [web] });
    box.create({ name: "old" });
    await box.reconcile();
    box.kube.bornAt = bornAt;
    box.edit({ name: "new" });
    expect(await box.reconcile()).toMatchObject({ kind: "waiting" });
    expect(await box.writesOf()).toEqual([]);
    expect(String(box.condition()?.["message"])).toContain(
      'Deployment "default/old" is kept until Deployment "default/new" is ready',
    );
    box.kube.edit(DEPLOYMENT, "new", (object) => {
      object["status"] = { observedGeneration: 1, updatedReplicas: 1, availableReplicas: 1 };
    });
    expect(await box.writesOf()).toContain("delete Deployment old");
    expect((await box.reconcile()).kind).toBe("settled");
    expect(box.condition()).toMatchObject({ status: "True" });
  },
);

const workloads = child(
  "deployments",
  { image: "x" },
  { name: "{{ .item }}", forEach: { field: "spec.names", as: "item" } },
);

test("reconcile() keeps no child for a sibling that was made with it and is not ready", async () => {
  const box = new Harness({ children: [workloads] });
  box.create({ names: ["one", "two"] });
  await box.reconcile();
  box.edit({ names: ["two"] });
  expect(await box.writesOf()).toContain("delete Deployment one");
});

test("reconcile() keeps a renamed workload although the answer to its successor's creation was lost", async () => {
  const box = new Harness({ children: [workloads] });
  box.create({ names: ["old"] });
  await box.reconcile();
  box.edit({ names: ["new"] });
  box.kube.intercept = ({ verb, kind, body }) => {
    if (verb !== "create" || kind !== "Deployment") return;
    box.kube.intercept = () => {};
    box.kube.put(DEPLOYMENT, structuredClone(body) as JsonObject);
    throw new KubeError("connection reset", { status: 0 });
  };
  expect((await box.reconcile()).kind).toBe("retry");
  expect(await box.reconcile()).toMatchObject({ kind: "waiting" });
  expect(await box.writesOf()).toEqual([]);
  expect(box.kube.read(DEPLOYMENT, "old")).toBeDefined();
});

test("reconcile() takes a label that was removed from a child as drift", async () => {
  const box = new Harness({ children: [config("m")] });
  box.create({ a: "1" });
  await box.reconcile();
  const cache = box.cache(CONFIG_MAP);
  box.kube.edit(CONFIG_MAP, "m", (object) => {
    object.metadata["labels"] = {};
  });
  cache.store.get = () => undefined; // the informer selects by label: for it the child is gone
  cache.store.byOwner = () => [];
  expect(await box.writesOf()).toEqual([
    "create ConfigMap m",
    "get ConfigMap m",
    "apply ConfigMap m",
  ]);
  expect(box.kube.read(CONFIG_MAP, "m")?.metadata.labels).toMatchObject({
    "orkestra.orkspace.io/managed": "true",
  });
});

test("reconcile() pauses writing a child that somebody keeps changing back, for longer each time", async () => {
  const box = new Harness({ children: [config("m")] });
  box.create({ a: "1" });
  await box.reconcile();
  const tug = async () => {
    box.kube.edit(CONFIG_MAP, "m", (object) => {
      object["data"] = { a: "theirs" };
    });
    // The server is asked who it is, once for each pause.
    return (await box.writesOf()).filter((call) => /^(?!get ).* ConfigMap/.test(call)).length;
  };
  const corrections: number[] = [];
  for (let second = 0; second < 120; second++) {
    box.nowMs += 1000;
    corrections.push(await tug());
  }
  expect(corrections.slice(0, 6)).toEqual([1, 1, 1, 1, 1, 1]);
  // 6 corrections, then pauses of 10, 20, 40 … seconds: 9 in two minutes instead of 120.
  expect(corrections.reduce((sum, each) => sum + each, 0)).toBe(9);
  // Each pause is news, once.
  expect(box.events.filter(({ reason }) => reason === "FieldContested")).toHaveLength(4);
  expect(String(box.condition()?.["message"])).toMatch(
    /ConfigMap .* is left as it is until .*: .* keeps changing "data.a" \("theirs", declared is "1"\)/,
  );
  box.edit({ a: "2" });
  expect(await tug()).toBe(1);
});

test("reconcile() tries again without a word when a create conflicts and nothing is there", async () => {
  const box = new Harness({ children: [config("m")] });
  box.create({ a: "1" });
  box.kube.intercept = ({ verb, kind }) => {
    if (verb !== "create" || kind !== "ConfigMap") return;
    const message = "Operation cannot be fulfilled on resourcequotas: it has been modified";
    throw new KubeError(message, { status: 409, reason: "Conflict" });
  };
  expect((await box.reconcile()).kind).toBe("retry");
  expect(box.events).toEqual([]);
  expect(box.condition()).toBeUndefined();
});

test("reconcile() goes on with the others when one custom resource brings up a kind that cannot be watched", async () => {
  const annotations = { "orkestra.orkspace.io/child-kinds": "gadgets.io/v1/Gadget" };
  const box = new Harness({ children: [config("{{ .metadata.name }}")] });
  box.forbidden.add("Gadget");
  box.create({ a: "1" }, { name: "odd", annotations });
  box.create({ a: "1" });
  expect((await box.reconcile("default/odd")).kind).toBe("retry");
  expect((await box.reconcile()).kind).toBe("settled");
  expect(box.kube.read(CONFIG_MAP, "shop")).toBeDefined();
  expect(await box.writesOf()).toEqual([]);
});
