import { expect, test } from "bun:test";
import { inStages } from "../../../src/apply/child.ts";
import type { ResourceType } from "../../../src/schema/object.ts";

function child(kind: string, group = "") {
  const type: ResourceType = { group, version: "v1", kind, plural: "any", namespaced: true };
  return { type };
}

const RBAC = "rbac.authorization.k8s.io";

test("inStages() puts what others need before them, and keeps the order of the rest", () => {
  const [map, binding, role, space] = [
    child("ConfigMap"),
    child("RoleBinding", RBAC),
    child("Role", RBAC),
    child("Namespace"),
  ];
  expect(inStages([map, binding, role, space])).toEqual([[space], [role], [map, binding]]);
});

test("inStages() has no empty stage, and takes no kind of another group for one of Kubernetes", () => {
  const foreign = child("Role", "iam.example.com");
  expect(inStages([foreign])).toEqual([[foreign]]);
  expect(inStages([])).toEqual([]);
});
