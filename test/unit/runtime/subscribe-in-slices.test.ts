import { describe, expect, test } from "bun:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Informer, StoreEvent } from "../../../src/kube/informer.ts";
import { ObjectStore } from "../../../src/kube/store.ts";
import { subscribeInSlices } from "../../../src/runtime/subscribe-in-slices.ts";
import type { KubeObject } from "../../../src/schema/object.ts";
import { silentLogger } from "../../../src/telemetry/log.ts";

function object(name: string): KubeObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, uid: name } };
}

/** An informer that holds these objects and tells what a test says. */
function fakeInformer(names: readonly string[]) {
  const store = new ObjectStore();
  for (const name of names) store.put(object(name));
  const handlers = new Set<(event: StoreEvent) => void>();
  const informer: Pick<Informer, "store" | "subscribe"> = {
    store,
    subscribe(handler) {
      for (const each of store.values()) {
        handler({ kind: "added", object: each, isInitial: true });
      }
      handlers.add(handler);
      return () => handlers.delete(handler);
    },
  };
  const tell = (event: StoreEvent) => {
    for (const handler of handlers) handler(event);
  };
  return { informer, store, tell, handlers };
}

/** Each reading is so many milliseconds after the one before. */
function tickingClock(stepMs: number) {
  let nowMs = 0;
  return {
    monotonicMs() {
      nowMs += stepMs;
      return nowMs;
    },
  };
}

const names = ["a", "b", "c", "d"];
const nameOf = (event: StoreEvent) => `${event.kind} ${event.object.metadata.name}`;

describe("subscribeInSlices()", () => {
  test("tells what is there at once when it is little", () => {
    const { informer } = fakeInformer(names);
    const told: StoreEvent[] = [];
    const options = { clock: tickingClock(0), log: silentLogger };
    subscribeInSlices(informer, (event) => told.push(event), options);
    expect(told.map(nameOf)).toEqual(["added a", "added b", "added c", "added d"]);
    expect(told.every((event) => event.kind === "added" && event.isInitial)).toBe(true);
  });

  test("lets the event loop turn between slices, and tells what comes meanwhile at once", async () => {
    const { informer, store, tell } = fakeInformer(names);
    const told: string[] = [];
    const options = { clock: tickingClock(5), log: silentLogger };
    subscribeInSlices(informer, (event) => told.push(nameOf(event)), options);
    const first = told.length;
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(names.length);
    // Of what is gone by its turn nothing is told but that.
    const gone = store.delete("d") as KubeObject;
    tell({ kind: "deleted", object: gone });
    for (let turn = 0; turn < 10; turn++) await nextTurn();
    expect(told.slice(first)).toContain("deleted d");
    expect([...new Set(told)].sort()).toEqual(["added a", "added b", "added c", "deleted d"]);
    expect(told.length).toBe(4);
  });

  test("tells nothing any more once unsubscribed", async () => {
    const { informer, handlers } = fakeInformer(names);
    const told: string[] = [];
    const options = { clock: tickingClock(5), log: silentLogger };
    const unsubscribe = subscribeInSlices(informer, (event) => told.push(nameOf(event)), options);
    unsubscribe();
    const first = told.length;
    for (let turn = 0; turn < 10; turn++) await nextTurn();
    expect(told.length).toBe(first);
    expect(handlers.size).toBe(0);
  });
});
