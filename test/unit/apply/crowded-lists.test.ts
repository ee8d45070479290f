import { expect, test } from "bun:test";
import { crowdedLists, replacementPatch } from "../../../src/apply/crowded-lists.ts";
import { KubeError } from "../../../src/kube/error.ts";

const refused = (field: string, message: string) =>
  new KubeError("Service is invalid", {
    status: 422,
    reason: "Invalid",
    details: { causes: [{ reason: "FieldValueRequired", field, message }] },
  });
const ofPorts = refused("spec.ports[0].name", "Required value");
const added = { path: "spec.ports[port=80,protocol=TCP]", after: { port: 80 } };

test("crowdedLists() names the list whose new item is refused", () => {
  expect(crowdedLists(ofPorts, [added])).toEqual(["spec.ports"]);
});

test.each([
  ["nothing is new", ofPorts, [{ ...added, before: { port: 80 } }]],
  ["the list is in another list", ofPorts, [{ path: "a.b[name=x].ports[port=80]" }]],
  ["the field cannot change", refused("spec.ports", "field is immutable"), [added]],
  ["another object has the name", refused("metadata.uid", "Invalid value"), [added]],
  ["the refusal is about something else", new KubeError("no", { status: 409 }), [added]],
] as const)("crowdedLists() names none when %s", (_, error, fields) => {
  expect(crowdedLists(error, fields)).toEqual([]);
});

test("replacementPatch() puts the declared list in its place, for the version that was read", () => {
  const object = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "a" },
    spec: { ports: [{ port: 80 }] },
  };
  expect(replacementPatch(object, ["spec.ports", "spec.missing"], "7")).toEqual([
    { op: "replace", path: "/metadata/resourceVersion", value: "7" },
    { op: "add", path: "/spec/ports", value: [{ port: 80 }] },
  ]);
});
