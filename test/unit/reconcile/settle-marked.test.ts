import { expect, test } from "bun:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { KubeError } from "../../../src/kube/error.ts";
import type { KubeObject } from "../../../src/schema/object.ts";
import { CONFIG_MAP, child, Harness, WEBSITE } from "./harness.ts";

/** A new Website, and what happens between the request for its marks and the answer. */
function newWebsite(answer: (store: () => Promise<KubeObject>) => Promise<KubeObject>): Harness {
  const box = new Harness({
    children: [child("configMaps", { data: { title: "{{ .spec.title }}" } })],
  });
  box.create({ title: "one" });
  const patch = box.kube.patch.bind(box.kube);
  box.kube.patch = (reference, body, options) => {
    const store = () => patch(reference, body, options);
    return options.subresource === undefined ? answer(store) : store();
  };
  return box;
}

const MARKS = "patch Website shop";
const CREATE = "create ConfigMap shop-config";
const STATUS = "patch Website shop status";

test("reconcile() writes nothing before the finalizer is stored", async () => {
  const answered = Promise.withResolvers<void>();
  const box = newWebsite(async (store) => {
    await answered.promise;
    return store();
  });
  const done = box.reconcile();
  for (let turn = 0; turn < 10; turn++) await nextTurn();
  expect(box.kube.writes).toEqual([]);
  answered.resolve();
  await done;
  expect(box.kube.writes).toEqual([MARKS, CREATE, STATUS]);
});

test("reconcile() writes nothing at all when the finalizer is refused, and says why", async () => {
  const refusal = new KubeError("the object has been modified", {
    status: 409,
    reason: "Conflict",
  });
  const box = newWebsite(() => Promise.reject(refusal));
  expect(await box.reconcile()).toMatchObject({ kind: "retry", error: refusal });
  expect(box.kube.writes).toEqual([]);
  expect(box.events).toEqual([]);
});

test("reconcile() makes children of what is stored when the server changed more than the marks", async () => {
  const box = newWebsite(async (store) => {
    await store();
    box.edit({ title: "two" });
    const stored = box.kube.read(WEBSITE, "shop");
    if (!stored) throw new Error("the Website is gone");
    return stored;
  });
  expect(await box.reconcile()).toMatchObject({ kind: "settled" });
  expect(box.kube.writes).toEqual([MARKS, CREATE, STATUS]);
  expect(box.kube.read(CONFIG_MAP, "shop-config")).toMatchObject({ data: { title: "two" } });
});
