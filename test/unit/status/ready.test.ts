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

const FACTS: ReadyFacts = { errors: [], waiting: [], children: [], generation: 3 };

/** The message that is told after `stored` was. */
function retold(stored: Partial<ReadyFacts>, now: Partial<ReadyFacts>): string {
  const before = readyCondition({ ...FACTS, ...stored });
  return readyCondition({ ...FACTS, ...now }, { conditions: [{ ...before }] }).message;
}

const waits = (ready: number) => [`Deployment "a/b": ${ready} of 2 replicas`];

test("readyCondition() keeps the words of a failure whose message has another id each time", () => {
  const failed = (ms: number) => [new Error(`no answer in ${ms} ms`)];
  expect(retold({ errors: failed(1) }, { errors: failed(22) })).toBe("no answer in 1 ms");
  const [waiting, errors] = [waits(1), failed(22)];
  const both = retold({ errors: failed(1), waiting }, { errors, waiting });
  expect(both).toBe('no answer in 1 ms; Deployment "a/b": 1 of 2 replicas');
});

test.each([
  ["another generation", { generation: 4 }],
  ["another error", { errors: [new Error("no route in 2 ms")] }],
  ["another kind of error", { errors: [new ChildError("conflict", "no answer in 2 ms")] }],
  ["another wait", { waiting: waits(1) }],
] as const)("readyCondition() tells a failure anew with %s", (_, now) => {
  const errors = [new Error("no answer in 2 ms")];
  const stored = { errors: [new Error("no answer in 1 ms")], waiting: waits(0) };
  const told = readyCondition({ ...FACTS, errors, waiting: waits(0), ...now }).message;
  expect(retold(stored, { errors, waiting: waits(0), ...now })).toBe(told);
});

test("readyCondition() tells every number of what is waited for", () => {
  expect(retold({ waiting: waits(0) }, { waiting: waits(1) })).toBe(waits(1).join(""));
});
