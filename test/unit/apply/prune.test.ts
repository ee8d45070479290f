import { expect, test } from "bun:test";
import { childKey } from "../../../src/apply/child.ts";
import { markAnnotations } from "../../../src/apply/inventory.ts";
import { ALL_KINDS, planPrune } from "../../../src/apply/prune.ts";
import type { KubeObject, ResourceType } from "../../../src/schema/object.ts";

const type: ResourceType = {
  group: "",
  version: "v1",
  kind: "ConfigMap",
  plural: "configmaps",
  namespaced: true,
};
const website = { ...type, group: "example.io", kind: "Website" };
const annotations = markAnnotations({ type: website, name: "shop", namespace: "a", uid: "u1" });
const child = (name: string, metadata: Partial<KubeObject["metadata"]> = {}) => ({
  type,
  object: {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: "a", annotations, ...metadata },
  },
});
const keys = new Set([childKey(type, { name: "kept", namespace: "a" })]);
const none = new Set<string>();

test.each([
  ["declared", child("kept"), none, false],
  ["not declared", child("old"), none, true],
  ["same name elsewhere", child("kept", { namespace: "b" }), none, true],
  ["not ours", child("old", { annotations: {} }), none, false],
  [
    "being deleted already",
    child("old", { deletionTimestamp: "2026-01-01T00:00:00Z" }),
    none,
    false,
  ],
  ["of an unclear kind", child("old"), new Set(["ConfigMap"]), false],
  ["while everything is unclear", child("old"), new Set([ALL_KINDS]), false],
  ["while another kind is unclear", child("old"), new Set(["Secret"]), true],
] as const)("planPrune() of a child that is %s", (...[, observed, unclear, goes]) => {
  expect(planPrune([observed], { ownerUid: "u1", keys, unclear })).toEqual(goes ? [observed] : []);
});
