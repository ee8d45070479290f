import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Change } from "../../../src/apply/changes.ts";
import { holdsField, lastManager } from "../../../src/kube/field-managers.ts";
import { BoxHistory } from "../../../src/runtime/box-history.ts";
import { type Cause, Causes, childCause, updateCause } from "../../../src/runtime/causes.ts";
import { History } from "../../../src/runtime/history.ts";
import { type HistoryEntry, historyEntry } from "../../../src/runtime/history-entry.ts";
import { ownChanges } from "../../../src/runtime/own-changes.ts";
import type { KubeObject } from "../../../src/schema/object.ts";
import type { Outcome } from "../../../src/status/outcome.ts";
import type { JsonObject } from "../../../src/std/json.ts";
import { manualClock } from "../../support/manual-clock.ts";

const CONFIG_MAP = {
  group: "",
  version: "v1",
  kind: "ConfigMap",
  plural: "configmaps",
  namespaced: true,
};

function configured(path: string, before: string, after: string): Change {
  return {
    action: "configured",
    type: CONFIG_MAP,
    namespace: "ns",
    name: "web",
    fields: [{ path, before, after }],
  };
}

function settled(...changes: Change[]): Outcome {
  return { kind: "settled", changes };
}

function lamp(over: Partial<KubeObject> = {}, metadata: object = {}): KubeObject {
  return {
    apiVersion: "home.dev/v1",
    kind: "Lamp",
    metadata: { name: "a", namespace: "ns", uid: "u", resourceVersion: "1", ...metadata },
    ...over,
  };
}

function entry(over: Partial<Parameters<typeof historyEntry>[0]> = {}): HistoryEntry | undefined {
  const outcome = settled(configured("data.text", "x", "a"));
  return historyEntry({
    atMs: Date.UTC(2026, 0, 1),
    tookMs: 12.4,
    causes: [],
    outcome,
    before: lamp(),
    after: lamp(),
    ...over,
  });
}

const EDITED_BY_KUBECTL = {
  manager: "kubectl-edit",
  operation: "Update",
  time: "2026-01-01T00:00:05Z",
  fieldsV1: { "f:data": { ".": {}, "f:text": {} } },
};

describe("historyEntry()", () => {
  test("keeps nothing of a pass that changed nothing", () => {
    const unchanged: Change = { action: "unchanged", type: CONFIG_MAP, name: "web" };
    expect(entry({ outcome: settled() })).toBeUndefined();
    expect(entry({ outcome: settled(unchanged) })).toBeUndefined();
  });

  test("names cause, manager, field and both values of a drift", () => {
    const cause = childCause({
      kind: "updated",
      object: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "web", namespace: "ns" } },
      previous: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "web" } },
      managedFields: [
        { ...EDITED_BY_KUBECTL, manager: "orkestra", time: "2026-01-01T00:00:09Z" },
        { ...EDITED_BY_KUBECTL, manager: "helm", time: "2026-01-01T00:00:01Z" },
        EDITED_BY_KUBECTL,
      ],
    });
    expect(entry({ causes: [cause] })).toEqual({
      at: "2026-01-01T00:00:00.000Z",
      tookMs: 12,
      causes: [
        {
          kind: "child",
          text: 'ConfigMap "web" updated by "kubectl-edit"',
          child: { kind: "ConfigMap", name: "web", namespace: "ns" },
          manager: "kubectl-edit",
        },
      ],
      result: "settled",
      changes: [
        {
          action: "configured",
          kind: "ConfigMap",
          name: "web",
          fields: [{ path: "data.text", before: "x", after: "a", manager: "kubectl-edit" }],
        },
      ],
    });
  });

  test.each([
    ["data.password"],
    ["spec.containers[name=web].env[name=DB_PASSWORD].value"],
    ["spec.auth.clientSecret"],
  ])("shows no value of %s", (path) => {
    const outcome = settled(configured(path, "hunter1", "hunter2"));
    expect(JSON.stringify(entry({ outcome }))).not.toContain("hunter");
  });

  test("shows no credentials of URLs, in values and messages", () => {
    const url = "https://me:hunter2@example.com/x";
    const error = new Error(`cannot reach ${url}`);
    const outcome: Outcome = { kind: "retry", error, changes: [configured("data.url", url, "y")] };
    const text = JSON.stringify(entry({ outcome }));
    expect(text).toContain("example.com");
    expect(text).not.toContain("hunter2");
  });

  test("names the namespace of a child that is elsewhere", () => {
    const far: Change = { action: "created", type: CONFIG_MAP, namespace: "far", name: "web" };
    expect(entry({ outcome: settled(far) })?.changes).toEqual([
      { action: "created", kind: "ConfigMap", namespace: "far", name: "web" },
    ]);
  });

  test("keeps of long values the part in which they differ", () => {
    const [before, after] = ["old", "new"].map((word) => `${"x".repeat(400)}${word}`);
    const fields = [{ path: "data.long", before, after }] as Change["fields"];
    const change = { action: "configured", type: CONFIG_MAP, name: "web", fields } as Change;
    const shown = entry({ outcome: settled(change) })?.changes[0]?.fields?.[0];
    expect(shown?.before).toMatch(/^…x+old$/);
    expect(shown?.after).toMatch(/^…x+new$/);
  });

  test("stays small, however much was changed", () => {
    const long = "x".repeat(10_000);
    const fields = Array.from({ length: 100 }, (_, index) => ({
      path: `data.k${index}`,
      after: long,
    }));
    const change: Change = { action: "configured", type: CONFIG_MAP, name: "web", fields };
    const error = new Error(long);
    const outcome: Outcome = { kind: "stuck", error, changes: Array(100).fill(change) };
    const kept = entry({ outcome });
    expect(JSON.stringify(kept).length).toBeLessThan(20_000);
    expect(kept?.moreChanges).toBe(88);
  });

  test.each([
    [{ kind: "start", detail: "leadership" }, "this process became the leader"],
    [{ kind: "resync" }, "resync"],
    [{ kind: "retry" }, "retry after a failure"],
    [{ kind: "custom resource", event: "added" }, "custom resource added"],
    [
      { kind: "child", event: "deleted", child: { kind: "Service", name: "web" } },
      'Service "web" deleted',
    ],
  ] as const)("says %j as a sentence", (cause, text) => {
    expect(entry({ causes: [cause] })?.causes[0]?.text).toBe(text);
  });
});

describe("updateCause()", () => {
  test.each([
    ["spec edited (generation 2)", { generation: 2 }, {}],
    ["status changed", {}, { status: { phase: "x" } }],
    ["metadata changed", { labels: { a: "b" } }, {}],
  ])("sees %s, and by whom", (text, metadata, over) => {
    const cause = updateCause({
      kind: "updated",
      object: lamp(over, { generation: 1, ...metadata }),
      previous: lamp({}, { generation: 1 }),
      managedFields: [EDITED_BY_KUBECTL],
    });
    expect(entry({ causes: [cause] })?.causes[0]).toEqual({
      kind: "custom resource",
      text: `${text} by "kubectl-edit"`,
      manager: "kubectl-edit",
    });
  });
});

test.each([
  ["updateCause()", updateCause],
  ["childCause()", childCause],
])("%s names nobody for a deletion, whoever wrote before", (_, causeOf) => {
  const deletionTimestamp = "2026-01-01T00:00:00Z";
  const cause = causeOf({
    kind: "updated",
    object: lamp({}, { generation: 2, deletionTimestamp }),
    previous: lamp({}, { generation: 1 }),
    managedFields: [EDITED_BY_KUBECTL],
  });
  expect(entry({ causes: [cause] })?.causes[0]?.text).not.toContain("kubectl");
  expect(entry({ causes: [cause] })?.causes[0]).not.toHaveProperty("manager");
});

describe("ownChanges()", () => {
  test("tells finalizers, status fields and conditions, without their times", () => {
    const condition = (status: string, lastTransitionTime: string) => ({
      type: "Ready",
      status,
      lastTransitionTime,
    });
    const before = lamp({ status: { phase: "a", conditions: [condition("False", "1")] } });
    const after = lamp(
      { status: { phase: "b", observedGeneration: 2, conditions: [condition("True", "2")] } },
      { resourceVersion: "2", finalizers: ["f"] },
    );
    expect(ownChanges(before, after)).toEqual([
      { path: "metadata.finalizers", before: [], after: ["f"] },
      { path: "status.phase", before: "a", after: "b" },
      { path: "status.conditions[type=Ready].status", before: "False", after: "True" },
    ]);
  });
});

describe("holdsField()", () => {
  const fields = {
    "f:metadata": { "f:labels": { "f:app.kubernetes.io/name": {} } },
    "f:spec": {
      "f:containers": { 'k:{"name":"web"}': { ".": {}, "f:image": {} } },
      "f:args": {},
    },
  };
  test.each([
    ["spec.containers[name=web].image", true],
    ["spec.containers[name=web]", true],
    ["spec.containers[name=other].image", false],
    ["spec.containers[name=web].command", false],
    ["metadata.labels[app.kubernetes.io/name]", true],
    ["metadata.labels[app.kubernetes.io/part-of]", false],
    ["spec.args[1]", true],
    ["spec.replicas", false],
    ["status", false],
  ])("%s: %p", (path, expected) => {
    expect(holdsField({ manager: "x", fields }, path)).toBe(expected);
  });

  test("knows nothing without fields", () => {
    expect(holdsField({ manager: "x" }, "spec")).toBe(false);
  });
});

const STATUS_BY_KCM = {
  manager: "kube-controller-manager",
  operation: "Update",
  subresource: "status",
  time: "2026-01-01T00:00:05Z",
  fieldsV1: { "f:status": { "f:replicas": {} } },
};

test("lastManager() heeds subresources, and never ourselves", () => {
  const later = { ...STATUS_BY_KCM, time: "2026-01-01T00:00:06Z" };
  expect(lastManager([EDITED_BY_KUBECTL, later])).toMatchObject({
    manager: "kube-controller-manager",
    subresource: "status",
  });
  expect(lastManager([{ ...EDITED_BY_KUBECTL, manager: "orkestra" }])).toBeUndefined();
  expect(lastManager([])).toBeUndefined();
});

describe("lastManager()", () => {
  const container = (image: string) => ({ name: "web", image, ports: [{ containerPort: 80 }] });
  const deployment = (image: string, over: object = {}): KubeObject => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "ns", finalizers: ["x/y"] },
    spec: { replicas: 1, containers: [container(image)] },
    status: { replicas: 1 },
    ...over,
  });
  const of = (manager: string, fieldsV1: object, over: object = {}) =>
    ({ manager, fieldsV1, time: "2026-01-01T00:00:05Z", ...over }) as JsonObject;
  const image = {
    "f:spec": { "f:containers": { 'k:{"name":"web"}': { ".": {}, "f:image": {} } } },
  };
  const replicas = { "f:spec": { "f:replicas": {} } };
  const finalizer = { "f:metadata": { "f:finalizers": { ".": {}, 'v:"x/y"': {} } } };
  const all = [
    of("imager", image),
    of("finisher", finalizer),
    of("scaler", replicas),
    STATUS_BY_KCM,
  ];
  const bare = deployment("a", { metadata: { name: "web", namespace: "ns", finalizers: [] } });

  test.each([
    ["imager", deployment("b")],
    ["scaler", deployment("a", { spec: { replicas: 3, containers: [container("a")] } })],
    ["kube-controller-manager", deployment("a", { status: { replicas: 0 } })],
    ["imager", deployment("b", { status: { replicas: 0 } })],
  ])("of one second names %s, who holds what is another one", (manager, object) => {
    const written = { object, previous: deployment("a") };
    expect(lastManager(all, written)?.manager).toBe(manager);
    expect(lastManager([...all].reverse(), written)?.manager).toBe(manager);
  });

  test("sees values of a set", () => {
    const written = { object: deployment("a"), previous: bare };
    expect(lastManager(all, written)?.manager).toBe("finisher");
  });

  test("of one second prefers the object itself where nobody holds the change", () => {
    const written = { object: bare, previous: deployment("a") };
    const some = [of("imager", image), STATUS_BY_KCM];
    expect(lastManager(some, written)?.manager).toBe("imager");
    expect(lastManager(some.toReversed(), written)?.manager).toBe("imager");
  });

  test("of two who hold it names who wrote later", () => {
    const written = { object: deployment("b"), previous: deployment("a") };
    const later = of("later", image, { time: "2026-01-01T00:00:06Z" });
    expect(lastManager([later, ...all], written)?.manager).toBe("later");
  });
});

describe("Causes", () => {
  const child = (name: string): Cause => ({
    kind: "child",
    event: "updated",
    child: { kind: "Pod", name },
  });

  test("names each child once, and no more than five causes", () => {
    const causes = new Causes();
    for (let count = 0; count < 100; count++) causes.add("a", child("x"));
    expect(causes.take("a")).toHaveLength(1);
    for (let count = 0; count < 100; count++) causes.add("a", child(`x${count}`));
    expect(causes.take("a")).toHaveLength(5);
    expect(causes.take("a")).toEqual([]);
  });

  const by = (name: string, manager: string, subresource?: string): Cause => {
    const fields = subresource ? { "f:status": {} } : { "f:data": { "f:text": {} } };
    const by = { manager, fields, ...(subresource && { subresource }) };
    return { kind: "child", event: "updated", child: { kind: "ConfigMap", name }, by };
  };
  const drift = by("web", "a-stranger");
  const status = by("web", "kube-controller-manager", "status");

  test.each([
    ["after", [drift, status]],
    ["before", [status, drift]],
    ["around", [status, drift, status]],
  ])("a status written %s a drift does not hide who made it", (_, noted) => {
    const causes = new Causes();
    for (const cause of noted) causes.add("a", cause);
    const taken = causes.take("a");
    expect(taken).toEqual([drift, status]);
    expect(entry({ causes: taken })).toMatchObject({
      causes: [{ manager: "a-stranger" }, { manager: "kube-controller-manager" }],
      changes: [{ fields: [{ path: "data.text", manager: "a-stranger" }] }],
    });
  });

  test("of two who set a field the last one is named", () => {
    const causes = new Causes();
    for (const manager of ["one", "other", "one"]) causes.add("a", by("web", manager));
    const field = entry({ causes: causes.take("a") })?.changes[0]?.fields?.[0];
    expect(field?.manager).toBe("one");
  });

  test("a drift has room, however many statuses were written before", () => {
    const causes = new Causes();
    for (let count = 0; count < 100; count++) causes.add("a", by(`x${count}`, "kcm", "status"));
    causes.add("a", drift);
    const taken = causes.take("a");
    expect(taken).toHaveLength(5);
    expect(taken[0]).toEqual(drift);
  });
});

describe("History", () => {
  const numbered = (index: number) =>
    entry({ outcome: settled(configured("data.text", `${index}`, `${index + 1}`)) });

  test("keeps the last ten, newest first", () => {
    const history = new History();
    for (let index = 0; index < 25; index++) history.record("a", numbered(index), {});
    const afters = history.of("a").entries.map(({ changes }) => changes[0]?.fields?.[0]?.after);
    expect(afters).toEqual(["25", "24", "23", "22", "21", "20", "19", "18", "17", "16"]);
  });

  test("counts a failure that repeats, and does not let it drive out what changed something", () => {
    const history = new History();
    history.record("a", numbered(1), {});
    const outcome: Outcome = { kind: "retry", error: new Error("no") };
    for (let count = 0; count < 50; count++) {
      history.record("a", entry({ outcome, atMs: Date.UTC(2026, 0, 1, 0, 0, count) }), {});
    }
    const { entries } = history.of("a");
    expect(entries).toHaveLength(2);
    expect(entries[0]).toMatchObject({
      times: 50,
      message: "no",
      lastAt: "2026-01-01T00:00:49.000Z",
    });
  });

  test("counts a failure whose message has another id each time, and begins anew with another generation", () => {
    const history = new History();
    for (let count = 0; count < 12; count++) {
      const error = new Error(`request ${count}f00ba12-${1_000_000 + count} failed`);
      const generation = count < 8 ? 1 : 2;
      history.record("a", entry({ outcome: { kind: "retry", error } }), { generation });
    }
    const { entries } = history.of("a");
    expect(entries.map(({ times }) => times)).toEqual([4, 8]);
  });

  test("counts a child that is refused again and again, until it is refused for another reason", () => {
    const history = new History();
    const refused = (reason: string): Outcome => ({
      kind: "stuck",
      error: new Error(`Cannot write it: ${reason}`),
      changes: [{ action: "failed", type: CONFIG_MAP, namespace: "ns", name: "m", reason }],
    });
    const record = (outcome: Outcome) => history.record("a", entry({ outcome }), {});
    const created = { action: "created", type: CONFIG_MAP, namespace: "ns", name: "n" } as const;
    const first = refused("no");
    record({ ...first, changes: [created] } as Outcome);
    for (let count = 0; count < 15; count++) record(first);
    record(refused("never"));
    const { entries } = history.of("a");
    expect(entries.map(({ times, changes }) => [times, changes[0]?.reason])).toEqual([
      [undefined, "never"],
      [15, "no"],
      [undefined, undefined],
    ]);
  });

  test("takes no more room than it may, whoever comes; those who were quiet go first", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(20), fc.nat(400)), { maxLength: 200 }), (steps) => {
        const history = new History({ maxChars: 5_000 });
        for (const [key, size] of steps) {
          const outcome = settled(configured("data.text", "x".repeat(size % 100), "y"));
          history.record(`k${key}`, entry({ outcome }), {});
        }
        const kept = Array.from({ length: 21 }, (_, key) => history.of(`k${key}`).entries).flat();
        const chars = kept.reduce((sum, one) => sum + JSON.stringify(one).length, 0);
        expect(chars).toBe(history.size);
        expect(chars).toBeLessThanOrEqual(5_000);
        const last = steps.at(-1);
        if (last) expect(history.of(`k${last[0]}`).entries.length).toBeGreaterThan(0);
      }),
    );
  });

  test("10,000 custom resources that were created take less than 10 MB", () => {
    const history = new History();
    const created = ["web", "web-config", "web-service"].map(
      (name): Change => ({ action: "created", type: CONFIG_MAP, namespace: "default", name }),
    );
    for (let index = 0; index < 10_000; index++) {
      history.record(`website default/site-${index}`, entry({ outcome: settled(...created) }), {});
    }
    expect(history.size).toBeLessThan(5_000_000);
    expect(history.of("website default/site-0").entries).toHaveLength(1);
  });
});

describe("BoxHistory", () => {
  function open() {
    const clock = manualClock();
    const history = new BoxHistory("lamp", { history: new History(), clock });
    const pass = (outcome: Outcome, retryMs?: number, failures = 0) => {
      const begun = history.begin("ns/a", lamp());
      clock.advance(3);
      history.end("ns/a", begun, { outcome, after: lamp(), retryMs, failures });
    };
    return { clock, history, pass };
  }

  test("a pass that nothing else caused is the one that the last pass asked for", () => {
    const { clock, history, pass } = open();
    const failed: Outcome = { kind: "retry", error: new Error("no") };
    history.note("ns/a", { kind: "resync" });
    pass(failed, 20, 1);
    expect(history.of("ns/a")).toMatchObject({
      next: { why: "retry" },
      unsettled: { result: "retry", message: "no", failures: 1 },
    });
    clock.advance(20);
    pass(settled(configured("data.text", "x", "a")));
    const { entries, next, unsettled } = history.of("ns/a");
    expect(entries.map(({ causes }) => causes.map(({ kind }) => kind))).toEqual([
      ["retry"],
      ["resync"],
    ]);
    expect([next, unsettled]).toEqual([undefined, undefined]);
  });

  test("a pass that was due says so, whatever the wall clock was set to", () => {
    const clock = manualClock();
    let shiftMs = 0;
    const shifted = { ...clock, now: () => clock.now() + shiftMs };
    const history = new BoxHistory("lamp", { history: new History(), clock: shifted });
    const outcome: Outcome = { kind: "waiting", reason: "not yet", retryMs: 500 };
    history.note("ns/a", { kind: "resync" });
    for (let count = 0; count < 2; count++) {
      const begun = history.begin("ns/a", lamp());
      if (count === 1) expect(begun.causes).toEqual([{ kind: "waited" }]);
      history.end("ns/a", begun, { outcome, after: lamp(), retryMs: 500, failures: 0 });
      clock.advance(500);
      shiftMs -= 60_000;
    }
  });

  test("forgets when a custom resource that is gone would be tried again", () => {
    const { history, pass } = open();
    pass({ kind: "waiting", reason: "not yet", retryMs: 500 }, 500);
    expect(history.of("ns/a").next?.why).toBe("waited");
    const begun = history.begin("ns/a", undefined);
    const outcome = settled();
    history.end("ns/a", begun, { outcome, after: undefined, retryMs: undefined, failures: 0 });
    expect(history.of("ns/a").next).toBeUndefined();
  });
});
