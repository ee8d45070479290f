import { describe, expect, test } from "bun:test";
import { documentDifferences } from "../../../src/preview/document-differences.ts";
import { objectDifferences } from "../../../src/preview/object-differences.ts";
import { objectPlans } from "../../../src/preview/object-plan.ts";
import { builtinKind } from "../../../src/schema/builtin.ts";
import type { KubeObject } from "../../../src/schema/object.ts";
import type { Json } from "../../../src/std/json.ts";
import { MAPS, map } from "./recording-client.ts";

describe("objectDifferences()", () => {
  test("says what is set, changed and gone", () => {
    const before = map("m", { data: { a: "1", b: "2", c: "3" } });
    const after = map("m", { data: { a: "1", b: "9", d: "4" } });
    expect(objectDifferences(before, after, builtinKind("v1", "ConfigMap")?.schema)).toEqual([
      { path: "data.b", before: "2", after: "9" },
      { path: "data.d", after: "4" },
      { path: "data.c", before: "3" },
    ]);
  });

  test("what the server counts is no difference", () => {
    const before = map("m", {}, { resourceVersion: "1", generation: 1, uid: "u" });
    const managedFields = [{ manager: "x" }];
    const after = map("m", {}, { resourceVersion: "2", generation: 2, uid: "v", managedFields });
    expect(objectDifferences(before, after)).toEqual([]);
  });

  test("an object against itself has none, whatever is in it", () => {
    const object = map("m", { data: { a: "1" }, list: [1, { a: [] }] });
    expect(objectDifferences(object, structuredClone(object))).toEqual([]);
  });

  test("conditions are told by their type; when they changed is no difference", () => {
    const at = (lastTransitionTime: string, ...more: object[]) =>
      map("m", { status: { a: 1, conditions: [{ type: "Ready", lastTransitionTime }, ...more] } });
    expect(objectDifferences(at("1"), at("2"))).toEqual([]);
    const [was, is] = [
      { status: "False", reason: "Waits" },
      { status: "True", reason: "Settled" },
    ];
    expect(
      objectDifferences(at("1", { type: "X", ...was }), at("2", { type: "X", ...is })),
    ).toEqual([
      { path: "status.conditions[type=X].status", before: "False", after: "True" },
      { path: "status.conditions[type=X].reason", before: "Waits", after: "Settled" },
    ]);
  });

  test("values of Secrets never show, nor what is called like one", () => {
    const secret = (value: string) =>
      ({ ...map("s", { data: { key: value } }), kind: "Secret" }) as KubeObject;
    expect(objectDifferences(secret("Y2FuYXJ5MQ=="), secret("Y2FuYXJ5Mg=="))).toEqual([
      { path: "data.key" },
    ]);
    const spec = (password: string) => map("m", { spec: { password, deep: [{ password }] } });
    const told = objectDifferences(spec("canary-1"), spec("canary-2"));
    expect(told.map(({ path }) => path)).toEqual(["spec.password", "spec.deep"]);
    expect(JSON.stringify(told)).not.toContain("canary");
  });
});

describe("documentDifferences()", () => {
  const document = (replicas: number, ids: readonly string[]): Json => ({
    metadata: { name: "k" },
    crds: [{ name: "web", box: { children: ids.map((id) => ({ id, fields: { replicas } })) } }],
  });

  test("entries and children are told by their names, not by their places", () => {
    expect(documentDifferences(document(1, ["x", "y"]), document(1, ["y", "x"]))).toEqual([]);
    expect(documentDifferences(document(1, ["x"]), document(2, ["x"]))).toEqual([
      { path: "crds[web].box.children[x].fields.replicas", before: 1, after: 2 },
    ]);
    expect(documentDifferences(document(1, ["x"]), document(1, ["x", "y"]))).toEqual([
      { path: "crds[web].box.children[y]", after: { id: "y", fields: { replicas: 1 } } },
    ]);
  });

  test("plain lists are compared as a whole, and so are those with twins", () => {
    expect(documentDifferences({ a: [1, 2] }, { a: [2, 1] })).toEqual([
      { path: "a", before: [1, 2], after: [2, 1] },
    ]);
    const twins = (value: number) => ({ a: [{ name: "x" }, { name: "x", value }] });
    expect(documentDifferences(twins(1), twins(2))).toHaveLength(1);
  });
});

describe("objectPlans()", () => {
  const write = { type: MAPS, namespace: "a", name: "m", isChecked: true } as const;
  const before = map("m", { data: { a: "1" } });
  const after = map("m", { data: { a: "2" } });

  test.each([
    ["create", [{ ...write, verb: "create", after }], "create"],
    ["apply", [{ ...write, verb: "apply", before, after }], "update"],
    ["delete", [{ ...write, verb: "delete", before }], "delete"],
    [
      "delete and create",
      [
        { ...write, verb: "delete", before },
        { ...write, verb: "create", after },
      ],
      "recreate",
    ],
    ["a write that changes nothing", [{ ...write, verb: "patch", before, after: before }], "keep"],
  ] as const)("%s", (_, writes, action) => {
    expect(objectPlans(writes, () => undefined)).toMatchObject([
      { action, kind: "ConfigMap", name: "m" },
    ]);
  });

  test("several writes to one object are one change, from the first to the last", () => {
    const status = { ...after, status: { x: 1 } } as KubeObject;
    const plans = objectPlans(
      [
        { ...write, verb: "patch", before, after },
        { ...write, verb: "patch", subresource: "status", before, after: status },
      ],
      () => undefined,
    );
    expect(plans).toMatchObject([{ action: "update", requests: ["patch", "patch status"] }]);
    expect(plans[0]?.fields.map(({ path }) => path)).toEqual(["data.a", "status"]);
  });
});

test("objectPlans() says what is lost for good", () => {
  const generated = { "orkestra.orkspace.io/generated": "true" };
  const of = (kind: string, annotations: Record<string, string> = {}) => {
    const before = { ...map("m"), kind };
    const object = { ...before, metadata: { ...before.metadata, annotations } } as KubeObject;
    const write = { type: { ...MAPS, kind }, name: "m", isChecked: true, before: object } as const;
    const remove = { ...write, verb: "delete" } as const;
    const make = { ...write, verb: "create", after: object } as const;
    const losses = [[remove], [remove, make], [{ ...make, verb: "apply" } as const]].map(
      (writes) => objectPlans(writes, () => undefined)[0]?.loses,
    );
    return losses;
  };
  expect(of("Secret", generated)).toEqual(["its generated value is lost", undefined, undefined]);
  expect(of("Secret")).toEqual([undefined, undefined, undefined]);
  const claim = "the data of its volume is lost, unless the volume is one that is retained";
  expect(of("PersistentVolumeClaim")).toEqual([claim, claim, undefined]);
});

test("objectPlans() tells what is said of a new object, and no secret of it", () => {
  const sent = map("m", { data: { text: "hello", "a.b": "1" }, list: [1] });
  const after = { ...sent, immutable: true };
  const write = { verb: "create", type: MAPS, name: "m", isChecked: true, sent, after } as const;
  expect(objectPlans([write], () => undefined)[0]?.fields).toEqual([
    { path: "data.text", after: "hello" },
    { path: "data[a.b]", after: "1" },
    { path: "list", after: [1] },
  ]);
  const secret = { ...sent, kind: "Secret" };
  const [told] = objectPlans([{ ...write, sent: secret, after: secret }], () => undefined);
  expect(told?.fields[0]).toEqual({ path: "data.text" });
});

test("objectPlans() names fields that stay and are no longer ours", () => {
  const fieldsV1 = { "f:data": { "f:a": {}, "f:b": {}, "f:c": {} } };
  const managedFields = [
    { manager: "orkestra", operation: "Apply", fieldsV1 },
    { manager: "kubectl", operation: "Update", fieldsV1: { "f:data": { "f:b": {} } } },
  ];
  const data = { a: "1", b: "2", c: "3" };
  const before = map("m", { data }, { managedFields });
  const sent = map("m", { data: { a: "1" } });
  const after = map("m", { data: { a: "1", b: "2" } }, { annotations: { shape: "x" } });
  const write = { verb: "apply", type: MAPS, name: "m", isChecked: true } as const;
  const [told] = objectPlans([{ ...write, before, sent, after }], () => undefined);
  expect(told?.fields.map(({ path }) => path)).toContain("data.c");
  expect(told?.released).toEqual(["data.b"]);
});
