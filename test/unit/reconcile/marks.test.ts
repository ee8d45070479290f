import { expect, test } from "bun:test";
import {
  FINALIZER,
  finalizerRemoval,
  guardedPatch,
  planMarks,
} from "../../../src/reconcile/marks.ts";
import type { KubeObject } from "../../../src/schema/object.ts";

const options = {
  katalogName: "web",
  configDigest: "d1",
  childKinds: { text: "v1/ConfigMap", isDue: false },
  labels: { tier: "gold" },
  finalizers: [],
  nowMs: 0,
};
const object = (metadata: Partial<KubeObject["metadata"]> = {}): KubeObject => ({
  apiVersion: "example.io/v1",
  kind: "Website",
  metadata: { name: "shop", namespace: "a", uid: "u1", resourceVersion: "7", ...metadata },
});

function marked(): KubeObject {
  return object(planMarks(object(), options) as Partial<KubeObject["metadata"]>);
}

test("planMarks() puts finalizer, label and annotations into one change", () => {
  expect(planMarks(object(), options)).toEqual({
    finalizers: [FINALIZER],
    labels: { tier: "gold", "orkestra.orkspace.io/managed": "true" },
    annotations: {
      "orkestra.orkspace.io/managed-by": "web",
      "orkestra.orkspace.io/config-digest": "d1",
      "orkestra.orkspace.io/managed-since": "1970-01-01T00:00:00.000Z",
      "orkestra.orkspace.io/child-kinds": "v1/ConfigMap",
    },
  });
});

test("guardedPatch() names uid and version", () => {
  expect(guardedPatch(object(), { labels: { a: "b" } })).toEqual({
    metadata: { uid: "u1", resourceVersion: "7", labels: { a: "b" } },
  });
});

test.each([
  ["everything is in place", marked(), {}, undefined],
  ["it is being deleted", object({ deletionTimestamp: "2026-01-01T00:00:00Z" }), {}, undefined],
  ["a kind is there no more", marked(), { childKinds: { text: "", isDue: false } }, undefined],
  [
    "a kind is not marked yet",
    marked(),
    { childKinds: { text: "v1/Secret", isDue: true } },
    { annotations: { "orkestra.orkspace.io/child-kinds": "v1/Secret" } },
  ],
  [
    "the digest is new",
    marked(),
    { configDigest: "d2", childKinds: { text: "v1/Secret", isDue: false }, nowMs: 99 },
    {
      annotations: {
        "orkestra.orkspace.io/config-digest": "d2",
        "orkestra.orkspace.io/child-kinds": "v1/Secret",
      },
    },
  ],
  ["a label differs", marked(), { labels: { tier: "free" } }, { labels: { tier: "free" } }],
  [
    "another finalizer is asked for",
    marked(),
    { finalizers: ["x.io/y"] },
    { finalizers: [FINALIZER, "x.io/y"] },
  ],
] as const)("planMarks() when %s", (...[, seen, changed, expected]) => {
  const patch = planMarks(seen, { ...options, ...changed });
  expect<unknown>(patch).toEqual(expected);
});

test("planMarks() keeps the finalizers of others", () => {
  const patch = planMarks(object({ finalizers: ["other.io/x"] }), options);
  expect(patch).toMatchObject({ finalizers: ["other.io/x", FINALIZER] });
});

test("finalizerRemoval() tests uid, version and place before it removes ours", () => {
  expect(finalizerRemoval(object({ finalizers: ["other.io/x", FINALIZER] }))).toEqual([
    { op: "test", path: "/metadata/uid", value: "u1" },
    { op: "test", path: "/metadata/resourceVersion", value: "7" },
    { op: "test", path: "/metadata/finalizers/1", value: FINALIZER },
    { op: "remove", path: "/metadata/finalizers/1" },
  ]);
});
