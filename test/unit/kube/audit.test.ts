import { describe, expect, test } from "bun:test";
import { Auditor } from "../../../src/kube/audit.ts";
import type { KubeClient, ListOptions } from "../../../src/kube/client.ts";
import { KubeError } from "../../../src/kube/error.ts";
import type { StoreEvent } from "../../../src/kube/informer.ts";
import { Mirror } from "../../../src/kube/mirror.ts";
import type { KubeObject } from "../../../src/schema/object.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { CONFIG_MAP } from "./harness.ts";

/** Three pages. */
const COUNT = 2_600;
const INTERVAL_MS = 15_000;
const forever = new AbortController().signal;

function configMap(index: number, resourceVersion = String(index + 1)): KubeObject {
  const name = `c${String(index).padStart(5, "0")}`;
  const metadata = { name, namespace: "ns", uid: `uid-${index}`, resourceVersion };
  return { apiVersion: "v1", kind: "ConfigMap", metadata };
}

/** A server with pages, and a mirror that was told of everything. */
function setUp() {
  const objects = new Map<string, KubeObject>();
  for (let index = 0; index < COUNT; index++) {
    const object = configMap(index);
    objects.set(object.metadata.name, object);
  }
  const clock = manualClock();
  const events: StoreEvent[] = [];
  const selection = { type: CONFIG_MAP };
  const mirror = new Mirror(selection, (event) => events.push(event));
  mirror.startReset();
  for (const object of objects.values()) {
    mirror.change({ kind: "applied", object: structuredClone(object) });
  }
  mirror.finishReset("5000");
  events.length = 0;
  const requests: ListOptions[] = [];
  const failures: Error[] = [];
  const client = {
    async list(_: unknown, options: ListOptions) {
      requests.push(options);
      const failure = options.continueToken === undefined ? undefined : failures.shift();
      if (failure) throw failure;
      const name = options.fieldSelector?.replace("metadata.name=", "");
      const all = [...objects.values()].filter(
        ({ metadata }) => name === undefined || metadata.name === name,
      );
      const start = Number(options.continueToken ?? 0);
      const end = start + (options.limit ?? all.length);
      return {
        items: all.slice(start, end),
        resourceVersion: "5000",
        ...(end < all.length && { continueToken: String(end) }),
      };
    },
  } as unknown as KubeClient;
  let lost = 0;
  const auditor = new Auditor({ selection, mirror, client, clock, onLost: () => lost++ });
  return { objects, clock, mirror, events, requests, failures, auditor, lost: () => lost };
}

type Setting = ReturnType<typeof setUp>;

/** One interval later; waits out the grace that suspects are given. */
async function audit({ auditor, clock }: Setting) {
  clock.advance(INTERVAL_MS);
  const auditing = auditor.audit({ signal: forever });
  // It may fail before anybody waits for it.
  auditing.catch(() => undefined);
  for (let turn = 0; turn < 20; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    if (clock.pending > 0) clock.advance(2_000);
  }
  return auditing;
}

describe("Auditor with more objects than a page holds", () => {
  test("asks for one page at each call, and compares when it has all of them", async () => {
    const setting = setUp();
    expect(await audit(setting)).toEqual({ kind: "begun", listed: 1_250 });
    expect(await audit(setting)).toEqual({ kind: "begun", listed: 2_500 });
    expect(await audit(setting)).toEqual({ kind: "done", compared: COUNT, repaired: 0 });
    expect(setting.requests.map(({ continueToken }) => continueToken)).toEqual([
      undefined,
      "1250",
      "2500",
    ]);
    expect(await audit(setting)).toEqual({ kind: "begun", listed: 1_250 });
  });

  test("repairs what it found on any page, and takes nothing for gone that is on a later one", async () => {
    const setting = setUp();
    // Two events that were lost: a change on the first page, a deletion on the last one.
    setting.objects.set("c00007", configMap(7, "4000"));
    setting.objects.delete("c02599");
    await audit(setting);
    await audit(setting);
    expect(setting.events).toEqual([]);
    expect(await audit(setting)).toEqual({ kind: "done", compared: COUNT - 1, repaired: 2 });
    expect(
      setting.events.map(({ kind, object }) => `${kind} ${object.metadata.name}`).sort(),
    ).toEqual(["deleted c02599", "updated c00007"]);
    expect(setting.lost()).toBe(2);
    expect(setting.mirror.store.size).toBe(COUNT - 1);
  });

  test("begins anew when the server forgot where the next page begins", async () => {
    const setting = setUp();
    setting.failures.push(new KubeError("too old", { status: 410, reason: "Expired" }));
    await audit(setting);
    expect(await audit(setting)).toEqual({ kind: "skipped" });
    expect(await audit(setting)).toEqual({ kind: "begun", listed: 1_250 });
    expect(setting.requests.at(-1)?.continueToken).toBeUndefined();
  });

  test("begins anew after a page that failed", async () => {
    const setting = setUp();
    setting.failures.push(new KubeError("away", { status: 503 }));
    await audit(setting);
    await expect(audit(setting)).rejects.toThrow("away");
    expect(await audit(setting)).toEqual({ kind: "begun", listed: 1_250 });
    expect(setting.mirror.store.size).toBe(COUNT);
  });
});
