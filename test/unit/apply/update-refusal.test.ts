import { describe, expect, test } from "bun:test";
import { explainRejection, immutableError, immutableFields } from "../../../src/apply/rejection.ts";
import { concernsUpdate, mayConcernUpdate } from "../../../src/apply/update-refusal.ts";
import { KubeError } from "../../../src/kube/error.ts";

const invalid = (...causes: readonly (readonly [field: string, message: string])[]) =>
  new KubeError("x is invalid", {
    status: 422,
    reason: "Invalid",
    details: {
      causes: causes.map(([field, message]) => ({ reason: "FieldValueInvalid", field, message })),
    },
  });
const RESIZE = new KubeError(
  'persistentvolumeclaims "c" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
  { status: 403, reason: "Forbidden" },
);

// As kube-apiserver 1.36.3 answered to an apply that changes such a field.
const POD =
  "Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.tolerations` (only additions to existing tolerations)";
const WORDS: readonly (readonly [kind: string, field: string, message: string])[] = [
  ["RoleBinding", "roleRef", 'Invalid value: {"Name":"edit"}: cannot change roleRef'],
  ["Service", "spec.clusterIPs[0]", 'Invalid value: ["None"]: may not change once set'],
  ["Service", "spec.loadBalancerClass", 'Invalid value: "a/c": may not change once set'],
  ["Service", "spec.healthCheckNodePort", "Forbidden: field is immutable"],
  ["Pod", "spec", POD],
  ["Pod", "spec.containers", "Forbidden: pod updates may not add or remove containers"],
  ["Job", "spec.template", 'Invalid value: {"labels":{}}: field is immutable'],
  ["Job", "spec.completions", "Invalid value: 2: field is immutable"],
  ["Deployment", "spec.selector", 'Invalid value: {"matchLabels":{}}: field is immutable'],
  [
    "StatefulSet",
    "spec",
    "Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals' and 'minReadySeconds' are forbidden",
  ],
  [
    "PersistentVolumeClaim",
    "spec",
    "Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n@@ -1,6 +1,6 @@",
  ],
  [
    "PersistentVolume",
    "spec.persistentvolumesource",
    "Forbidden: spec.persistentvolumesource is immutable after creation",
  ],
  ["ConfigMap", "data", "Forbidden: field is immutable when `immutable` is set"],
  ["Secret", "type", 'Invalid value: "kubernetes.io/basic-auth": field is immutable'],
  ["StorageClass", "parameters", 'Invalid value: {"x":"2"}: field is immutable'],
  ["IngressClass", "spec.controller", 'Invalid value: "a/c": field is immutable'],
  ["PriorityClass", "value", "Forbidden: may not be changed in an update."],
  ["VolumeAttributesClass", "parameters", "Forbidden: updates to parameters are forbidden."],
  ["CustomResourceDefinition", "spec.scope", 'Invalid value: "Cluster": field is immutable'],
];

test.each(WORDS)("immutableFields() knows how %s says it of %s", (kind, field, message) => {
  const error = invalid([field, message]);
  expect(immutableFields(error)).toEqual([field]);
  expect(mayConcernUpdate(error)).toBe(true);
  const told = explainRejection(`${kind} "a/b"`, error);
  expect(told.code).toBe("immutable");
  expect(told.message).toBe(
    `Cannot change "${field}" of ${kind} "a/b": the field is immutable, set "recreate: true" on the entry or delete the object`,
  );
});

test("immutableFields() knows a claim that cannot grow, and no other 403", () => {
  expect(immutableFields(RESIZE)).toEqual(["spec.resources.requests.storage"]);
  expect(mayConcernUpdate(RESIZE)).toBe(true);
  const denied = new KubeError("x cannot patch resource", { status: 403, reason: "Forbidden" });
  expect(mayConcernUpdate(denied)).toBe(false);
});

test.each([
  ["a policy, which names no field", invalid(["", "denied by policy"])],
  ["another object of the name", invalid(["metadata.uid", "field is immutable"])],
  ["a conflict", new KubeError("x", { status: 409, reason: "Conflict" })],
  ["a server that does not answer", new KubeError("x", { status: 0 })],
])("mayConcernUpdate() is false for %s", (_, error) => {
  expect(mayConcernUpdate(error)).toBe(false);
});

describe("concernsUpdate()", () => {
  const rule = invalid(["spec.a", 'Invalid value: "y": stick with your choice']);
  const words = invalid(["spec.selector", "field is immutable"]);
  const taken = new KubeError("x already exists", { status: 409, reason: "AlreadyExists" });
  const changes = [{ path: "spec.clusterIP", after: "10.0.0.9" }];
  const throwing = (error: Error) => () => Promise.reject(error);

  test.each([
    ["nothing but the name is taken", rule, throwing(taken)],
    ["the object is gone by now", rule, async () => undefined],
    [
      "it holds the port itself",
      words,
      throwing(
        invalid([
          "spec.ports[0].nodePort",
          "Invalid value: 30080: provided port is already allocated",
        ]),
      ),
    ],
    [
      "no dry run is possible, and the words say so",
      words,
      throwing(new KubeError("does not support dry run", { status: 400, reason: "BadRequest" })),
    ],
  ])("is true when %s", async (_, error, tryCreate) => {
    expect(await concernsUpdate(error, { changes: [], tryCreate })).toBe(true);
  });

  test("is false when no dry run is possible and the words are not known", async () => {
    const answer = new KubeError("does not support dry run", { status: 400 });
    expect(await concernsUpdate(rule, { changes: [], tryCreate: throwing(answer) })).toBe(false);
  });

  test.each([
    [
      "what is declared is invalid itself",
      invalid(["spec.template.metadata.labels", "`selector` does not match"]),
    ],
    [
      "another object holds the address",
      invalid([
        "spec.clusterIPs",
        "failed to allocate IP 10.0.0.9: provided IP is already allocated",
      ]),
    ],
    ["the server is busy", new KubeError("x", { status: 429 })],
    ["the server does not answer", new KubeError("x", { status: 0 })],
  ])("throws the answer when %s", async (_, answer) => {
    await expect(concernsUpdate(words, { changes, tryCreate: throwing(answer) })).rejects.toBe(
      answer,
    );
  });
});

test("immutableError() names what was to change within a field that holds others, three at most", () => {
  const changes = ["a", "b", "c", "d"].map((name) => ({ path: `spec.${name}` }));
  const error = invalid(["spec", POD], ["spec", POD]);
  expect(immutableError('Pod "a/b"', error, changes).message).toStartWith(
    'Cannot change "spec" ("spec.a", "spec.b", "spec.c" and 1 more) of Pod "a/b": the field',
  );
  const rule = invalid(["spec.a", "stick with your choice"]);
  expect(immutableError('Im "a/b"', rule, changes).message).toBe(
    'Cannot change "spec.a" of Im "a/b": the server refuses to change it, set "recreate: true" on the entry or delete the object',
  );
});
