import { expect, test } from "bun:test";
import { isOfNamesake, isTampered, leftBehindText } from "../../../src/apply/reclaim.ts";
import type { KubeObject } from "../../../src/schema/object.ts";

const OWNER = "orkestra.orkspace.io/owner";
const UID = "orkestra.orkspace.io/owner-uid";
const namesake = { text: "Box.t.dev/a/b", uid: "u2", bornAt: "2026-11-22T11:00:00Z" };

const entry = (manager: string, ...annotations: readonly string[]) => ({
  manager,
  operation: "Update",
  fieldsV1: {
    "f:metadata": {
      "f:annotations": Object.fromEntries(annotations.map((name) => [`f:${name}`, {}])),
    },
  },
});
const CHANGED = [entry("orkestra", OWNER), entry("kubectl-annotate", UID)];

function object(metadata: object = {}): KubeObject {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: "c",
      labels: { "orkestra.orkspace.io/managed": "true" },
      annotations: { [OWNER]: namesake.text, [UID]: "zzz" },
      creationTimestamp: "2026-11-22T11:00:00Z",
      managedFields: CHANGED,
      ...metadata,
    },
  };
}

test.each<[string, object, boolean]>([
  ["whose uid somebody changed", {}, true],
  [
    "whose uid somebody removed",
    { annotations: { [OWNER]: namesake.text }, managedFields: [entry("orkestra", OWNER)] },
    true,
  ],
  ["whose uid we wrote", { managedFields: [entry("orkestra", OWNER, UID)] }, false],
  ["that somebody else made", { managedFields: [entry("velero-server", OWNER, UID)] }, false],
  ["without bookkeeping", { managedFields: undefined }, false],
  ["that is older than its owner", { creationTimestamp: "2026-11-22T10:59:59Z" }, false],
  ["of another owner", { annotations: { [OWNER]: "Box.t.dev/a/c", [UID]: "zzz" } }, false],
  ["without our label", { labels: {} }, false],
  [
    "that the garbage collector sees to",
    { ownerReferences: [{ apiVersion: "v1", kind: "Box", name: "b", uid: "u1" }] },
    false,
  ],
])("isTampered() of an object %s: %#", (_, metadata, expected) => {
  expect(isTampered(object(metadata), namesake)).toBe(expected);
});

test("isOfNamesake() is not true of a child", () => {
  expect(isOfNamesake(object(), namesake)).toBe(true);
  const annotations = { [OWNER]: namesake.text, [UID]: namesake.uid };
  expect(isOfNamesake(object({ annotations }), namesake)).toBe(false);
});

test("leftBehindText() names owner and uid, where it is known", () => {
  const owner = namesake.text;
  expect(leftBehindText({ owner, ownerUid: "u1" })).toBe(
    'left behind by an earlier "Box.t.dev/a/b" (uid u1) that is gone',
  );
  expect(leftBehindText({ owner })).toBe('left behind by an earlier "Box.t.dev/a/b" that is gone');
});
