import { expect, test } from "bun:test";
import { KubeError } from "../../../src/kube/error.ts";
import type { Informer, InformerState, StoreEvent } from "../../../src/kube/informer.ts";
import { openBoxChildren } from "../../../src/runtime/child-caches.ts";
import type { KubeObject, ResourceType } from "../../../src/schema/object.ts";
import { manualClock } from "../../support/manual-clock.ts";

const WIDGET: ResourceType = {
  group: "demo.dev",
  version: "v1",
  kind: "Widget",
  plural: "widgets",
  namespaced: true,
};

const GADGET: ResourceType = { ...WIDGET, kind: "Gadget", plural: "gadgets" };

/** An informer whose first list never comes, and whose state the test sets. */
function waiting() {
  const box: { state: InformerState } = { state: { kind: "listing" } };
  const informer = {
    get state() {
      return box.state;
    },
    subscribe: () => () => {},
    synced: (signal: AbortSignal) => {
      return new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
      });
    },
    async [Symbol.asyncDispose]() {
      box.state = { kind: "stopped" };
    },
  } as unknown as Informer;
  return { box, informer };
}

function open() {
  const clock = manualClock();
  const { box, informer } = waiting();
  const children = openBoxChildren({
    informers: { open: () => informer } as never,
    clock,
    ownerType: WIDGET,
    declared: [{ apiVersion: "demo.dev/v1", kind: "Gadget" }],
    onChange: () => {},
  });
  return { clock, box, children };
}

const forbidden = new KubeError("widgets is forbidden", { status: 403 });

test("open() fails with the reason of the informer, so that no worker waits for a permission", async () => {
  const { clock, box, children } = open();
  const opening = children.open(WIDGET, new AbortController().signal);
  box.state = { kind: "retrying", error: forbidden, attempts: 1 };
  clock.advance(50);
  expect(await opening.catch((error: unknown) => error)).toBe(forbidden);
});

test("open() ends with the signal and leaves no timer behind", async () => {
  const { clock, children } = open();
  const stopping = new AbortController();
  const opening = children.open(WIDGET, stopping.signal);
  stopping.abort(new Error("stopping"));
  expect(await opening.catch((error: Error) => error.message)).toBe("stopping");
  expect(clock.pending).toBe(0);
});

test("open() drops a kind on demand that cannot be listed, and tells all who wait why", async () => {
  const { clock, box, children } = open();
  const { signal } = new AbortController();
  const failures = [1, 2].map(() => children.open(WIDGET, signal).catch((error: unknown) => error));
  box.state = { kind: "retrying", error: forbidden, attempts: 1 };
  clock.advance(50);
  expect(await Promise.all(failures)).toEqual([forbidden, forbidden]);
  expect(box.state.kind as string).toBe("stopped");
  expect(children.informers).toEqual([]);
});

test("open() keeps a declared kind that cannot be listed: that is the box's trouble", async () => {
  const { clock, box, children } = open();
  const failure = children.open(GADGET, new AbortController().signal).catch((error) => error);
  box.state = { kind: "retrying", error: forbidden, attempts: 1 };
  clock.advance(50);
  expect(await failure).toBe(forbidden);
  expect(children.declared).toHaveLength(1);
});

test("open() refuses more kinds on demand than a box may follow", async () => {
  const { children } = open();
  const { signal } = new AbortController();
  for (let index = 0; index < 32; index++) {
    children.open({ ...WIDGET, kind: `Kind${index}` }, signal).catch(() => {});
  }
  const refused = await children.open(WIDGET, signal).catch((error: Error) => error.message);
  expect(refused).toContain("limit is 32");
  children.open(GADGET, signal).catch(() => {});
  expect(children.declared).toHaveLength(1);
  expect(children.informers).toHaveLength(33);
});

const JOB: ResourceType = { ...WIDGET, group: "batch", kind: "Job", plural: "jobs" };

function job(
  name: string,
  status: string,
  { spec = { ttlSecondsAfterFinished: 0 }, uid = "u" } = {},
) {
  const annotations = {
    "orkestra.orkspace.io/owner": "Widget.demo.dev/a/w",
    "orkestra.orkspace.io/owner-uid": uid,
  };
  const object: KubeObject = {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, namespace: "a", annotations },
    spec,
    status: { conditions: [{ type: status, status: "True" }] },
  };
  return object;
}

/** Jobs that the watch tells to be gone. */
function openJobs() {
  let tell: (event: StoreEvent) => void = () => {};
  const changed: string[] = [];
  const informer = {
    ...waiting().informer,
    subscribe: (handler: typeof tell) => {
      tell = handler;
      return () => {};
    },
  } as unknown as Informer;
  const children = openBoxChildren({
    informers: { open: () => informer } as never,
    clock: manualClock(),
    ownerType: WIDGET,
    declared: [],
    onChange: (key) => changed.push(key),
  });
  children.start(JOB);
  const gone = (object: KubeObject) => tell({ kind: "deleted", object });
  const namesOf = (uid: string) =>
    (children.takeExpired?.(uid) ?? []).map(({ metadata }) => metadata.name);
  return { gone, namesOf, changed };
}

test("takeExpired() gives Jobs that ended and went by their time to live, once", () => {
  const { gone, namesOf, changed } = openJobs();
  gone(job("one", "Complete"));
  gone(job("two", "Failed"));
  gone(job("of another owner", "Complete", { uid: "v" }));
  gone(job("without end", "Suspended"));
  gone(job("deleted by somebody", "Complete", { spec: {} as never }));
  expect(namesOf("u")).toEqual(["one", "two"]);
  expect(namesOf("u")).toEqual([]);
  expect(namesOf("v")).toEqual(["of another owner"]);
  expect(changed).toHaveLength(5);
});

test("takeExpired() remembers the Jobs of a thousand owners at most", () => {
  const { gone, namesOf } = openJobs();
  for (let index = 0; index <= 1_000; index++) gone(job("j", "Complete", { uid: `u${index}` }));
  expect([namesOf("u0"), namesOf("u1"), namesOf("u1000")]).toEqual([[], ["j"], ["j"]]);
});
