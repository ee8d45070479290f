import { describe, expect, test } from "bun:test";
import type { KubeClient } from "../../../src/kube/client.ts";
import { KubeError } from "../../../src/kube/error.ts";
import { type EventRecord, microTime, toEventObject } from "../../../src/kube/event-object.ts";
import { createEventRecorder, type EventRecorder } from "../../../src/kube/recorder.ts";
import type { KubeObject } from "../../../src/schema/object.ts";
import type { JsonObject } from "../../../src/std/json.ts";
import { createMetrics } from "../../../src/telemetry/metrics.ts";
import { type ManualClock, manualClock } from "../../support/manual-clock.ts";
import { configMap, memoryLog } from "./harness.ts";

const object = configMap("web", 1);
const record: EventRecord = { object, type: "Warning", reason: "Drift", message: "spec.x changed" };

interface Setup {
  readonly recorder: EventRecorder;
  readonly clock: ManualClock;
  readonly created: KubeObject[];
  readonly patched: JsonObject[];
  readonly metrics: ReturnType<typeof createMetrics>;
  /** What the next requests throw. */
  readonly failures: Error[];
  /** Lets everything happen that waits for no clock. */
  settle(): Promise<void>;
  /** Lets pass the time in which an event gives way to what goes on, and then the same. */
  calm(): Promise<void>;
}

function setUp(): Setup {
  const created: KubeObject[] = [];
  const patched: JsonObject[] = [];
  const failures: Error[] = [];
  const fail = () => {
    const error = failures.shift();
    if (error) throw error;
  };
  const client = {
    async create(_type: unknown, event: KubeObject) {
      fail();
      created.push(event);
      return event;
    },
    async patch({ name, namespace }: { name: string; namespace: string }, patch: JsonObject) {
      fail();
      patched.push({ name, ...patch });
      return { metadata: { name, namespace } };
    },
  } as unknown as KubeClient;
  const clock = manualClock();
  const metrics = createMetrics();
  const recorder = createEventRecorder({
    client,
    clock,
    metrics,
    log: memoryLog(),
    random: () => 0.5,
    reporter: { controller: "example.com/ork", instance: "pod-1" },
  });
  const settle = async () => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  };
  const calm = async () => {
    clock.advance(100);
    await settle();
  };
  return { recorder, clock, created, patched, metrics, failures, settle, calm };
}

/** Of the object that an event is about. */
function nameOf({ metadata }: KubeObject): string | undefined {
  return metadata.name.split(".")[0];
}

describe("createEventRecorder()", () => {
  test("writes an event about the object", async () => {
    const { recorder, created, settle } = setUp();
    recorder.record(record);
    expect(created).toEqual([]);
    await settle();
    expect(created[0]).toMatchObject({
      apiVersion: "events.k8s.io/v1",
      kind: "Event",
      metadata: { namespace: "ns" },
      reportingController: "example.com/ork",
      reportingInstance: "pod-1",
      type: "Warning",
      reason: "Drift",
      action: "Drift",
      note: "spec.x changed",
      regarding: { kind: "ConfigMap", name: "web", namespace: "ns", uid: "uid-web" },
    });
    expect(created[0]?.metadata.name).toMatch(/^web\.[0-9a-f]+$/);
  });

  test("merges repetitions into one event that counts, at most every half minute", async () => {
    const { recorder, created, patched, clock, settle, calm } = setUp();
    recorder.record(record);
    await calm();
    for (let count = 0; count < 4; count++) recorder.record(record);
    await settle();
    expect(patched).toEqual([]);
    clock.advance(30_000);
    await settle();
    expect(created.length).toBe(1);
    const lastObservedTime = microTime(Date.UTC(2026, 0, 1) + 100);
    expect(patched).toEqual([
      { name: created[0]?.metadata.name, series: { count: 5, lastObservedTime } },
    ]);
    clock.advance(60_000);
    await settle();
    expect(patched.length).toBe(1);
    expect(clock.pending).toBe(0);
  });

  test("keeps what differs apart", async () => {
    const { recorder, created, calm } = setUp();
    recorder.record(record);
    recorder.record({ ...record, message: "spec.y changed" });
    recorder.record({ ...record, object: configMap("other", 1) });
    await calm();
    expect(created.length).toBe(3);
  });

  test("begins a new event after ten quiet minutes, or when the server forgot the old one", async () => {
    const { recorder, created, clock, settle, calm, failures } = setUp();
    recorder.record(record);
    await calm();
    clock.advance(11 * 60_000);
    recorder.record(record);
    await calm();
    expect(created.length).toBe(2);
    failures.push(new KubeError("gone", { status: 404 }));
    recorder.record(record);
    clock.advance(30_000);
    await settle();
    expect(created.length).toBe(3);
    expect(created[2]?.["series"]).toMatchObject({ count: 2 });
  });

  test("stops an object that never rests before it uses up the allowance of all", async () => {
    const { recorder, created, metrics, settle, calm } = setUp();
    for (let count = 0; count < 100; count++) recorder.record({ ...record, message: `${count}` });
    recorder.record({ ...record, object: configMap("other", 1) });
    await calm();
    for (let turn = 0; turn < 4; turn++) await settle();
    expect(created.length).toBe(26);
    expect(await metrics.query("orkestra_events_dropped_total")).toEqual([
      { labels: { reason: "rate" }, value: 75 },
    ]);
  });

  test("spreads many events of many objects over time", async () => {
    const { recorder, created, clock, settle, calm } = setUp();
    for (let count = 0; count < 60; count++) {
      recorder.record({ ...record, object: configMap(`o${count}`, 1) });
    }
    await calm();
    for (let turn = 0; turn < 20; turn++) await settle();
    expect(created.length).toBe(50);
    for (let second = 0; second < 12; second++) {
      clock.advance(100);
      await settle();
    }
    expect(created.length).toBe(60);
  });

  test("gives way as long as things keep happening, but not for ever", async () => {
    const { recorder, created, clock, settle } = setUp();
    for (let count = 0; count < 49; count++) {
      recorder.record({ ...record, object: configMap(`o${count}`, 1) });
      clock.advance(99);
      await settle();
    }
    expect(created.map(nameOf)).toEqual(["o0"]);
    for (let count = 49; count < 53; count++) {
      recorder.record({ ...record, object: configMap(`o${count}`, 1) });
      clock.advance(99);
      await settle();
    }
    expect(created.map(nameOf)).toEqual(["o0", "o1", "o2"]);
  });

  test("tries again what may pass, and drops what will not", async () => {
    const { recorder, created, clock, metrics, settle, calm, failures } = setUp();
    failures.push(new KubeError("busy", { status: 503 }));
    recorder.record(record);
    await calm();
    expect(created).toEqual([]);
    clock.advance(5_000);
    await settle();
    expect(created.length).toBe(1);
    failures.push(new KubeError("no rights", { status: 403 }));
    recorder.record({ ...record, message: "another" });
    await calm();
    expect(await metrics.query("orkestra_events_dropped_total")).toEqual([
      { labels: { reason: "refused" }, value: 1 },
    ]);
  });

  test("writes what is left when it is disposed, and nothing afterwards", async () => {
    const { recorder, created, patched, settle, calm } = setUp();
    recorder.record(record);
    await calm();
    recorder.record(record);
    recorder.record({ ...record, message: "another" });
    await recorder[Symbol.asyncDispose]();
    expect([created.length, patched.length]).toEqual([2, 1]);
    recorder.record({ ...record, message: "too late" });
    await settle();
    expect(created.length).toBe(2);
  });

  test("gives up writing at the deadline", async () => {
    const clock = manualClock();
    const client = {
      create: (_type: unknown, _event: unknown, { signal }: { signal: AbortSignal }) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
        }),
    } as unknown as KubeClient;
    const metrics = createMetrics();
    const recorder = createEventRecorder({ client, clock, metrics, log: memoryLog() });
    recorder.record(record);
    const disposing = recorder[Symbol.asyncDispose]();
    clock.advance(2_000);
    await disposing;
  });
});

describe("toEventObject()", () => {
  test.each([".", "-", ".-."])(
    "keeps the name of an event a DNS subdomain, cut behind %p",
    (end) => {
      const name = `${"a".repeat(200 - end.length)}${end}z${"b".repeat(40)}`;
      const object = { apiVersion: "v1", kind: "Lamp", metadata: { name } };
      const event = toEventObject(
        { object, type: "Normal", reason: "Done", message: "done" },
        { controller: "orkestra", instance: "host" },
        { now: 0, suffix: "17f" },
      );
      expect(event.metadata.name).toBe(`${"a".repeat(200 - end.length)}.17f`);
    },
  );

  const identity = { now: Date.UTC(2026, 0, 2, 3, 4, 5, 678), suffix: "abc" };
  const reporter = { controller: "c", instance: "i" };

  test("writes times with six digits", () => {
    const event = toEventObject(record, reporter, identity);
    expect(event["eventTime"]).toBe("2026-01-02T03:04:05.678000Z");
  });

  test("puts events of cluster-scoped objects into the default namespace", () => {
    const node = { apiVersion: "v1", kind: "Node", metadata: { name: "n" } };
    expect(toEventObject({ ...record, object: node }, reporter, identity).metadata.namespace).toBe(
      "default",
    );
  });

  test("keeps within the limits of the API, in bytes", () => {
    const message = `${"x".repeat(1_019)}éé${"y".repeat(100)}`;
    const event = toEventObject({ ...record, message }, reporter, identity);
    const note = String(event["note"]);
    expect(Buffer.byteLength(note)).toBeLessThanOrEqual(1_024);
    expect(note).toBe(`${"x".repeat(1_019)}é…`);
  });

  test("names a related object", () => {
    const event = toEventObject({ ...record, related: configMap("child", 2) }, reporter, identity);
    expect(event["related"]).toMatchObject({ name: "child", uid: "uid-child" });
  });
});
