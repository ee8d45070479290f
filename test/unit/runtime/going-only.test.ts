import { describe, expect, test } from "bun:test";
import type { Leadership } from "../../../src/runtime/leadership.ts";
import { Bell } from "../../../src/std/bell.ts";
import { type BoxHarnessOptions, LAMP, lamp, openBox, SETTLED, settle } from "./box-harness.ts";

const REASON = 'Waits until "power" is healthy';
const going = (name: string) => lamp(name, { deletionTimestamp: "2026-01-01T00:00:00Z" });

/** A box that waits for a dependency until the test says that it is met. */
function openWaiting(options: BoxHarnessOptions = {}) {
  let unmet: string | undefined = REASON;
  const opened = openBox({ ...options, unmet: () => unmet });
  const depend = async (now: string | undefined) => {
    unmet = now;
    opened.changed.ring();
    await settle();
  };
  return { ...opened, depend };
}

describe("a box with an unmet dependency", () => {
  test("cleans up what is being deleted, and shows that it waits", async () => {
    const { box, reconciled, stop } = openWaiting({ objects: [lamp("a"), going("b"), lamp("c")] });
    await settle();
    expect(reconciled).toEqual(["ns/b"]);
    expect([box.state, box.health.obstacle?.message]).toEqual(["pending", REASON]);
    expect(box.health.startedAtMs).toBeUndefined();
    await stop();
  });

  test("takes up what is deleted meanwhile, and nothing that is made meanwhile", async () => {
    const { informers, reconciled, stop } = openWaiting({ objects: [lamp("a")] });
    await settle();
    informers[0]?.add(lamp("new"));
    informers[0]?.add(going("a"));
    await settle();
    expect(reconciled).toEqual(["ns/a"]);
    await stop();
  });

  test("leaves alone what took the name of one that went while its turn was waiting", async () => {
    const first = Promise.withResolvers<void>();
    const { informers, reconciled, stop } = openWaiting({
      objects: [going("a"), going("b")],
      reconcile: async () => {
        await first.promise;
        return SETTLED;
      },
    });
    await settle();
    informers[0]?.objects.set("ns/b", lamp("b", { uid: "another" }));
    first.resolve();
    await settle();
    expect(reconciled).toEqual(["ns/a"]);
    await stop();
  });

  test("works for all, by the caches that are open already, once it is met", async () => {
    const { box, informers, reconciled, depend, stop } = openWaiting({
      objects: [lamp("a"), going("b")],
    });
    await settle();
    await depend(undefined);
    expect([...reconciled].sort()).toEqual(["ns/a", "ns/b", "ns/b"]);
    expect([box.state, box.health.obstacle, informers.length]).toEqual(["healthy", undefined, 1]);
    await stop();
  });

  test("finishes the cleanup that is under way before it works for all", async () => {
    const held = Promise.withResolvers<void>();
    const { reconciled, depend, stop } = openWaiting({
      objects: [lamp("a"), going("b")],
      reconcile: async () => {
        await held.promise;
        return SETTLED;
      },
    });
    await settle();
    await depend(undefined);
    expect(reconciled).toEqual(["ns/b"]);
    held.resolve();
    await settle();
    expect([...reconciled].sort()).toEqual(["ns/a", "ns/b", "ns/b"]);
    await stop();
  });

  test("shows the dependency, not the missing CRD that keeps its cleanup, until it is met", async () => {
    const { box, depend, clock, served, stop } = openWaiting({ isServed: false });
    await settle();
    expect(box.health.obstacle?.message).toBe(REASON);
    await depend(undefined);
    expect(box.health.obstacle).toBeUndefined();
    clock.advance(10_000);
    await settle();
    expect(box.health.obstacle?.kind).toBe("missing");
    served.type = LAMP;
    clock.advance(10_000);
    await settle();
    expect(box.state).toBe("started");
    await stop();
  });

  test("stays pending through looks at its informers, in a later term as in the first", async () => {
    const changed = new Bell();
    let term = new AbortController();
    const leadership: Leadership = {
      get term() {
        return term.signal;
      },
      changed,
    };
    const { box, depend, stop } = openWaiting({ leadership, objects: [going("b")] });
    await depend(undefined);
    expect(box.state).toBe("healthy");
    await depend(REASON);
    term.abort(new Error("lost"));
    await settle();
    expect(box.state).toBe("standby");
    term = new AbortController();
    changed.ring();
    await settle();
    box.checkInformers();
    expect([box.state, box.health.obstacle?.message]).toEqual(["pending", REASON]);
    term.abort(new Error("lost"));
    await settle();
    expect([box.state, box.health.obstacle]).toEqual(["standby", undefined]);
    await stop();
  });
});
