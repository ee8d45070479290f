import { describe, expect, test } from "bun:test";
import type { ServerResponse } from "node:http";
import type { Informer, StoreEvent } from "../../../src/kube/informer.ts";
import { createInformers } from "../../../src/kube/informers.ts";
import { createKubeClient } from "../../../src/kube/kube-client.ts";
import type { KubeObject } from "../../../src/schema/object.ts";
import { createMetrics } from "../../../src/telemetry/metrics.ts";
import { eventually } from "../../support/eventually.ts";
import { type ManualClock, manualClock } from "../../support/manual-clock.ts";
import { CONFIG_MAP, configMap, failureOf, memoryLog, transportTo } from "./harness.ts";
import { type SeenRequest, sendJson, sendStatus, startServer } from "./scripted-server.ts";

/** An API server with one kind of object, which tells its watches only what it is told to. */
class Backend {
  readonly objects = new Map<string, KubeObject>();
  readonly watches = new Set<ServerResponse>();
  version = 10;
  isClosed = false;
  closedBy = "closed";

  readonly handle = (request: SeenRequest, response: ServerResponse): void => {
    if (this.isClosed) sendStatus(response, { code: 503, reason: "x", message: this.closedBy });
    else if (request.query.get("watch")) this.#watch(request, response);
    else this.#list(response, request.query.get("fieldSelector"));
  };

  #list(response: ServerResponse, selector: string | null): void {
    const items = [...this.objects.values()].filter(
      ({ metadata }) => selector === null || selector === `metadata.name=${metadata.name}`,
    );
    sendJson(response, { metadata: { resourceVersion: `${this.version}` }, items });
  }

  #watch(request: SeenRequest, response: ServerResponse): void {
    response.writeHead(200).flushHeaders();
    this.watches.add(response);
    response.on("close", () => this.watches.delete(response));
    if (!request.query.get("sendInitialEvents")) return;
    for (const object of this.objects.values()) this.#send(response, "ADDED", object);
    const metadata = {
      resourceVersion: `${this.version}`,
      annotations: { "k8s.io/initial-events-end": "true" },
    };
    this.#send(response, "BOOKMARK", { metadata });
  }

  /** Changes the state and, unless silent, tells the watches. */
  put(name: string, options: { isSilent?: boolean } = {}): KubeObject {
    const object = configMap(name, ++this.version);
    const type = this.objects.has(name) ? "MODIFIED" : "ADDED";
    this.objects.set(name, object);
    if (!options.isSilent) this.tell(type, object);
    return object;
  }

  tell(type: string, object: unknown): void {
    for (const response of this.watches) this.#send(response, type, object);
  }

  #send(response: ServerResponse, type: string, object: unknown): void {
    response.write(`${JSON.stringify({ type, object })}\n`);
  }
}

interface Setup {
  readonly backend: Backend;
  readonly open: () => Informer;
  readonly requests: readonly SeenRequest[];
  readonly clock: ManualClock;
  readonly log: ReturnType<typeof memoryLog>;
  readonly metrics: ReturnType<typeof createMetrics>;
}

const forever = new AbortController().signal;

async function withBackend(use: (setup: Setup) => Promise<void>): Promise<void> {
  const backend = new Backend();
  await using server = await startServer(backend.handle);
  const clock = manualClock();
  const metrics = createMetrics();
  const log = memoryLog();
  using transport = transportTo(server.url, { clock });
  await using informers = createInformers({
    transport,
    client: createKubeClient(transport),
    clock,
    random: () => 0.5,
    log,
    metrics,
  });
  const open = () => informers.open({ type: CONFIG_MAP, namespace: "ns" });
  await use({ backend, open, requests: server.requests, clock, log, metrics });
}

function soon(what: string, look: () => boolean | Promise<boolean>): Promise<boolean> {
  return eventually(what, look, { everyMs: 1 });
}

function names(informer: Informer): string[] {
  return [...informer.store.values()].map(({ metadata }) => metadata.name).sort();
}

describe("createInformers()", () => {
  test("shares one watch among equal selections and stops it with the last holder", async () => {
    await withBackend(async ({ backend, open, requests }) => {
      backend.put("a");
      const first = open();
      const second = open();
      await Promise.all([first.synced(forever), second.synced(forever)]);
      expect(first.store).toBe(second.store);
      expect(requests.length).toBe(1);
      await first[Symbol.asyncDispose]();
      await first[Symbol.asyncDispose]();
      expect(second.state).toEqual({ kind: "watching" });
      await second[Symbol.asyncDispose]();
      expect(second.state).toEqual({ kind: "stopped" });
      await soon("the server sees the watch end", () => backend.watches.size === 0);
      await using third = open();
      await third.synced(forever);
      expect(requests.length).toBe(2);
    });
  });

  test("tells events in order, and late subscribers what is there already", async () => {
    await withBackend(async ({ backend, open }) => {
      backend.put("a");
      await using informer = open();
      const early: string[] = [];
      const told = (list: string[]) => (event: StoreEvent) =>
        void list.push(`${event.kind} ${event.object.metadata.name}`);
      informer.subscribe(told(early));
      await informer.synced(forever);
      backend.put("b");
      backend.tell("DELETED", { ...configMap("a", ++backend.version) });
      await soon("the deletion is told", () => early.length === 3);
      expect(early).toEqual(["added a", "added b", "deleted a"]);
      const late: string[] = [];
      const unsubscribe = informer.subscribe(told(late));
      expect(late).toEqual(["added b"]);
      unsubscribe();
      backend.put("c");
      await soon("c is told", () => early.length === 4);
      expect(late).toEqual(["added b"]);
    });
  });

  test("goes on when a handler throws", async () => {
    await withBackend(async ({ backend, open, log }) => {
      await using informer = open();
      informer.subscribe(() => {
        throw new Error("broken handler");
      });
      await informer.synced(forever);
      backend.put("a");
      await soon("a is stored", () => informer.store.size === 1);
      expect(log.lines).toEqual(["error A handler of store events failed"]);
    });
  });

  test("shows that it cannot follow, and recovers", async () => {
    await withBackend(async ({ backend, open, clock }) => {
      backend.isClosed = true;
      await using informer = open();
      await soon("the failure shows", () => informer.state.kind === "retrying");
      expect(informer.state).toMatchObject({ attempts: 1, error: { status: 503 } });
      backend.isClosed = false;
      backend.put("a");
      await soon("the list is there", () => {
        clock.advance(1_000);
        return informer.store.size === 1;
      });
      expect(informer.state).toEqual({ kind: "watching" });
    });
  });

  test("logs a failure that lasts once, what follows it once more, and counts each", async () => {
    await withBackend(async ({ backend, open, clock, log, metrics }) => {
      const failures = async () =>
        (await metrics.query("orkestra_informer_failures_total"))[0]?.value ?? 0;
      const untilFailed = (times: number) =>
        soon(`it failed ${times} times`, async () => {
          clock.advance(1_000);
          return (await failures()) >= times;
        });
      backend.isClosed = true;
      await using informer = open();
      await untilFailed(1);
      const told = () => log.lines.filter((line) => line.startsWith("error"));
      expect(told()).toEqual([]);
      await untilFailed(6);
      expect(told()).toEqual(["error Cannot follow changes, trying again"]);
      backend.closedBy = "closed again";
      await untilFailed(9);
      expect(told()).toHaveLength(2);
      expect(informer.state.kind).toBe("retrying");
      backend.isClosed = false;
      await soon("the end is told", () => {
        clock.advance(1_000);
        return log.lines.includes("info Follows changes again");
      });
      clock.advance(60_000);
      expect(log.lines.filter((line) => line.startsWith("info"))).toHaveLength(1);
    });
  });

  test("does not wait for ever: synced() ends with its signal and with the informer", async () => {
    await withBackend(async ({ backend, open }) => {
      backend.isClosed = true;
      const informer = open();
      const aborting = new AbortController();
      const hasty = failureOf(informer.synced(aborting.signal));
      const patient = failureOf(informer.synced(forever));
      const reason = new Error("enough");
      aborting.abort(reason);
      expect(await hasty).toBe(reason as never);
      await informer[Symbol.asyncDispose]();
      expect((await patient).message).toBe(
        "Cannot wait for the list of ConfigMap: its informer stopped",
      );
    });
  });

  test("counts what it holds", async () => {
    await withBackend(async ({ backend, open, metrics }) => {
      backend.put("a");
      await using informer = open();
      await informer.synced(forever);
      expect(await metrics.query("orkestra_informer_objects")).toEqual([
        { labels: { group: "", kind: "ConfigMap" }, value: 1 },
      ]);
    });
  });
});

describe("Informer audit()", () => {
  /** Audits, and lets the moment pass in which an event may still be on its way. */
  async function audit(informer: Informer, clock: ManualClock) {
    const auditing = informer.audit({ signal: forever });
    let isDone = false;
    void auditing.finally(() => {
      isDone = true;
    });
    await soon("the audit is done", () => {
      // Only while the audit itself waits, beside the watch: else a slow machine makes it silent.
      if (clock.pending > 1) clock.advance(500);
      return isDone;
    });
    return auditing;
  }

  test("finds nothing when nothing is lost, in one list", async () => {
    await withBackend(async ({ backend, open, clock, requests }) => {
      backend.put("a");
      await using informer = open();
      await informer.synced(forever);
      const report = await informer.audit({ signal: forever });
      expect(report).toEqual({ kind: "done", compared: 1, repaired: 0 });
      expect(requests.length).toBe(2);
      expect(requests[1]?.headers.accept).toContain("PartialObjectMetadataList");
      expect(clock.pending).toBeLessThanOrEqual(1);
    });
  });

  test("repairs what the watch never told, with events, and counts it", async () => {
    await withBackend(async ({ backend, open, clock, metrics }) => {
      for (const name of ["same", "changed", "gone"]) backend.put(name);
      await using informer = open();
      const events: string[] = [];
      await informer.synced(forever);
      informer.subscribe(({ kind, object }) => void events.push(`${kind} ${object.metadata.name}`));
      events.length = 0;
      backend.put("changed", { isSilent: true });
      backend.put("new", { isSilent: true });
      backend.objects.delete("gone");
      backend.version++;
      expect(await audit(informer, clock)).toEqual({ kind: "done", compared: 3, repaired: 3 });
      expect(events.sort()).toEqual(["added new", "deleted gone", "updated changed"]);
      expect(names(informer)).toEqual(["changed", "new", "same"]);
      expect(await metrics.query("orkestra_informer_lost_events_total")).toEqual([
        { labels: { group: "", kind: "ConfigMap" }, value: 3 },
      ]);
    });
  });

  test("does not count an event that was merely on its way", async () => {
    await withBackend(async ({ backend, open, clock }) => {
      await using informer = open();
      await informer.synced(forever);
      const late = backend.put("late", { isSilent: true });
      const auditing = informer.audit({ signal: forever });
      await soon("the audit waits", () => clock.pending === 2);
      backend.tell("ADDED", late);
      await soon("it arrives", () => informer.store.size === 1);
      clock.advance(2_000);
      expect(await auditing).toEqual({ kind: "done", compared: 1, repaired: 0 });
    });
  });

  test("is skipped while one runs, too soon after one, and while the watch is down", async () => {
    await withBackend(async ({ backend, open, clock }) => {
      await using informer = open();
      await informer.synced(forever);
      const [first, second] = await Promise.all([
        informer.audit({ signal: forever }),
        informer.audit({ signal: forever }),
      ]);
      expect([first.kind, second.kind]).toEqual(["done", "skipped"]);
      const again = () => informer.audit({ signal: forever, minIntervalMs: 10_000 });
      expect(await again()).toEqual({ kind: "skipped" });
      clock.advance(10_000);
      expect((await again()).kind).toBe("done");
      backend.isClosed = true;
      for (const response of backend.watches) response.socket?.destroy();
      await soon("the failure shows", () => informer.state.kind === "retrying");
      expect(await informer.audit({ signal: forever })).toEqual({ kind: "skipped" });
    });
  });
});
