import { expect, test } from "bun:test";
import { holdBack, type Standing } from "../../../src/apply/hold-back.ts";
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
const ALL_STANDS: Standing = {
  ...{ unwritten: [], written: [], revoked: new Set() },
  ...{ successors: NONE, strangers: NONE },
};
const READY = { status: { observedGeneration: 1, updatedReplicas: 1, availableReplicas: 1 } };
const old = child("old", OLD);
const missing = { type: old.type, name: "new", namespace: "a" };
const service = child("old", OLD, { kind: "Service" });

const namesOf = (children: readonly ObservedChild[]) =>
  children.map(({ type, object }) => `${type.kind}/${object.metadata.name}`);

test("holdBack() lets go of what nothing is declared beside", () => {
  const { goes, stays } = holdBack([old], ALL_STANDS);
  expect(namesOf(goes)).toEqual(["Deployment/old"]);
  expect(stays).toEqual([]);
});

test("holdBack() keeps a kind of which a declared child is not written, and no other", () => {
  const { goes, stays } = holdBack([old, service], {
    ...ALL_STANDS,
    unwritten: [{ type: service.type, name: "new", namespace: "a" }],
  });
  expect(goes).toEqual([]);
  const reason = 'kept until Service "a/new" can be written';
  // A Service that is not written may still select the pods of the workload.
  expect(stays).toEqual([old, service].map((child) => ({ child, reason })));
  const secret = child("s", OLD, { kind: "Secret" });
  const unwritten = [{ type: secret.type, name: "new", namespace: "a" }];
  const others = holdBack([old, secret], { ...ALL_STANDS, unwritten });
  expect(namesOf(others.goes)).toEqual(["Deployment/old"]);
});

test("holdBack() keeps with a workload that stays everything that its pods may use", () => {
  const secret = child("s", OLD, { kind: "Secret" });
  const doomed = [secret, service, old];
  const { goes, stays } = holdBack(doomed, {
    ...ALL_STANDS,
    unwritten: [missing],
  });
  expect(goes).toEqual([]);
  const reason = 'kept until Deployment "a/old" is gone';
  expect(stays).toEqual([
    { child: old, reason: 'kept until Deployment "a/new" can be written' },
    { child: secret, reason },
    { child: service, reason },
  ]);
  const free = holdBack(doomed, ALL_STANDS);
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
  const { stays } = holdBack([old], { ...ALL_STANDS, written: [other] });
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
  const { stays } = holdBack([old], { ...ALL_STANDS, written, successors });
  expect(stays).toHaveLength(isKept ? 1 : 0);
});

test("holdBack() keeps no Job until another one has run", () => {
  const doomed = child("old", OLD, { kind: "Job" });
  const written = [child("new", NEW, { kind: "Job" })];
  expect(holdBack([doomed], { ...ALL_STANDS, written }).stays).toEqual([]);
});

function overdue() {
  const condition = { type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" };
  return { observedGeneration: 1, conditions: [condition] };
}

const keyOf = (name: string, kind = "Deployment.apps") => `${kind} a/${name}`;
const goesBeside = (doomed: readonly ObservedChild[], standing: Partial<Standing>) =>
  namesOf(holdBack(doomed, { ...ALL_STANDS, ...standing }).goes);

test.each<[string, Partial<Standing>]>([
  ["of another namespace and name", { unwritten: [{ ...missing, namespace: "b" }] }],
  ["that is there for longer", { unwritten: [{ ...missing, present: child("new", OLD).object }] }],
  [
    "that was not written while it was declared",
    { unwritten: [missing], strangers: new Map([["uid of old", new Set([keyOf("new")])]]) },
  ],
  [
    "that starts in another namespace",
    { written: [{ ...child("new", NEW), object: inNamespace("b", child("new", NEW)) }] },
  ],
])("holdBack() takes for no successor one %s", (_, standing) => {
  expect(goesBeside([old], standing)).toEqual(["Deployment/old"]);
});

test.each<[string, Partial<Standing>]>([
  ["that has its name elsewhere", { unwritten: [{ ...missing, name: "old", namespace: "b" }] }],
  [
    "that came and was refused since",
    { unwritten: [{ ...missing, present: child("new", NEW).object }] },
  ],
  [
    "beside others that were not written before",
    { unwritten: [missing], strangers: new Map([["uid of old", new Set([keyOf("other")])]]) },
  ],
])("holdBack() takes for a successor one %s", (_, standing) => {
  expect(goesBeside([old], standing)).toEqual([]);
});

test("holdBack() lets go at once of what a false condition revoked", () => {
  const secret = child("s", OLD, { kind: "Secret" });
  const standing = {
    unwritten: [missing, { type: secret.type, name: "t", namespace: "a" }],
    revoked: new Set([keyOf("s", "Secret")]),
  };
  // The workload that was renamed stays, and is no reason.
  expect(goesBeside([secret, old], standing)).toEqual(["Secret/s"]);
  const both = { ...standing, revoked: new Set([...standing.revoked, keyOf("old")]) };
  expect(goesBeside([secret, old], both)).toEqual(["Secret/s", "Deployment/old"]);
});

test("holdBack() keeps a revoked workload while a Service leads to it and the other one starts", () => {
  const labels = { app: "old" };
  const blue = child("old", OLD, { spec: { template: { metadata: { labels } } } });
  const front = child("front", OLD, { kind: "Service", spec: { selector: labels } });
  const secret = child("s", OLD, { kind: "Secret" });
  const revoked = new Set([keyOf("old"), keyOf("s", "Secret")]);
  const starting = child("new", NEW);
  for (const standing of [
    { revoked, written: [front, starting] },
    { revoked, written: [front], unwritten: [missing] },
    {
      revoked,
      written: [child("new", NEW, READY)],
      unwritten: [{ type: front.type, name: "front", namespace: "a", present: front.object }],
    },
  ]) {
    expect(goesBeside([blue, secret], standing)).toEqual([]);
  }
  for (const standing of [
    { revoked, written: [starting] },
    { revoked, written: [front, child("new", NEW, READY)] },
    {
      revoked,
      unwritten: [{ type: front.type, name: "front", namespace: "a", present: front.object }],
    },
  ]) {
    expect(goesBeside([blue, secret], standing)).toEqual(["Deployment/old", "Secret/s"]);
  }
});

function inNamespace(namespace: string, { object }: ObservedChild) {
  return { ...object, metadata: { ...object.metadata, namespace } };
}
