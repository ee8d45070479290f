import { expect, test } from "bun:test";
import { handOverPatch } from "../../../src/apply/handover.ts";
import { fieldsToLetGo } from "../../../src/apply/let-go.ts";
import { builtinKind } from "../../../src/schema/builtin.ts";
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

const REPLICAS = [["f:spec", "f:replicas"]];
const owning = (entry: JsonObject, spec: JsonObject) => ({
  ...entry,
  fieldsV1: { "f:spec": spec },
});
const owned = { "f:replicas": {}, "f:template": {} };

test.each([
  [
    "the entry of the creation, which becomes one of applies",
    [other, owning(created, owned)],
    [
      { op: "remove", path: "/metadata/managedFields/1/fieldsV1/f:spec/f:replicas" },
      { op: "replace", path: "/metadata/managedFields/1/operation", value: "Apply" },
    ],
  ],
  [
    "the entry of applies, and drops the other one",
    [owning(created, owned), owning(applied, owned)],
    [
      { op: "remove", path: "/metadata/managedFields/1/fieldsV1/f:spec/f:replicas" },
      { op: "remove", path: "/metadata/managedFields/0" },
    ],
  ],
  [
    "the entry of applies, where that is all there is",
    [owning(applied, owned), owning(other, owned)],
    [{ op: "remove", path: "/metadata/managedFields/0/fieldsV1/f:spec/f:replicas" }],
  ],
  [
    "it with what it would leave empty",
    [owning(applied, { "f:replicas": {} })],
    [{ op: "remove", path: "/metadata/managedFields/0/fieldsV1/f:spec" }],
  ],
])("handOverPatch() takes what is let go out of %s", (_, managedFields, operations) => {
  expect(handOverPatch(child(...managedFields), REPLICAS)).toEqual([version, ...operations]);
});

test("handOverPatch() does nothing about what is let go and not held", () => {
  expect(handOverPatch(child(owning(applied, { "f:template": {} })), REPLICAS)).toBeUndefined();
});

test.each([
  ["Deployment", {}, REPLICAS],
  ["Deployment", { replicas: 0 }, []],
  ["DaemonSet", {}, []],
])("fieldsToLetGo() of a %s with %p", (kind, spec, expected) => {
  const type = builtinKind("apps/v1", kind)?.resource;
  if (!type) throw new Error(`no kind ${kind}`);
  expect(fieldsToLetGo(type, { ...child(), spec })).toEqual(expected);
});
