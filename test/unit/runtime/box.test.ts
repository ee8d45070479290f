import { expect, test } from "bun:test";
import { KubeError } from "../../../src/kube/error.ts";
import { FINALIZER } from "../../../src/reconcile/marks.ts";
import { LAMP, lamp, openBox, SETTLED, settle } from "./box-harness.ts";

const gone = new KubeError("lamps not found", { status: 404 });
const forbidden = new KubeError("lamps is forbidden", { status: 403 });

test("checkInformers() heeds the primary and declared kinds, not what a custom resource asked for", async () => {
  const { box, informers, places, stop } = openBox({
    childKinds: [{ apiVersion: "home.dev/v1", kind: "Bulb" }],
  });
  await settle();
  void places[0]?.children.open({ ...LAMP, kind: "Asked" }, new AbortController().signal);
  const [primary, bulb, asked] = informers;
  if (!primary || !bulb || !asked) throw new Error("Expected three informers");
  asked.state = { kind: "retrying", error: forbidden, attempts: 9 };
  box.checkInformers();
  expect(box.state).toBe("started");
  bulb.state = { kind: "retrying", error: forbidden, attempts: 1 };
  box.checkInformers();
  expect(box.state).toBe("degraded");
  expect(box.health.obstacle).toEqual({
    kind: "forbidden",
    isOfChild: true,
    message: expect.stringMatching(/^Cannot watch the kind Bulb \(a child\): /),
  });
  await stop();
});

test("checkInformers() starts the box again when the CRD came back as another one", async () => {
  const { box, informers, places, served, reconciled, stop } = openBox({ objects: [lamp("a")] });
  await settle();
  const [first] = informers;
  if (!first) throw new Error("Expected an informer");
  first.state = { kind: "retrying", error: gone, attempts: 1 };
  box.checkInformers();
  expect(box.health.obstacle?.message).toBe("CRD missing at runtime");
  served.type = { ...LAMP, namespaced: false, hasStatus: true };
  first.state = { kind: "watching" };
  first.epoch++;
  box.checkInformers();
  await settle();
  expect(places.map(({ type }) => type.hasStatus)).toEqual([false, true]);
  expect(first.state.kind as string).toBe("stopped");
  expect(box.state).toBe("healthy");
  informers[1]?.add(lamp("b"));
  await settle();
  expect(reconciled).toEqual(["ns/a", "ns/b"]);
  await stop();
});

test("checkInformers() looks again where discovery does not serve the CRD yet", async () => {
  const { box, informers, places, served, stop } = openBox();
  await settle();
  const [first] = informers;
  if (!first) throw new Error("Expected an informer");
  first.epoch++;
  served.type = undefined;
  box.checkInformers();
  await settle();
  served.type = { ...LAMP, hasStatus: true };
  box.checkInformers();
  await settle();
  expect(places).toHaveLength(2);
  await stop();
});

test("checkInformers() goes on with the box when the CRD is the same after a new list", async () => {
  const { box, informers, places, stop } = openBox();
  await settle();
  const [first] = informers;
  if (first) first.epoch++;
  box.checkInformers();
  await settle();
  expect(places).toHaveLength(1);
  await stop();
});

test("run() finishes the work in progress at a stop and leaves the backlog", async () => {
  const first = Promise.withResolvers<void>();
  const { reconciled, drain, ended } = openBox({
    objects: [lamp("a"), lamp("b"), lamp("c")],
    reconcile: async () => {
      await first.promise;
      return SETTLED;
    },
  });
  await settle();
  drain();
  first.resolve();
  await ended;
  expect(reconciled).toEqual(["ns/a"]);
});

test("run() serves first what nobody has seen before, wherever it stands among what is there", async () => {
  const old = (name: string) => lamp(name, { finalizers: [FINALIZER] });
  const { reconciled, stop } = openBox({
    objects: [old("a"), old("b"), lamp("new"), old("c")],
  });
  await settle();
  await stop();
  expect(reconciled).toEqual(["ns/new", "ns/a", "ns/b", "ns/c"]);
});

test("run() shows a fault of ours as degraded, and does not throw", async () => {
  const { box, ended } = openBox({
    createReconciler: () => {
      throw new TypeError("x is not a function");
    },
  });
  await ended;
  expect(box.state).toBe("degraded");
  expect(box.health.obstacle).toMatchObject({ kind: "fault" });
  expect(box.health.lastError).toContain("x is not a function");
});

test("run() shows the counters of its CRD at 0 from the start", async () => {
  const { metrics, stop } = openBox();
  await settle();
  const text = await metrics.expose();
  for (const line of [
    'controller_runtime_reconcile_total{controller="lamp",result="error"} 0',
    'controller_reconcile_total{crd="lamp",result="stuck"} 0',
    'workqueue_retries_total{name="lamp"} 0',
  ]) {
    expect(text).toContain(line);
  }
  expect(text).toContain("# TYPE controller_reconcile_duration_seconds histogram");
  await stop();
});

test("run() releases a custom resource that left the selector of its entry", async () => {
  const held = lamp("a", { finalizers: ["others.dev/x", FINALIZER], resourceVersion: "7" });
  const patches: unknown[] = [];
  const { informers, events, stop } = openBox({
    crd: { labelSelector: "room=hall" },
    objects: [held],
    client: {
      get: async () => held,
      patch: async (_, patch) => {
        patches.push(patch);
        return held;
      },
    },
  });
  await settle();
  informers[0]?.remove(held);
  await settle();
  expect(patches).toEqual([
    expect.arrayContaining([
      { op: "test", path: "/metadata/resourceVersion", value: "7" },
      { op: "remove", path: "/metadata/finalizers/1" },
    ]),
  ]);
  expect(events.map(({ reason }) => reason)).toEqual(["LampReleased"]);
  await stop();
});

test("run() releases one that left while nobody ran, once, and stops while it looks", async () => {
  const annotations = {
    "orkestra.orkspace.io/managed-by": "home",
    "orkestra.orkspace.io/config-digest": "sha256:one",
  };
  const held = lamp("a", { finalizers: [FINALIZER], annotations });
  const patches: unknown[] = [];
  const { events, stop, box } = openBox({
    crd: { labelSelector: "room=hall" },
    client: {
      list: async (_, { labelSelector = "" } = {}) => ({
        items: labelSelector.includes("room=hall") ? [] : [held],
        resourceVersion: "1",
      }),
      get: async () => held,
      patch: async (_, patch) => {
        patches.push(patch);
        return held;
      },
    },
  });
  await settle();
  expect(patches).toHaveLength(1);
  expect(events.map(({ reason }) => reason)).toEqual(["LampReleased"]);
  await stop();
  expect(box.health.obstacle).toBeUndefined();
  const hanging = openBox({
    crd: { labelSelector: "room=hall" },
    client: {
      list: (_, { signal } = {}) =>
        new Promise((_resolve, reject) =>
          signal?.addEventListener("abort", () => reject(signal.reason)),
        ),
    },
  });
  await settle();
  await hanging.stop();
});

test("run() asks nobody about what is gone from a box without a selector", async () => {
  const held = lamp("a", { finalizers: [FINALIZER] });
  const asked: string[] = [];
  const { informers, stop } = openBox({
    objects: [held],
    client: {
      get: async ({ name }) => {
        asked.push(name);
        return held;
      },
    },
  });
  await settle();
  informers[0]?.remove(held);
  await settle();
  expect(asked).toEqual([]);
  await stop();
});
