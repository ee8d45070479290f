import { expect, test } from "bun:test";
import { ChildError } from "../../../src/apply/error.ts";
import { type ReadyFacts, readyCondition } from "../../../src/status/ready.ts";

const child = (kind: "ready" | "progressing" | "failed", reason = "why") =>
  ({
    title: 'Deployment "a/b"',
    readiness: kind === "ready" ? { kind } : { kind, reason },
  }) as ReadyFacts["children"][number];

test.each([
  ["nothing declared", {}, "True", "Ready"],
  ["all ready", { children: [child("ready")] }, "True", "Ready"],
  ["one on its way", { children: [child("ready"), child("progressing")] }, "False", "Progressing"],
  [
    "one failed, one on its way",
    { children: [child("progressing"), child("failed")] },
    "False",
    "ChildFailed",
  ],
  ["waiting", { waiting: ["Namespace is being deleted"] }, "False", "Progressing"],
  [
    "an error beside unready children",
    { errors: [new Error("no")], children: [child("failed")] },
    "False",
    "ReconcileError",
  ],
  [
    "somebody else's child",
    { errors: [new ChildError("conflict", "exists")] },
    "False",
    "Conflict",
  ],
  [
    "an immutable field",
    { errors: [new ChildError("immutable", "no")] },
    "False",
    "ImmutableField",
  ],
  ["a contested field", { errors: [new ChildError("contested", "no")] }, "False", "FieldConflict"],
] as const)("readyCondition(): %s", (...[, facts, status, reason]) => {
  const condition = readyCondition({
    errors: [],
    waiting: [],
    children: [],
    generation: 3,
    ...facts,
  } as ReadyFacts);
  expect(condition).toMatchObject({ type: "Ready", status, reason, observedGeneration: 3 });
});

test("readyCondition() names the child and what it waits for, and every error", () => {
  const progressing = readyCondition({
    errors: [],
    waiting: [],
    children: [child("progressing", "1 of 2 replicas available")],
  });
  expect(progressing.message).toBe('Deployment "a/b": 1 of 2 replicas available');
  const failed = readyCondition({
    errors: [new Error("one"), new Error("two")],
    waiting: [],
    children: [],
  });
  expect(failed.message).toBe("one; two");
});
