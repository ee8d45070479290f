import { expect, test } from "bun:test";
import type { JsonObject } from "../../../src/std/json.ts";
import {
  CONFIG_MAP,
  child,
  DEPLOYMENT,
  field,
  Harness,
  SERVICE,
  WEBSITE,
  when,
} from "./harness.ts";

const web = () => [
  child(
    "deployments",
    { image: "{{ .spec.image }}", replicas: "{{ .spec.replicas }}", port: "8080" },
    { name: "{{ .metadata.name }}" },
  ),
  child("services", { port: "80", targetPort: "8080" }, { name: "{{ .metadata.name }}" }),
  child(
    "configMaps",
    { data: { motd: "Hello {{ .spec.title }}" } },
    { name: "{{ .metadata.name }}" },
  ),
];

test("reconcile() brings a new custom resource up with its children + 2 requests, finalizer first, status last", async () => {
  const box = new Harness({
    children: web(),
    fields: [field("image", "{{ .children.deployment.spec.replicas }}")],
  });
  box.create({ image: "nginx:1", replicas: 2, title: "shop" });
  const requests = await box.writesOf();
  expect(requests[0]).toBe("patch Website shop");
  expect(requests.slice(1, -1).sort()).toEqual([
    "create ConfigMap shop",
    "create Deployment shop",
    "create Service shop",
  ]);
  expect(requests.at(-1)).toBe("patch Website shop status");
  expect(requests).toHaveLength(5);
  expect(box.website.metadata.finalizers).toEqual(["orkestra.orkspace.io/cleanup"]);
  expect(box.status).toMatchObject({ image: "2", observedGeneration: 1 });
  expect(box.condition()).toMatchObject({ status: "False", reason: "Progressing" });
});

test("reconcile() of what is settled sends nothing, whether remembered or after a restart", async () => {
  const box = new Harness({ children: web() });
  box.create({ image: "nginx:1", replicas: 2, title: "shop" });
  await box.reconcile();
  expect(await box.writesOf()).toEqual([]);
  const restarted = new Harness({ children: web(), kube: box.kube });
  expect(await restarted.writesOf()).toEqual([]);
});

test("reconcile() of an edit sends the changed children + 1", async () => {
  const box = new Harness({ children: web() });
  box.create({ image: "nginx:1", replicas: 2, title: "shop" });
  await box.reconcile();
  box.edit({ image: "nginx:2", replicas: 2, title: "shop" });
  const outcome = box.writesOf();
  expect(await outcome).toEqual(["apply Deployment shop", "patch Website shop status"]);
  const outcomeAgain = await box.reconcile();
  expect(outcomeAgain).toEqual({ kind: "settled", changes: [] });
});

test("reconcile() repairs a deleted and an edited child with one request each", async () => {
  const box = new Harness({ children: web() });
  box.create({ image: "nginx:1", replicas: 2, title: "shop" });
  await box.reconcile();
  box.kube.erase(CONFIG_MAP, "shop");
  expect(await box.writesOf()).toEqual(["create ConfigMap shop"]);
  box.kube.edit(SERVICE, "shop", (object) => {
    (object["spec"] as { type: string }).type = "NodePort";
  });
  expect(await box.writesOf()).toEqual(["apply Service shop"]);
  expect(box.kube.read(SERVICE, "shop")?.spec).toMatchObject({ type: "ClusterIP" });
});

test("reconcile() removes from the child a field that left the Katalog, also after a restart", async () => {
  const entry = (data: Record<string, string>) => [
    child("configMaps", { data }, { name: "motd", id: "x" }),
  ];
  const box = new Harness({ children: entry({ a: "1", b: "2" }) });
  box.create({});
  await box.reconcile();
  const restarted = new Harness({ children: entry({ a: "1" }), kube: box.kube });
  // What the creation holds is handed over first: read, one patch of the bookkeeping, apply.
  expect(await restarted.writesOf()).toEqual([
    "get ConfigMap motd",
    "patch ConfigMap motd",
    "apply ConfigMap motd",
  ]);
  expect(box.kube.read(CONFIG_MAP, "motd")?.["data"]).toEqual({ a: "1" });
  expect(await restarted.writesOf()).toEqual([]);
});

test("reconcile() removes a field that left after the child was applied, too", async () => {
  const data = { a: "{{ .spec.a }}", b: "{{ .spec.b }}" };
  const entry = (fields: JsonObject) => [child("configMaps", { data: fields }, { name: "motd" })];
  const box = new Harness({ children: entry(data) });
  box.create({ a: "1", b: "2" });
  await box.reconcile();
  box.edit({ a: "3", b: "2" });
  expect(await box.writesOf()).toContain("apply ConfigMap motd");
  const restarted = new Harness({ children: entry({ a: data.a }), kube: box.kube });
  await restarted.reconcile();
  expect(box.kube.read(CONFIG_MAP, "motd")?.["data"]).toEqual({ a: "3" });
});

test("reconcile() never takes over an object that is not ours, and says so", async () => {
  const box = new Harness({ children: web() });
  box.create({ image: "nginx:1", replicas: 1, title: "shop" });
  box.kube.put(CONFIG_MAP, {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "shop", namespace: "default" },
    data: { mine: "yes" },
  });
  const outcome = await box.reconcile();
  expect(outcome.kind).toBe("stuck");
  expect(box.kube.read(CONFIG_MAP, "shop")?.["data"]).toEqual({ mine: "yes" });
  expect(box.condition()).toMatchObject({ status: "False", reason: "Conflict" });
  expect(box.kube.read(DEPLOYMENT, "shop")).toBeDefined();
});

test("reconcile() adopts when the entry says so", async () => {
  const box = new Harness({
    children: [child("configMaps", { data: { a: "1" } }, { name: "shop", adopt: true })],
  });
  box.create({});
  box.kube.put(CONFIG_MAP, {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "shop", namespace: "default" },
    data: { mine: "yes" },
  });
  expect((await box.reconcile()).kind).toBe("settled");
  expect(box.kube.read(CONFIG_MAP, "shop")?.["data"]).toEqual({ mine: "yes", a: "1" });
  expect(await box.writesOf()).toEqual([]);
});

test("reconcile() deletes an updating child whose condition turned false, and keeps one that is undecided", async () => {
  const gated = child(
    "configMaps",
    { data: { a: "1" } },
    { name: "gated", when: when("spec.on", "yes") },
  );
  const box = new Harness({ children: [gated] });
  box.create({ on: "yes" });
  await box.reconcile();
  expect(box.kube.read(CONFIG_MAP, "gated")).toBeDefined();
  box.edit({ on: "no" });
  expect(await box.writesOf()).toEqual(["delete ConfigMap gated", "patch Website shop status"]);
  expect(await box.writesOf()).toEqual([]);
});

test("reconcile() leaves create-only children, Jobs and whenFalse: keep alone when the condition turns false", async () => {
  const gate = { when: when("spec.on", "yes") };
  const box = new Harness({
    children: [
      child(
        "configMaps",
        { data: { a: "{{ .spec.on }}" } },
        { name: "once", mode: "create", ...gate },
      ),
      child("configMaps", { data: { a: "1" } }, { name: "kept", whenFalse: "keep", ...gate }),
      child("jobs", { image: "busybox" }, { name: "job", ...gate }),
    ],
  });
  box.create({ on: "yes" });
  await box.reconcile();
  box.edit({ on: "no" });
  expect(await box.writesOf()).toEqual(["patch Website shop status"]);
});

test("reconcile() prunes the child of a forEach element that went away, and only that one", async () => {
  const each = child(
    "configMaps",
    { data: { region: "{{ .region }}" } },
    {
      name: "{{ .metadata.name }}-{{ .region }}",
      forEach: { field: "spec.regions", as: "region" },
    },
  );
  const box = new Harness({ children: [each] });
  box.create({ regions: ["eu", "us"] });
  await box.reconcile();
  box.edit({ regions: ["us"] });
  expect(await box.writesOf()).toEqual(["delete ConfigMap shop-eu", "patch Website shop status"]);
  expect(box.kube.read(CONFIG_MAP, "shop-us")?.["data"]).toEqual({ region: "us" });
});

test("reconcile() reads the custom resource anew before it deletes anything after a reconnect", async () => {
  const each = child(
    "configMaps",
    { data: {} },
    { name: "m-{{ .item }}", forEach: { field: "spec.regions", as: "item" } },
  );
  const box = new Harness({ children: [each] });
  box.create({ regions: [] });
  await box.reconcile();
  box.primary.freeze(); // an API server that lags: an empty list of regions
  box.kube.edit(WEBSITE, "shop", (object) => {
    object["spec"] = { regions: ["eu"] };
  });
  const ahead = new Harness({ children: [each], kube: box.kube });
  await ahead.reconcile();
  box.primary.epoch++;
  expect((await box.reconcile()).kind).toBe("retry");
  expect(box.kube.read(CONFIG_MAP, "m-eu")).toBeDefined();
});

test("reconcile() reads the custom resource anew before its first write to a child after a reconnect", async () => {
  const each = child(
    "configMaps",
    { data: {} },
    { name: "m-{{ .item }}", forEach: { field: "spec.regions", as: "item" } },
  );
  const box = new Harness({ children: [each] });
  box.create({ regions: ["eu"] });
  await box.reconcile();
  box.primary.freeze(); // still has "eu", which is gone since
  const ahead = new Harness({ children: [each], kube: box.kube });
  ahead.edit({ regions: [] });
  await ahead.reconcile();
  expect(box.kube.read(CONFIG_MAP, "m-eu")).toBeUndefined();
  box.primary.epoch++;
  expect((await box.reconcile()).kind).toBe("retry");
  expect(box.kube.read(CONFIG_MAP, "m-eu")).toBeUndefined();
});

test("reconcile() says nothing of a child that it may not update yet, since its view may be old", async () => {
  const box = new Harness({
    children: [child("configMaps", { data: { a: "{{ .spec.a }}" } }, { name: "m" })],
  });
  box.create({ a: "1" });
  await box.reconcile();
  box.primary.freeze();
  new Harness({ children: [], kube: box.kube }).edit({ a: "2" });
  box.kube.edit(CONFIG_MAP, "m", (object) => {
    object["data"] = { a: "theirs" };
  });
  box.primary.epoch++;
  const outcome = await box.reconcile();
  expect(outcome.kind === "retry" && outcome.error.message).toContain("Cannot write anything yet");
});

test("reconcile() makes no children for a custom resource that is gone, whatever its cache says", async () => {
  const children = [child("configMaps", { data: {} }, { name: "m" })];
  const box = new Harness({ children });
  box.create({});
  await box.reconcile();
  box.primary.freeze();
  box.kube.erase(WEBSITE, "shop");
  await new Harness({ children, kube: box.kube }).reconcile();
  expect(box.kube.read(WEBSITE, "shop")).toBeUndefined();
  box.primary.epoch++;
  expect((await box.reconcile()).kind).toBe("retry");
  expect(box.kube.read(CONFIG_MAP, "m")).toBeUndefined();
});

test("reconcile() takes a patch that named the version for a proof that it is current", async () => {
  const box = new Harness({ children: [child("configMaps", { data: {} }, { name: "m" })] });
  box.primary.epoch++;
  box.create({});
  box.kube.forgetRequests();
  await box.reconcile();
  expect(box.kube.requests.map(({ verb }) => verb)).not.toContain("get");
});

test("reconcile() settles status fields that build on each other in one write", async () => {
  const box = new Harness({
    fields: [
      field("ready", "{{ .spec.on }}"),
      field("phase", "Up", { when: when("status.ready", "yes") }),
      field("mood", "{{ .status.phase }}!"),
    ],
  });
  box.create({ on: "yes" });
  expect(await box.writesOf()).toEqual(["patch Website shop", "patch Website shop status"]);
  expect(box.status).toMatchObject({ ready: "yes", phase: "Up", mood: "Up!" });
});

test("reconcile() does not store a status that never stands still", async () => {
  const box = new Harness({
    fields: [
      field("count", "{{ add (toInt (default 0 .status.count)) 1 }}", { type: "int" }),
      field("name", "{{ .metadata.name }}"),
    ],
  });
  box.create({});
  await box.reconcile();
  expect(await box.writesOf()).toEqual([]);
  expect(box.status["name"]).toBe("shop");
  expect(box.status["count"]).toBeUndefined();
  expect(box.events.map(({ reason }) => reason)).toContain("StatusUnstable");
});

test("reconcile() goes on with siblings when one child cannot be rendered", async () => {
  const box = new Harness({
    children: [
      child("deployments", { image: "x", replicas: "{{ .spec.replicas }}" }, { name: "bad" }),
      child("configMaps", { data: { a: "1" } }, { name: "good" }),
    ],
  });
  box.create({ replicas: "many" });
  const outcome = await box.reconcile();
  expect(outcome.kind).toBe("stuck");
  expect(outcome.kind === "stuck" && outcome.error.message).toContain("replicas");
  expect(box.kube.read(CONFIG_MAP, "good")).toBeDefined();
  expect(box.condition()).toMatchObject({ status: "False", reason: "ReconcileError" });
  expect(await box.writesOf()).toEqual([]);
});
