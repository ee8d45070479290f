import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  isOwnedBy,
  labelValue,
  markAnnotations,
  type Owner,
  ownerKeyOf,
  ownerReference,
} from "../../../src/apply/inventory.ts";
import type { KubeObject, ResourceType } from "../../../src/schema/object.ts";

const website: ResourceType = {
  group: "example.io",
  version: "v1",
  kind: "Website",
  plural: "websites",
  namespaced: true,
};
const shop: Owner = { type: website, name: "shop", namespace: "team-a", uid: "u1" };
const realm: Owner = {
  type: { ...website, kind: "Realm", namespaced: false },
  name: "r",
  uid: "u2",
};

const childOf = (metadata: Partial<KubeObject["metadata"]>): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "c", namespace: "team-a", ...metadata },
});

test("labelValue() keeps short texts and shortens long ones to valid, distinct values", () => {
  expect(labelValue("shop")).toBe("shop");
  const name = fc.stringMatching(/^[a-z0-9]([a-z0-9.-]{60,100})[a-z0-9]$/);
  fc.assert(
    fc.property(name, name, (left, right) => {
      expect(labelValue(left)).toMatch(/^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/);
      expect(labelValue(left) === labelValue(right)).toBe(left === right);
    }),
  );
});

test.each([
  ["same namespace", shop, { namespace: "team-a" }, true],
  ["other namespace", shop, { namespace: "team-b" }, false],
  ["cluster-scoped child of a namespaced owner", shop, {}, false],
  ["child of a cluster-scoped owner", realm, { namespace: "team-a" }, true],
  ["cluster-scoped child of a cluster-scoped owner", realm, {}, true],
] as const)(
  "ownerReference() is given exactly where it is legal: %s",
  (...[, owner, child, isLegal]) => {
    expect(ownerReference(owner, child) !== undefined).toBe(isLegal);
  },
);

test("isOwnedBy() goes by owner reference or annotation, and by uid alone", () => {
  expect(isOwnedBy(childOf({ annotations: markAnnotations(shop) }), "u1")).toBe(true);
  expect(isOwnedBy(childOf({ annotations: markAnnotations(shop) }), "u9")).toBe(false);
  const reference = ownerReference(shop, { namespace: "team-a" });
  expect(isOwnedBy(childOf({ ownerReferences: reference ? [reference] : [] }), "u1")).toBe(true);
});

test("ownerKeyOf() gives the queue key for the owner's kind only", () => {
  const marked = childOf({ namespace: "elsewhere", annotations: markAnnotations(shop) });
  expect(ownerKeyOf(marked, website)).toBe("team-a/shop");
  expect(ownerKeyOf(marked, { ...website, group: "other.io" })).toBeUndefined();
  const reference = ownerReference(shop, { namespace: "team-a" });
  const referenced = childOf({ ownerReferences: reference ? [reference] : [] });
  expect(ownerKeyOf(referenced, website)).toBe("team-a/shop");
  expect(ownerKeyOf(referenced, { ...website, version: "v2" })).toBe("team-a/shop");
  expect(ownerKeyOf(childOf({}), website)).toBeUndefined();
});
