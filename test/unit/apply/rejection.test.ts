import { expect, test } from "bun:test";
import {
  explainRejection,
  immutableFields,
  isAnotherObject,
  unknownFields,
} from "../../../src/apply/rejection.ts";
import { KubeError } from "../../../src/kube/error.ts";
import { builtinKind } from "../../../src/schema/builtin.ts";

const answer = (status: number, reason: string, causes: readonly Record<string, string>[] = []) =>
  new KubeError(`${reason} of the server`, {
    status,
    reason,
    details: { causes: causes as never },
  });

// Bodies as kube-apiserver 1.36 sends them.
const SELECTOR = answer(422, "Invalid", [
  {
    reason: "FieldValueInvalid",
    field: "spec.selector",
    message: 'Invalid value: {"matchLabels":{}}: field is immutable',
  },
]);
const CLAIM = answer(422, "Invalid", [
  {
    reason: "FieldValueForbidden",
    field: "spec",
    message: "Forbidden: spec is immutable after creation except resources.requests",
  },
]);
const STATEFUL = answer(422, "Invalid", [
  {
    reason: "FieldValueForbidden",
    field: "spec",
    message:
      "Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template' are forbidden",
  },
]);
const OTHER_UID = answer(422, "Invalid", [
  {
    reason: "FieldValueInvalid",
    field: "metadata.uid",
    message: 'Invalid value: "x": field is immutable',
  },
]);
const GONE = answer(409, "Conflict");
const MANAGED = answer(409, "Conflict", [
  {
    reason: "FieldManagerConflict",
    field: ".spec.replicas",
    message: 'conflict with "kubectl" using apps/v1',
  },
]);
const TERMINATING = answer(403, "Forbidden", [
  {
    reason: "NamespaceTerminating",
    field: "metadata.namespace",
    message: "namespace x is being terminated",
  },
]);
const DENIED = new KubeError(
  'configmaps is forbidden: User "u" cannot create resource "configmaps" in API group "" in the namespace "a"',
  { status: 403, reason: "Forbidden" },
);
const QUOTA = new KubeError('pods "p" is forbidden: exceeded quota: small, requested: pods=1', {
  status: 403,
  reason: "Forbidden",
});
const BAD = answer(422, "Invalid", [
  { reason: "FieldValueRequired", field: "spec.x", message: "Required value" },
]);

const STRICT = new KubeError(
  'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "metadata.foo", unknown field "spec.template.spec.containers[0].imag"',
  { status: 400, reason: "BadRequest" },
);
const untyped = (what: string, why: string) =>
  new KubeError(
    `failed to create typed ${what} object (default/d; apps/v1, Kind=Deployment): ${why}`,
    { status: 500 },
  );
const UNDECLARED = untyped("patch", ".spec.templat: field not declared in schema");
const SEVERAL = untyped(
  "patch",
  'errors:\n  .spec.templat: field not declared in schema\n  .spec.template.spec.containers[name="x"].ports[containerPort=80,protocol="TCP"].nam: field not declared in schema\n  .spec.replicas: expected numeric (int or float), got string',
);
const MISTYPED = untyped(
  "patch",
  '.spec.template.spec.containers[name="x"].ports: duplicate entries for key [containerPort=80,protocol="TCP"]',
);

test.each([
  [STRICT, ["metadata.foo", "spec.template.spec.containers[0].imag"]],
  [UNDECLARED, ["spec.templat"]],
  [
    SEVERAL,
    [
      "spec.templat",
      "spec.template.spec.containers[name=x].ports[containerPort=80,protocol=TCP].nam",
    ],
  ],
  [MISTYPED, []],
  [untyped("live", ".spec.old: field not declared in schema"), []],
  [BAD, []],
  [new Error("unknown field"), []],
] as const)("unknownFields() of %s are %j", (error, fields) => {
  expect(unknownFields(error)).toEqual([...fields]);
});

test("explainRejection() names an unknown field and the entry, of a Secret too", () => {
  const entry = "onReconcile.custom[0]";
  expect(explainRejection('Deployment "a/b"', UNDECLARED, { entry }).message).toBe(
    'Cannot write Deployment "a/b" of "onReconcile.custom[0]": its kind has no field "spec.templat", correct the name or leave it out',
  );
  const { schema } = builtinKind("apps/v1", "Deployment") ?? {};
  expect(explainRejection('Deployment "a/b"', SEVERAL, { schema }).message).toContain(
    'no field "spec.templat" (did you mean "template"?), "spec.template.spec.containers[name=x].ports[containerPort=80,protocol=TCP].nam" (did you mean "name"?), correct',
  );
  expect(explainRejection('Secret "a/b"', STRICT).message).toContain('"metadata.foo"');
});

const NOT_LOGGED_IN = new KubeError("Cannot authenticate to x: login expired", {
  status: 0,
  reason: "Unauthenticated",
});

test.each([
  [SELECTOR, "immutable", '"spec.selector"'],
  [CLAIM, "immutable", "recreate: true"],
  [STATEFUL, "immutable", "recreate: true"],
  [OTHER_UID, "stale", "in the meantime"],
  [GONE, "stale", "in the meantime"],
  [MANAGED, "contested", "spec.replicas"],
  [TERMINATING, "rejected", "is being deleted"],
  [DENIED, "rejected", "ork rbac"],
  [QUOTA, "rejected", 'refused it (Forbidden): pods "p" is forbidden: exceeded quota'],
  [BAD, "rejected", "Invalid"],
  [UNDECLARED, "rejected", "spec.templat"],
  [MISTYPED, "rejected", "duplicate entries"],
  [answer(404, "NotFound"), "rejected", "does not exist"],
  [new KubeError("no way", { status: 0 }), "rejected", "did not answer"],
  [NOT_LOGGED_IN, "rejected", '"a/b": cannot authenticate to x: login expired'],
  [new KubeError("The server does not", { status: 401 }), "rejected", '": the server does not'],
] as const)("explainRejection() of %s is %s and says %s", (error, code, text) => {
  const explained = explainRejection('Deployment "a/b"', error);
  expect(explained.code).toBe(code);
  expect(explained.message).toContain('Deployment "a/b"');
  expect(explained.message).toContain(text);
  expect(explained.cause).toBe(error);
});

test.each([
  ['RoleBinding "a/b"', "the role that it names does not exist yet"],
  ['ClusterRoleBinding "b"', "the role that it names does not exist yet"],
  ['Role "a/b"', "its namespace or kind does not exist"],
])("explainRejection() says of a 404 for %s that %s", (title, text) => {
  const kind = title.split(" ", 1)[0] ?? "";
  expect(explainRejection(title, answer(404, "NotFound"), { kind }).message).toBe(
    `Cannot write ${title}: ${text}`,
  );
});

test("immutableFields() does not take another object's uid for an immutable field", () => {
  expect(immutableFields(OTHER_UID)).toEqual([]);
  expect(isAnotherObject(OTHER_UID)).toBe(true);
  expect(isAnotherObject(SELECTOR)).toBe(false);
});
