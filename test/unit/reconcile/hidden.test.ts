/** Children that are there although no cache shows them: other people's, and those without our label. */
import { expect, test } from "bun:test";
import { CONFIG_MAP, child, Harness } from "./harness.ts";

const RESYNC_MS = 15_000;
const config = (more = {}) => child("configMaps", { data: { a: "1" } }, { name: "m", ...more });
const CREATE = "create ConfigMap m";
const ASKED = [CREATE, "get ConfigMap m"];

/** The cache of ConfigMaps selects by label: for it, the child is not there. */
function hide(box: Harness): void {
  box.cache(CONFIG_MAP).store.get = () => undefined;
  box.cache(CONFIG_MAP).store.byOwner = () => [];
}

const put = (box: Harness) =>
  box.kube.put(CONFIG_MAP, {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "m", namespace: "default" },
  });

test("reconcile() does not ask at each resync for a create-only child whose label somebody removed", async () => {
  const box = new Harness({ children: [config({ mode: "create" })] });
  box.create({});
  await box.reconcile();
  hide(box);
  expect(await box.writesOf()).toEqual(ASKED);
  for (let count = 1; count < 10; count++) {
    box.nowMs += RESYNC_MS;
    expect(await box.writesOf()).toEqual([]);
  }
  box.nowMs += RESYNC_MS;
  expect(await box.writesOf()).toEqual(ASKED);
});

test("reconcile() asks at each resync about an object that is not ours, and takes its place when it goes", async () => {
  const box = new Harness({ children: [config()] });
  put(box);
  hide(box);
  box.create({});
  await box.reconcile();
  expect(box.condition()).toMatchObject({ reason: "Conflict" });
  expect(await box.writesOf()).toEqual(ASKED);
  box.kube.erase(CONFIG_MAP, "m");
  expect(await box.writesOf()).toContain(CREATE);
});

test("reconcile() asks again about it after an edit", async () => {
  const box = new Harness({ children: [config()] });
  put(box);
  hide(box);
  box.create({});
  await box.reconcile();
  box.kube.erase(CONFIG_MAP, "m");
  box.edit({ other: 1 });
  expect(await box.writesOf()).toEqual([CREATE, "patch Website shop status"]);
});
