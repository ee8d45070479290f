import { expect, test } from "bun:test";
import { holdersOf } from "../../../src/kube/field-managers.ts";
import type { KubeObject } from "../../../src/schema/object.ts";

const REPLICAS = { "f:spec": { "f:replicas": {} } };

function deployment(managedFields: readonly object[]): KubeObject {
  const metadata = { name: "web", managedFields } as KubeObject["metadata"];
  return { apiVersion: "apps/v1", kind: "Deployment", metadata };
}

test("holdersOf() names the others who hold the field, not us and not those of other fields", () => {
  const object = deployment([
    { manager: "orkestra", operation: "Apply", fieldsV1: REPLICAS },
    { manager: "rival", operation: "Apply", fieldsV1: REPLICAS },
    { manager: "kubectl-edit", operation: "Update", fieldsV1: { "f:spec": { "f:paused": {} } } },
  ]);
  expect(holdersOf(object, "spec.replicas")).toEqual(["rival"]);
  expect(holdersOf(object, "spec.selector")).toEqual([]);
});

test("holdersOf() of an object without managedFields names nobody", () => {
  expect(holdersOf({ apiVersion: "v1", kind: "A", metadata: { name: "a" } }, "spec")).toEqual([]);
});
