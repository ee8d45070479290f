import { expect, test } from "bun:test";
import { CONFIG_MAP, child, Harness, when } from "./harness.ts";

const data = { data: { a: "1" } };
const each = child("configMaps", data, {
  name: "{{ .item }}",
  forEach: { field: "spec.items", as: "item" },
});
const isThere = (box: Harness, name: string) => box.kube.read(CONFIG_MAP, name) !== undefined;
const takeName = (box: Harness, name: string) =>
  box.kube.put(CONFIG_MAP, {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: "default" },
  });

async function opened(children = [each], spec: object = { items: ["a"] }): Promise<Harness> {
  const box = new Harness({ children });
  takeName(box, "taken");
  box.create({ ...spec });
  await box.reconcile();
  return box;
}

test("standingOf() takes what came with the edit for a successor, also at later looks", async () => {
  const box = await opened();
  box.edit({ items: ["taken"] });
  for (const _ of ["first", "second"]) {
    expect((await box.reconcile()).kind).toBe("stuck");
    expect(isThere(box, "a")).toBe(true);
  }
  // A second name that is refused is no better than the first.
  takeName(box, "taken-too");
  box.edit({ items: ["taken-too"] });
  await box.reconcile();
  expect(isThere(box, "a")).toBe(true);
  box.edit({ items: ["b"] });
  await box.reconcile();
  expect(isThere(box, "a")).toBe(false);
});

test("standingOf() takes what was refused before for no successor", async () => {
  const box = await opened([each], { items: ["a", "taken"] });
  box.edit({ items: ["taken"] });
  await box.reconcile();
  expect(isThere(box, "a")).toBe(false);
});

test("standingOf() knows nothing of what was refused before a restart", async () => {
  const box = await opened([each], { items: ["a", "taken"] });
  box.edit({ items: ["taken"] });
  const next = box.restart();
  await next.reconcile();
  expect(isThere(next, "a")).toBe(true);
});

test("standingOf() takes a name that two would give for one that is missing", async () => {
  const box = await opened([each], { items: ["a", "b"] });
  box.edit({ items: ["a", "a"] });
  await box.reconcile();
  expect(isThere(box, "b")).toBe(true);
  box.edit({ items: ["a", "c"] });
  await box.reconcile();
  expect(isThere(box, "b")).toBe(false);
});

test("standingOf() takes what a false condition names as revoked", async () => {
  const gated = child("configMaps", data, { name: "gated", when: when("spec.on", "yes") });
  const box = await opened([each, gated], { items: [], on: "yes" });
  expect(isThere(box, "gated")).toBe(true);
  box.edit({ items: ["taken"], on: "no" });
  expect((await box.reconcile()).kind).toBe("stuck");
  expect(isThere(box, "gated")).toBe(false);
});
