import { expect, test } from "bun:test";
import { handOverPatch } from "../../../src/apply/handover.ts";
import type { KubeObject } from "../../../src/schema/object.ts";
import type { JsonObject } from "../../../src/std/json.ts";

function child(...managedFields: JsonObject[]): KubeObject {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "m", namespace: "default", resourceVersion: "7", managedFields },
  };
}
const created = { manager: "orkestra", operation: "Update" };
const applied = { manager: "orkestra", operation: "Apply" };
const status = { manager: "orkestra", operation: "Update", subresource: "status" };
const other = { manager: "kubectl-edit", operation: "Update" };
const version = { op: "replace", path: "/metadata/resourceVersion", value: "7" };

test("handOverPatch() turns the entry of the creation into one of applies", () => {
  expect(handOverPatch(child(other, created))).toEqual([
    version,
    { op: "replace", path: "/metadata/managedFields/1/operation", value: "Apply" },
  ]);
});

test("handOverPatch() drops the entry of the creation where there is one of applies", () => {
  expect(handOverPatch(child(applied, other, created))).toEqual([
    version,
    { op: "remove", path: "/metadata/managedFields/2" },
  ]);
});

test("handOverPatch() leaves alone what is not ours to hand over", () => {
  expect(handOverPatch(child(applied, other, status))).toBeUndefined();
  expect(handOverPatch(child())).toBeUndefined();
});
