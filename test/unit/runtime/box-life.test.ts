import { describe, expect, test } from "bun:test";
import type { Leadership } from "../../../src/runtime/leadership.ts";
import { Bell } from "../../../src/std/bell.ts";
import { type BoxHarnessOptions, LAMP, lamp, openBox, SETTLED, settle } from "./box-harness.ts";

/** A replica that leads when the test says so. */
function replica(options: BoxHarnessOptions = {}) {
  const changed = new Bell();
  let term: AbortController | undefined;
  const leadership: Leadership = {
    get term() {
      return term?.signal;
    },
    changed,
  };
  const opened = openBox({ ...options, leadership });
  return {
    ...opened,
    async win() {
      term = new AbortController();
      changed.ring();
      await settle();
    },
    async lose() {
      term?.abort(new Error("lost"));
      term = undefined;
      await settle();
    },
  };
}

describe("a box of a replica", () => {
  test("stands by with warm caches, works when it leads, and stands by again", async () => {
    const { box, informers, reconciled, win, lose, stop } = replica({ objects: [lamp("a")] });
    await settle();
    expect([box.state, [...box.objects()].length, reconciled]).toEqual(["standby", 1, []]);
    await win();
    expect([box.state, reconciled]).toEqual(["healthy", ["ns/a"]]);
    await lose();
    expect(box.state).toBe("standby");
    informers[0]?.add(lamp("b"));
    await settle();
    expect([box.queueDepth, reconciled]).toEqual([0, ["ns/a"]]);
    await win();
    // Everything is looked at anew, by the caches that were open all the time.
    expect(reconciled).toEqual(["ns/a", "ns/a", "ns/b"]);
    expect(informers).toHaveLength(1);
    await stop();
    expect(informers[0]?.state.kind).toBe("stopped");
  });

  test("aborts what is under way when the term ends, and finishes it before it works again", async () => {
    const held = Promise.withResolvers<void>();
    let pass: AbortSignal | undefined;
    const { reconciled, win, lose, stop } = replica({
      objects: [lamp("a")],
      onSignal: (signal) => {
        pass = signal;
      },
      reconcile: async () => {
        await held.promise;
        return SETTLED;
      },
    });
    await win();
    await lose();
    expect(pass?.aborted).toBe(true);
    await win();
    expect(reconciled).toEqual(["ns/a"]);
    held.resolve();
    await settle();
    expect(reconciled).toEqual(["ns/a", "ns/a"]);
    await stop();
  });

  test("leads although its caches never came up in standby", async () => {
    const options = { objects: [lamp("a")], isServed: false };
    const { box, served, reconciled, win, stop, clock } = replica(options);
    await settle();
    expect(box.health.obstacle?.kind).toBe("missing");
    served.type = LAMP;
    await win();
    clock.advance(10_000);
    await settle();
    expect([box.state, reconciled]).toEqual(["healthy", ["ns/a"]]);
    await stop();
  });

  test("starts anew when the CRD became another one while it stood by", async () => {
    const { box, informers, places, served, win, stop } = replica();
    await settle();
    served.type = { ...LAMP, hasStatus: true };
    if (informers[0]) informers[0].epoch++;
    await win();
    box.checkInformers();
    await settle();
    expect(places.map(({ type }) => type.hasStatus)).toEqual([false, true]);
    await stop();
  });

  test("stops while it stands by", async () => {
    const { informers, stop } = replica();
    await settle();
    await stop();
    expect(informers[0]?.state.kind).toBe("stopped");
  });

  test("names why its workers began, who edited, and what is next", async () => {
    const { box, informers, win, lose, stop } = replica({
      objects: [lamp("a")],
      reconcile: async () => ({ kind: "waiting", reason: "a lamp post", retryMs: 1_000 }),
    });
    await win();
    informers[0]?.add(lamp("b"));
    await settle();
    const causes = (key: string) => box.historyOf(key).entries[0]?.causes.map(({ text }) => text);
    expect(causes("ns/a")).toEqual(["this process became the leader"]);
    expect(causes("ns/b")).toEqual(["custom resource added"]);
    expect(box.historyOf("ns/a")).toMatchObject({
      next: { why: "waited" },
      unsettled: { result: "waiting", message: "a lamp post" },
    });
    expect(box.resyncDueMs("ns/a")).toBeGreaterThan(0);
    await lose();
    expect(box.resyncDueMs("ns/a")).toBeUndefined();
    await stop();
  });

  test("installs nothing in standby", async () => {
    const written: string[] = [];
    const crd = { metadata: { name: "lamps.home.dev" }, spec: {} };
    const client = {
      get: async () => {
        written.push("get");
        return { apiVersion: "v1", kind: "X", metadata: { name: "x" } };
      },
    };
    const { stop } = replica({ client, crd: { crd } as never });
    await settle();
    expect(written).toEqual([]);
    await stop();
  });
});
