import { expect, test } from "bun:test";
import { holdBack } from "../../../src/apply/hold-back.ts";
import type { ObservedChild } from "../../../src/apply/prune.ts";
import { builtinKind } from "../../../src/schema/builtin.ts";

const OLD = "2026-11-22T11:00:00Z";
const NEW = "2026-11-22T12:00:00Z";

function child(name: string, born: string, more: object = {}): ObservedChild {
  const { kind = "Deployment", ...rest } = more as { kind?: string };
  const apiVersion =
    kind === "Job" ? "batch/v1" : ["Service", "Secret"].includes(kind) ? "v1" : "apps/v1";
  const found = builtinKind(apiVersion, kind);
  if (!found) throw new Error(`no kind ${kind}`);
  const uid = `uid of ${name}`;
  const metadata = { name, namespace: "a", uid, generation: 1, creationTimestamp: born };
  return { type: found.resource, object: { apiVersion, kind, metadata, spec: {}, ...rest } };
}

const NONE: ReadonlyMap<string, ReadonlySet<string>> = new Map();
const READY = { status: { observedGeneration: 1, updatedReplicas: 1, availableReplicas: 1 } };
const old = child("old", OLD);
const missing = { type: old.type, name: "new", namespace: "a" };
const service = child("old", OLD, { kind: "Service" });

const namesOf = (children: readonly ObservedChild[]) =>
  children.map(({ type, object }) => `${type.kind}/${object.metadata.name}`);

test("holdBack() lets go of what nothing is declared beside", () => {
  const { goes, stays } = holdBack([old], { unwritten: [], written: [], successors: NONE });
  expect(namesOf(goes)).toEqual(["Deployment/old"]);
  expect(stays).toEqual([]);
});

test("holdBack() keeps a kind of which a declared child is not written, and no other", () => {
  const { goes, stays } = holdBack([old, service], {
    unwritten: [{ type: service.type, name: "new", namespace: "a" }],
    written: [],
    successors: NONE,
  });
  expect(goes).toEqual([]);
  const reason = 'kept until Service "a/new" can be written';
  // A Service that is not written may still select the pods of the workload.
  expect(stays).toEqual([old, service].map((child) => ({ child, reason })));
  const secret = child("s", OLD, { kind: "Secret" });
  const unwritten = [{ type: secret.type, name: "new", namespace: "a" }];
  const others = holdBack([old, secret], { unwritten, written: [], successors: NONE });
  expect(namesOf(others.goes)).toEqual(["Deployment/old"]);
});

test("holdBack() keeps with a workload that stays everything that its pods may use", () => {
  const secret = child("s", OLD, { kind: "Secret" });
  const doomed = [secret, service, old];
  const { goes, stays } = holdBack(doomed, {
    unwritten: [missing],
    written: [],
    successors: NONE,
  });
  expect(goes).toEqual([]);
  const reason = 'kept until Deployment "a/old" is gone';
  expect(stays).toEqual([
    { child: old, reason: 'kept until Deployment "a/new" can be written' },
    { child: secret, reason },
    { child: service, reason },
  ]);
  const free = holdBack(doomed, { unwritten: [], written: [], successors: NONE });
  expect(free.goes).toEqual(doomed);
});

test.each([
  ["a younger one that starts", child("new", NEW), true],
  ["a younger one that failed", child("new", NEW, { status: overdue() }), true],
  ["a younger one that is ready", child("new", NEW, READY), false],
  ["an older sibling that is not ready", child("new", "2026-11-22T10:00:00Z"), false],
  ["a sibling of the same second", child("new", OLD), false],
  ["a younger one of another kind", child("new", NEW, { kind: "Service" }), false],
] as const)("holdBack() beside %s keeps it: %#", (_, other, isKept) => {
  const { stays } = holdBack([old], { unwritten: [], written: [other], successors: NONE });
  expect(stays.map(({ reason }) => reason)).toEqual(
    isKept ? ['kept until Deployment "a/new" is ready'] : [],
  );
});

test.each([
  ["one that was not there", "new", {}, true],
  ["one that was not there and is ready now", "new", READY, false],
  ["one that was there", "sibling", {}, false],
])("holdBack() beside %s when it was found undeclared, of its second, keeps it: %#", (...row) => {
  const [, name, more, isKept] = row;
  const successors = new Map([["uid of old", new Set(["Deployment.apps a/new"])]]);
  const written = [child(name, OLD, more)];
  const { stays } = holdBack([old], { unwritten: [], written, successors });
  expect(stays).toHaveLength(isKept ? 1 : 0);
});

test("holdBack() keeps no Job until another one has run", () => {
  const doomed = child("old", OLD, { kind: "Job" });
  const written = [child("new", NEW, { kind: "Job" })];
  expect(holdBack([doomed], { unwritten: [], written, successors: NONE }).stays).toEqual([]);
});

function overdue() {
  const condition = { type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" };
  return { observedGeneration: 1, conditions: [condition] };
}
