import { expect, test } from "bun:test";
import { holdsUnread } from "../../../src/reconcile/unread.ts";
import type { KubeObject } from "../../../src/schema/object.ts";
import { CONFIG_MAP, child, Harness, WEBSITE } from "./harness.ts";

type Change = (object: Parameters<Parameters<Harness["kube"]["edit"]>[2]>[0]) => void;

/** A settled Website, and a change of it by somebody else just before the next status is written. */
async function changedInBetween(change: Change): Promise<Harness> {
  const box = new Harness({
    children: [
      child("configMaps", {
        data: { title: "{{ .spec.title }}", tier: "{{ .metadata.labels.tier }}" },
      }),
    ],
  });
  box.create({ title: "one" }, { labels: { tier: "free" } });
  await box.reconcile();
  box.edit({ title: "two" });
  let isDone = false;
  box.kube.intercept = ({ subresource }) => {
    if (subresource !== "status" || isDone) return;
    isDone = true;
    box.kube.edit(WEBSITE, "shop", change);
  };
  await box.reconcile();
  expect(isDone).toBe(true);
  return box;
}

const configOf = (box: Harness): KubeObject | undefined => box.kube.read(CONFIG_MAP, "shop-config");

test("reconcile() does not take for settled a spec that changed while it wrote the status", async () => {
  const box = await changedInBetween((object) => {
    object["spec"] = { title: "three" };
  });
  await box.reconcile();
  expect(configOf(box)).toMatchObject({ data: { title: "three" } });
  expect(box.condition()).toMatchObject({ observedGeneration: box.website.metadata.generation });
});

test("reconcile() does not take for settled a label that changed while it wrote the status", async () => {
  const box = await changedInBetween((object) => {
    object.metadata["labels"] = { tier: "paid" };
  });
  await box.reconcile();
  expect(configOf(box)).toMatchObject({ data: { tier: "paid" } });
});

test("holdsUnread() sees an owner that came in between", () => {
  const read: KubeObject = { apiVersion: "v1", kind: "X", metadata: { name: "x" } };
  const ownerReferences = [{ apiVersion: "v1", kind: "Node", name: "n", uid: "u" }];
  const stored = { ...read, metadata: { ...read.metadata, ownerReferences } };
  expect(holdsUnread({ read, status: {}, stored })).toBe(true);
  expect(holdsUnread({ read, status: {}, stored: { ...read } })).toBe(false);
});

test("reconcile() does not skip a deletion that came while it wrote the status", async () => {
  const box = await changedInBetween(() => {});
  box.edit({ title: "four" });
  let isDone = false;
  box.kube.intercept = ({ subresource }) => {
    if (subresource !== "status" || isDone) return;
    isDone = true;
    box.kube.erase(WEBSITE, "shop");
  };
  await box.reconcile();
  await box.reconcile();
  expect(box.kube.read(WEBSITE, "shop")).toBeUndefined();
});

test("reconcile() remembers a pass whose status was stored as sent", async () => {
  const box = await changedInBetween(() => {});
  expect(await box.writesOf()).toEqual([]);
});
