import { expect, test } from "bun:test";
import fc from "fast-check";
import type { ChildPolicy, DesiredChild } from "../../../src/apply/child.ts";
import { type Decision, decideChild } from "../../../src/apply/decide.ts";
import { markAnnotations, type Owner, ownerReference } from "../../../src/apply/inventory.ts";
import { builtinKind } from "../../../src/schema/builtin.ts";
import { normalizeObject } from "../../../src/schema/normalize.ts";
import type { KubeObject } from "../../../src/schema/object.ts";
import type { JsonObject } from "../../../src/std/json.ts";

const kind = (apiVersion: string, name: string) => {
  const found = builtinKind(apiVersion, name);
  if (!found) throw new Error(name);
  return found;
};
const CONFIG_MAP = kind("v1", "ConfigMap");
const DEPLOYMENT = kind("apps/v1", "Deployment");

const owner: Owner = {
  type: {
    group: "example.io",
    version: "v1",
    kind: "Website",
    plural: "websites",
    namespaced: true,
  },
  name: "shop",
  namespace: "team-a",
  uid: "u1",
};
const reference = ownerReference(owner, { namespace: "team-a" });

function desired(data: JsonObject, policy: Partial<ChildPolicy> = {}): DesiredChild {
  return {
    id: "x",
    type: CONFIG_MAP.resource,
    rank: 0,
    policy: { isUpdated: true, adopt: false, recreate: false, forceConflict: true, ...policy },
    object: {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: {
        name: "c",
        namespace: "team-a",
        annotations: markAnnotations(owner),
        ...(reference && { ownerReferences: [reference] }),
      },
      data,
    },
  };
}

const ours = (data: JsonObject, metadata: Partial<KubeObject["metadata"]> = {}): KubeObject => {
  const { object } = desired(data);
  return {
    ...object,
    metadata: { ...object.metadata, uid: "c1", resourceVersion: "5", ...metadata },
  };
};
const theirs: KubeObject = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "c", namespace: "team-a", uid: "c2" },
  data: {},
};
const controlled: KubeObject = {
  ...theirs,
  metadata: {
    ...theirs.metadata,
    ownerReferences: [
      { apiVersion: "apps/v1", kind: "Deployment", name: "d", uid: "u9", controller: true },
    ],
  },
};
const marked: KubeObject = {
  ...theirs,
  metadata: { ...theirs.metadata, annotations: markAnnotations(owner) },
};
const leftover = ours(
  { a: "1" },
  {
    ownerReferences: [{ ...(reference ?? ({} as never)), uid: "dead" }],
    annotations: { ...markAnnotations({ ...owner, uid: "dead" }) },
  },
);

test.each([
  ["absent", undefined, {}, "create"],
  ["equal", ours({ a: "1" }), {}, "keep"],
  ["equal, with what others added", ours({ a: "1", theirs: "x" }), {}, "keep"],
  ["another value", ours({ a: "2" }), {}, "update"],
  ["another value, create-only", ours({ a: "2" }), { isUpdated: false }, "keep"],
  ["being deleted", ours({ a: "1" }, { deletionTimestamp: "2026-01-01T00:00:00Z" }), {}, "wait"],
  ["somebody else's", theirs, {}, "refuse"],
  ["somebody else's, adopted", theirs, { adopt: true }, "update"],
  ["another controller's", controlled, {}, "refuse"],
  ["another controller's, adopted", controlled, { adopt: true }, "refuse"],
  ["left over from a dead owner of this name", leftover, {}, "wait"],
] as const)("decideChild(): %s", (...[, observed, policy, decision]) => {
  expect(
    decideChild(desired({ a: "1" }, policy), observed, {
      ownerUid: "u1",
      schema: CONFIG_MAP.schema,
    }).kind,
  ).toBe(decision);
});

test.each([
  ["its controller", controlled, { controller: controlled.metadata.ownerReferences?.[0] }],
  ["the custom resource of another namespace", marked, { owner: "Website.example.io/team-a/shop" }],
  ["nobody, where it has no owner", theirs, {}],
] as const)("decideChild() names with its refusal %s", (...[, observed, expected]) => {
  const decision = decideChild(desired({ a: "1" }), observed, { ownerUid: "u2" });
  expect(decision).toEqual({ kind: "refuse", ...expected } as Decision);
});

test("decideChild() names the fields that differ, with both values, but never those of a Secret", () => {
  const changed = decideChild(desired({ a: "1" }), ours({ a: "2" }), {
    ownerUid: "u1",
    schema: CONFIG_MAP.schema,
  });
  expect(changed).toMatchObject({
    kind: "update",
    uid: "c1",
    fields: [{ path: "data.a", before: "2", after: "1" }],
  });
  const secret = { ...desired({ a: "MQ==" }), type: kind("v1", "Secret").resource };
  const hidden = decideChild(secret, ours({ a: "Mg==" }), {
    ownerUid: "u1",
    schema: kind("v1", "Secret").schema,
  });
  expect(hidden).toMatchObject({ kind: "update", fields: [{ path: "data.a" }] });
  expect(JSON.stringify(hidden)).not.toMatch(/MQ==|Mg==/);
});

test("decideChild() keeps what the server made of the very object that we want", () => {
  const text = fc.stringMatching(/^[a-z]{1,8}$/);
  const container = fc.record(
    {
      name: text,
      image: text,
      ports: fc.uniqueArray(
        fc.record({
          containerPort: fc.integer({ min: 1, max: 9999 }),
          protocol: fc.constant("TCP"),
        }),
        { maxLength: 3, selector: ({ containerPort }) => containerPort },
      ),
      env: fc.uniqueArray(fc.record({ name: text, value: text }), {
        maxLength: 3,
        selector: ({ name }) => name,
      }),
      resources: fc.record({
        limits: fc.record({
          cpu: fc.constantFrom("1", "1000m", "0.5"),
          memory: fc.constantFrom("1Gi", "1024Mi"),
        }),
      }),
    },
    { requiredKeys: ["name", "image"] },
  );
  fc.assert(
    fc.property(
      fc.uniqueArray(container, { minLength: 1, maxLength: 3, selector: ({ name }) => name }),
      fc.integer({ min: 0, max: 9 }),
      (containers, replicas) => {
        const { object: base, ...rest } = desired({});
        const { data: _, ...object } = base;
        const wanted: DesiredChild = {
          ...rest,
          type: DEPLOYMENT.resource,
          object: {
            ...object,
            apiVersion: "apps/v1",
            kind: "Deployment",
            spec: {
              replicas,
              selector: { matchLabels: { app: "x" } },
              template: { metadata: { labels: { app: "x" } }, spec: { containers } },
            } as never,
          },
        };
        const stored = normalizeObject(
          wanted.object as never,
          DEPLOYMENT.schema,
        ) as unknown as KubeObject;
        expect(
          decideChild(wanted, stored, { ownerUid: "u1", schema: DEPLOYMENT.schema }).kind,
        ).toBe("keep");
      },
    ),
  );
});

test.each([
  ["a value", [{ port: 80, targetPort: 8080 }], false],
  ["the key of an item", [{ port: 81, targetPort: 80 }], true],
  [
    "one item more",
    [
      { port: 80, targetPort: 80 },
      { port: 81, targetPort: 80 },
    ],
    true,
  ],
])(
  "decideChild() tells that the shape changed with %s of a keyed list: %#",
  (_, ports, expected) => {
    const SERVICE = kind("v1", "Service");
    const { object, ...rest } = desired({});
    const service = (list: JsonObject[]) => {
      const { data: _data, ...plain } = object;
      return { ...plain, kind: "Service", spec: { ports: list } } as unknown as KubeObject;
    };
    const wanted = { ...rest, type: SERVICE.resource, object: service(ports) };
    const stored = service([{ port: 80, targetPort: 80, protocol: "TCP" } as JsonObject]);
    const live = { ...stored, metadata: { ...stored.metadata, uid: "c1" } };
    const decision = decideChild(wanted, live, { ownerUid: "u1", schema: SERVICE.schema });
    expect(decision).toMatchObject({ kind: "update", isReshaped: expected });
  },
);

test("decideChild() tells what names its owner with another uid, and repairs it where the marks were changed", () => {
  const annotations = { ...markAnnotations(owner), "orkestra.orkspace.io/owner-uid": "u0" };
  const labels = { "orkestra.orkspace.io/managed": "true" };
  const marked = ours({ a: "1" }, { annotations, labels, ownerReferences: [] });
  const wanted = desired({ a: "1" });
  expect(decideChild(wanted, marked, { ownerUid: "u1" })).toEqual({
    kind: "refuse",
    owner: "Website.example.io/team-a/shop",
    namesake: { uid: "u0" },
  });
  const repaired = decideChild(wanted, marked, { ownerUid: "u1", isTampered: true });
  expect(repaired.kind).toBe("update");
  const once = desired({ a: "1" }, { isUpdated: false });
  expect(decideChild(once, marked, { ownerUid: "u1", isTampered: true }).kind).toBe("keep");
});
