import { expect, test } from "bun:test";
import {
  explainRejection,
  immutableFields,
  isAnotherObject,
} from "../../../src/apply/rejection.ts";
import { KubeError } from "../../../src/kube/error.ts";

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

test.each([
  [SELECTOR, "immutable", '"spec.selector"'],
  [CLAIM, "immutable", "recreate: true"],
  [STATEFUL, "immutable", "recreate: true"],
  [OTHER_UID, "stale", "in the meantime"],
  [GONE, "stale", "in the meantime"],
  [MANAGED, "contested", "spec.replicas"],
  [TERMINATING, "rejected", "is being deleted"],
  [DENIED, "rejected", "RBAC"],
  [QUOTA, "rejected", 'refused it (Forbidden): pods "p" is forbidden: exceeded quota'],
  [BAD, "rejected", "Invalid"],
  [answer(404, "NotFound"), "rejected", "does not exist"],
  [new KubeError("no way", { status: 0 }), "rejected", "did not answer"],
] as const)("explainRejection() of %s is %s and says %s", (error, code, text) => {
  const explained = explainRejection('Deployment "a/b"', error);
  expect(explained.code).toBe(code);
  expect(explained.message).toContain('Deployment "a/b"');
  expect(explained.message).toContain(text);
  expect(explained.cause).toBe(error);
});

test("immutableFields() does not take another object's uid for an immutable field", () => {
  expect(immutableFields(OTHER_UID)).toEqual([]);
  expect(isAnotherObject(OTHER_UID)).toBe(true);
  expect(isAnotherObject(SELECTOR)).toBe(false);
});
