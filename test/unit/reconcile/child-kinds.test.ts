/** Children are found by the marks of their custom resource, whatever Katalog and process made them. */
import { expect, test } from "bun:test";
import { KubeError } from "../../../src/kube/error.ts";
import { CLUSTER_GADGET, CONFIG_MAP, child, GADGET, Harness, WEBSITE } from "./harness.ts";

const MARK = "orkestra.orkspace.io/child-kinds";
const CREATE = expect.stringMatching(/^(apply|create) Realm one$/);
const markOf = (box: Harness) => box.website.metadata.annotations?.[MARK];

const templated = () =>
  child("custom", {
    apiVersion: "gadgets.io/v1",
    kind: "{{ .spec.kind }}",
    metadata: { name: "one" },
  });
const config = (name: string, more = {}) =>
  child("configMaps", { data: { a: "1" } }, { name, ...more });

test("reconcile() marks a kind that only a template names before its first child, once", async () => {
  const box = new Harness({ children: [templated()] });
  box.create({ kind: "Realm" });
  expect(await box.writesOf()).toEqual([
    "patch Website shop",
    "patch Website shop",
    CREATE,
    "patch Website shop status",
  ]);
  expect(markOf(box)).toBe("gadgets.io/v1/Realm");
  expect(await box.writesOf()).toEqual([]);
  expect(await box.restart().writesOf()).toEqual([]);
});

test("reconcile() removes a cluster-scoped child of a templated kind after a restart", async () => {
  const before = new Harness({ children: [templated()] });
  before.create({ kind: "Realm" });
  await before.reconcile();
  const box = before.restart();
  box.kube.erase(WEBSITE, "shop");
  expect((await box.reconcile()).kind).toBe("waiting");
  expect((await box.reconcile()).kind).toBe("settled");
  expect(box.kube.read(CLUSTER_GADGET, "one")).toBeUndefined();
  expect(box.kube.read(WEBSITE, "shop")).toBeUndefined();
});

test("reconcile() prunes a child whose templated kind changed while nobody looked", async () => {
  const before = new Harness({ children: [templated()] });
  before.create({ kind: "Realm" });
  await before.reconcile();
  before.edit({ kind: "Gadget" });
  const box = before.restart();
  await box.reconcile();
  expect(box.kube.read(CLUSTER_GADGET, "one")).toBeUndefined();
  expect(box.kube.read(GADGET, "one")).toBeDefined();
  expect(await box.writesOf()).toEqual([]);
  // The mark forgets the old kind with the next write.
  const next = box.restart({ digest: "sha256:two" });
  expect(await next.writesOf()).toEqual(["patch Website shop"]);
  expect(markOf(next)).toBe("gadgets.io/v1/Gadget");
});

test("reconcile() keeps a templated kind in the mark while its child cannot be made", async () => {
  const box = new Harness({ children: [templated()] });
  box.create({ kind: "Realm" });
  box.kube.intercept = ({ kind }) => {
    if (kind === "Realm") throw new KubeError("no", { status: 422, reason: "Invalid" });
  };
  await box.reconcile();
  expect(await box.writesOf()).toEqual([CREATE]);
});

test.each(["", "v1/Secret,nonsense"])(
  "reconcile() puts a mark right that somebody made %p",
  async (text) => {
    const box = new Harness({ children: [config("m")] });
    box.create({});
    await box.reconcile();
    box.kube.edit(WEBSITE, "shop", ({ metadata }) => {
      metadata["annotations"] = { ...(metadata["annotations"] as object), [MARK]: text };
    });
    expect(await box.writesOf()).toEqual(["patch Website shop"]);
    expect(markOf(box)).toBe("v1/ConfigMap");
  },
);

test("reconcile() prunes what an earlier Katalog put into a namespace that is followed no more", async () => {
  const before = new Harness({ children: [config("far", { namespace: "elsewhere" })] });
  before.create({});
  await before.reconcile();
  expect(markOf(before)).toBe("v1/ConfigMap@*");
  const next = { children: [config("near")], digest: "sha256:two", namespace: "default" };
  const box = before.restart(next);
  await box.reconcile();
  expect(box.kube.read(CONFIG_MAP, "far", "elsewhere")).toBeUndefined();
  expect(box.kube.read(CONFIG_MAP, "near")).toBeDefined();
  expect(await box.writesOf()).toEqual(["list ConfigMap ", "patch Website shop"]);
  expect(markOf(box)).toBe("v1/ConfigMap");
  expect(await box.writesOf()).toEqual([]);
  expect(await box.restart(next).writesOf()).toEqual([]);
});

test("reconcile() removes them with the custom resource, too", async () => {
  const before = new Harness({ children: [config("far", { namespace: "elsewhere" })] });
  before.create({});
  await before.reconcile();
  const box = before.restart({ children: [config("near")], namespace: "default" });
  box.kube.erase(WEBSITE, "shop");
  expect((await box.reconcile()).kind).toBe("waiting");
  expect((await box.reconcile()).kind).toBe("settled");
  expect(box.kube.read(CONFIG_MAP, "far", "elsewhere")).toBeUndefined();
  expect(box.kube.read(WEBSITE, "shop")).toBeUndefined();
});

test("reconcile() asks for nothing where every place is covered", async () => {
  const children = [config("far", { namespace: "elsewhere" })];
  const before = new Harness({ children });
  before.create({});
  await before.reconcile();
  expect(await before.restart().writesOf()).toEqual([]);
});

test("reconcile() of a deleted custom resource waits for an API that does not answer", async () => {
  const before = new Harness({ children: [templated()] });
  before.create({ kind: "Realm" });
  await before.reconcile();
  const box = before.restart();
  box.down.add("Realm");
  box.kube.erase(WEBSITE, "shop");
  expect((await box.reconcile()).kind).toBe("retry");
  expect(box.kube.read(WEBSITE, "shop")).toBeDefined();
});

test("reconcile() makes the children of other kinds while one API does not answer, and forgets none", async () => {
  const before = new Harness({ children: [templated()] });
  before.create({ kind: "Realm" });
  await before.reconcile();
  const box = before.restart({ children: [config("m")], digest: "sha256:two" });
  box.down.add("Realm");
  expect((await box.reconcile()).kind).toBe("retry");
  expect(box.kube.read(CONFIG_MAP, "m")).toBeDefined();
  expect(markOf(box)).toBe("gadgets.io/v1/Realm,v1/ConfigMap");
  box.down.clear();
  await box.reconcile();
  expect(box.kube.read(CLUSTER_GADGET, "one")).toBeUndefined();
});
