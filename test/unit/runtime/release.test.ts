import { expect, test } from "bun:test";
import { KubeError } from "../../../src/kube/error.ts";
import { MANAGED_BY_ANNOTATION } from "../../../src/kube/marks.ts";
import { FINALIZER } from "../../../src/reconcile/marks.ts";
import { withRelease } from "../../../src/runtime/release.ts";
import type { KubeObject } from "../../../src/schema/object.ts";
import { silentLogger } from "../../../src/telemetry/log.ts";
import { LAMP, lamp, SETTLED } from "./box-harness.ts";

const { signal } = new AbortController();
const held = lamp("a", { finalizers: [FINALIZER] });

function releasing(live: KubeObject | undefined, refusal?: KubeError) {
  const stored = new Map<string, KubeObject>();
  const calls: string[] = [];
  const reconciler = withRelease(
    {
      async reconcile() {
        calls.push("reconcile");
        return SETTLED;
      },
    },
    {
      client: {
        async get() {
          calls.push("get");
          if (!live) throw new KubeError("not found", { status: 404 });
          return live;
        },
        async patch() {
          calls.push("patch");
          if (refusal) throw refusal;
          return held;
        },
      },
      type: LAMP,
      primary: { store: { get: (key) => stored.get(key) } },
      katalogName: "home",
      log: silentLogger,
      emit: () => void calls.push("event"),
    },
  );
  return { reconciler, stored, calls };
}

test.each<[string, KubeObject | undefined, string[]]>([
  ["lives on and is ours", held, ["get", "patch", "event", "reconcile"]],
  ["is gone", undefined, ["get", "reconcile"]],
  [
    "is another one of that name",
    lamp("a", { uid: "other", finalizers: [FINALIZER] }),
    ["get", "reconcile"],
  ],
  ["holds no finalizer of ours", lamp("a", { finalizers: ["x.dev/y"] }), ["get", "reconcile"]],
  [
    "is another Katalog's",
    lamp("a", { finalizers: [FINALIZER], annotations: { [MANAGED_BY_ANNOTATION]: "garden" } }),
    ["get", "reconcile"],
  ],
])("reconcile() of what left, when it %s", async (_, live, expected) => {
  const { reconciler, calls } = releasing(live);
  reconciler.noteDeparture(held);
  expect(await reconciler.reconcile("ns/a", { signal })).toEqual(SETTLED);
  await reconciler.reconcile("ns/a", { signal });
  expect(calls).toEqual([...expected, "reconcile"]);
});

test("reconcile() leaves what came back alone", async () => {
  const { reconciler, stored, calls } = releasing(held);
  reconciler.noteDeparture(held);
  stored.set("ns/a", held);
  await reconciler.reconcile("ns/a", { signal });
  expect(calls).toEqual(["reconcile"]);
});

test.each([
  ["changed meanwhile", new KubeError("test failed", { status: 422 }), "waiting"],
  ["server in trouble", new KubeError("try later", { status: 503 }), "retry"],
])("reconcile() of what left tries again: %s", async (_, refusal, kind) => {
  const { reconciler, calls } = releasing(held, refusal);
  reconciler.noteDeparture(held);
  expect((await reconciler.reconcile("ns/a", { signal })).kind).toBe(kind as never);
  await reconciler.reconcile("ns/a", { signal });
  expect(calls).toEqual(["get", "patch", "get", "patch"]);
});

test("noteDeparture() forgets what held no finalizer: it was deleted in order", async () => {
  const { reconciler, calls } = releasing(held);
  reconciler.noteDeparture(lamp("a"));
  await reconciler.reconcile("ns/a", { signal });
  expect(calls).toEqual(["reconcile"]);
});
