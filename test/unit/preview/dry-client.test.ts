import { describe, expect, test } from "bun:test";
import { DryClient } from "../../../src/preview/dry-client.ts";
import { PlannedWorld } from "../../../src/preview/planned-world.ts";
import type { PlannedWrite } from "../../../src/preview/planned-write.ts";
import { builtinKind } from "../../../src/schema/builtin.ts";
import { CRD_TYPE } from "../../../src/schema/crd.ts";
import type { KubeObject } from "../../../src/schema/object.ts";
import { MAPS, map, NAMESPACES, RecordingClient } from "./recording-client.ts";

function setUp() {
  const inner = new RecordingClient();
  const world = new PlannedWorld();
  const writes: PlannedWrite[] = [];
  const client = new DryClient({
    client: inner,
    world,
    schemaOf: () => builtinKind("v1", "ConfigMap")?.schema,
    note: (write) => void writes.push(write),
  });
  return { inner, world, writes, client };
}

const one = { type: MAPS, namespace: "a", name: "one" };
const merge = { patchType: "merge" } as const;

describe("DryClient", () => {
  test("every write is a dry run, whatever the caller says", async () => {
    const { inner, client } = setUp();
    inner.add(map("one", { data: { a: "1" } }));
    await client.create(MAPS, map("new"), { dryRun: false });
    await client.apply(MAPS, map("one"), { dryRun: false });
    await client.replace(MAPS, map("one"), { dryRun: false });
    await client.patch(one, { data: { b: "2" } }, { ...merge, dryRun: false });
    await client.patch(one, { status: {} }, { ...merge, subresource: "status", dryRun: false });
    await client.delete(one, { dryRun: false });
    expect(inner.writes).toHaveLength(6);
    expect(inner.writes.every(({ dryRun }) => dryRun === true)).toBe(true);
  });

  test("notes what was and what would be, with what admission made of it", async () => {
    const { inner, writes, client } = setUp();
    inner.add(map("one", { data: { a: "1" } }));
    inner.admits = (object) => ({ ...object, immutable: true });
    await client.get(one);
    await client.apply(MAPS, map("one", { data: { a: "2" } }));
    expect(writes).toMatchObject([
      {
        verb: "apply",
        name: "one",
        isChecked: true,
        before: { data: { a: "1" } },
        after: { data: { a: "2" }, immutable: true },
      },
    ]);
  });

  test("what is created is there for whoever looks, and cannot be created twice", async () => {
    const { inner, client } = setUp();
    await client.create(MAPS, map("new", { data: { a: "1" } }));
    expect(await client.get({ ...one, name: "new" })).toMatchObject({ data: { a: "1" } });
    expect(inner.asked.map(({ verb }) => verb)).toEqual(["create"]);
    await expect(client.create(MAPS, map("new"))).rejects.toMatchObject({
      reason: "AlreadyExists",
    });
  });

  test("what is deleted is gone for whoever looks, and can be created anew", async () => {
    const { inner, writes, client } = setUp();
    inner.add(map("one"));
    await client.delete(one);
    await expect(client.get(one)).rejects.toMatchObject({ status: 404 });
    expect((await client.list(MAPS)).items).toEqual([]);
    await expect(client.delete(one)).rejects.toMatchObject({ status: 404 });
    await client.create(MAPS, map("one", { data: { a: "2" } }));
    // The server still has the old one, so it cannot be asked.
    expect(inner.writes.map(({ verb }) => verb)).toEqual(["delete"]);
    expect(writes.map(({ verb, isChecked }) => [verb, isChecked])).toEqual([
      ["delete", true],
      ["create", false],
    ]);
  });

  test("what finalizers hold stays, on its way out", async () => {
    const { inner, world, client } = setUp();
    inner.add(map("one", {}, { finalizers: ["x/y"] }));
    await client.get(one);
    await client.delete(one);
    expect((await client.get(one)).metadata.deletionTimestamp).toBeDefined();
    expect(world.planned(one)).toBeDefined();
  });

  test("the last finalizer of what is being deleted lets it go", async () => {
    const { inner, world, client } = setUp();
    inner.add(map("one", {}, { deletionTimestamp: "2026-01-01T00:00:00Z", finalizers: ["x/y"] }));
    await client.patch(one, { metadata: { finalizers: [] } }, merge);
    expect(world.planned(one)).toBe("gone");
  });

  test("what goes into a namespace that is only planned is not asked", async () => {
    const { inner, writes, client } = setUp();
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "a" } };
    await client.create(NAMESPACES, namespace as KubeObject);
    const created = await client.create(MAPS, map("one", { data: { a: "1" } }));
    expect(created.metadata.uid).toStartWith("planned-");
    await client.patch(one, { data: { b: "2" } }, merge);
    await client.apply(MAPS, map("one", { data: { c: "3" } }));
    expect(inner.writes.map(({ name }) => name)).toEqual(["a"]);
    expect(writes.map(({ isChecked }) => isChecked)).toEqual([true, false, false, false]);
    expect(writes.at(-1)?.after).toMatchObject({ data: { a: "1", b: "2", c: "3" } });
  });

  test("a kind that only a planned CRD brings is served, and empty", async () => {
    const { inner, world, client } = setUp();
    const type = {
      group: "x.test",
      version: "v1",
      kind: "Thing",
      plural: "things",
      namespaced: true,
    };
    const spec = {
      group: "x.test",
      scope: "Namespaced",
      names: { kind: "Thing", plural: "things" },
      versions: [{ name: "v1", served: true, storage: true }],
    };
    const crd = await client.create(CRD_TYPE, {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "things.x.test" },
      spec,
    } as unknown as KubeObject);
    expect(crd.status).toMatchObject({ conditions: [{ type: "Established", status: "True" }] });
    expect(world.newKinds()).toMatchObject([{ kind: "Thing" }]);
    expect((await client.list(type)).items).toEqual([]);
    await expect(client.get({ type, name: "t" })).rejects.toMatchObject({ status: 404 });
    await client.create(type, { ...map("t"), kind: "Thing" });
    expect(inner.writes.map(({ name }) => name)).toEqual(["things.x.test"]);
  });

  test("one patch after another: the second keeps what the first laid over the object", async () => {
    const { inner, client } = setUp();
    inner.add(map("one", {}, { resourceVersion: "7" }));
    await client.patch(one, { metadata: { labels: { a: "1" } } }, merge);
    const after = await client.patch(one, { metadata: { annotations: { b: "2" } } }, merge);
    expect(after.metadata).toMatchObject({ labels: { a: "1" }, annotations: { b: "2" } });
    const told = await client.patch(one, { status: { x: 1 } }, { ...merge, subresource: "status" });
    expect(told).toMatchObject({ metadata: { labels: { a: "1" } }, status: { x: 1 } });
  });

  test("after a hand-over the server is asked about the object without what leaves", async () => {
    const { inner, writes, client } = setUp();
    const fields = { "f:data": { "f:a": {}, "f:b": {} } };
    const managedFields = [{ manager: "orkestra", operation: "Update", fieldsV1: fields }];
    inner.add(map("one", { data: { a: "1", b: "2" } }, { managedFields }));
    await client.get(one);
    const patch = [{ op: "replace", path: "/metadata/managedFields/0/operation", value: "Apply" }];
    await client.patch(one, patch, { patchType: "json" });
    await client.apply(MAPS, map("one", { data: { a: "3" } }), { force: true });
    expect(inner.writes).toMatchObject([{ verb: "replace", isStrict: true }]);
    expect(inner.writes[0]?.object?.["data"]).toEqual({ a: "3" });
    // What a restart sends.
    expect(writes.map(({ verb }) => verb)).toEqual(["patch", "apply"]);
  });
});
