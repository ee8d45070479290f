import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, test } from "bun:test";
import type { ResolvedCrd } from "../../../src/katalog/resolved.ts";
import { afterStart, afterSuccess, initialHealth } from "../../../src/runtime/health.ts";
import type { BoxView, RuntimeView } from "../../../src/runtime/view.ts";
import type { KubeObject } from "../../../src/schema/object.ts";
import { parseListen } from "../../../src/server/listen.ts";
import { route } from "../../../src/server/routes.ts";
import { startViewServer } from "../../../src/server/server.ts";
import { systemClock } from "../../../src/std/clock.ts";
import { silentLogger } from "../../../src/telemetry/log.ts";
import { createMetrics } from "../../../src/telemetry/metrics.ts";

test.each([
  ["0", { kind: "off" }],
  ["off", { kind: "off" }],
  ["9000", { kind: "tcp", host: "127.0.0.1", port: 9000 }],
  [":8080", { kind: "tcp", host: undefined, port: 8080 }],
  ["127.0.0.1:0", { kind: "tcp", host: "127.0.0.1", port: 0 }],
  ["[::1]:80", { kind: "tcp", host: "::1", port: 80 }],
  ["localhost", undefined],
  ["1:2:3", undefined],
  [":99999", undefined],
])("parseListen(%p)", (text, expected) => {
  expect(parseListen(text)).toEqual(expected as never);
});

const website: KubeObject = {
  apiVersion: "demo.orkestra.dev/v1",
  kind: "Website",
  metadata: { name: "hello", namespace: "default", uid: "u1", generation: 1 },
  status: { conditions: [{ type: "Ready", status: "False", reason: "Progressing" }] },
};
const secret: KubeObject = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "token", namespace: "default" },
  data: { password: "aHVudGVyMg==" },
};

function box(overrides: Partial<BoxView> = {}): BoxView {
  const type = { group: "demo.orkestra.dev", version: "v1", kind: "Website", plural: "websites" };
  return {
    crd: {
      name: "website",
      type,
      workers: 3,
      resyncMs: 15_000,
      dependsOn: [],
    } as unknown as ResolvedCrd,
    type: { ...type, namespaced: true },
    health: afterSuccess(afterStart(initialHealth, 0), 1000),
    state: "healthy",
    queueDepth: 0,
    activeWorkers: 0,
    resourceCount: 1,
    objects: () => [website],
    object: (key) => (key === "default/hello" ? website : undefined),
    childrenOf: (uid) => (uid === "u1" ? [secret] : []),
    ...overrides,
  };
}

function view(overrides: Partial<RuntimeView> = {}): RuntimeView {
  const katalog = { metadata: { name: "demo" }, crds: [{ name: "website", isEnabled: true }] };
  return {
    katalog: katalog as unknown as RuntimeView["katalog"],
    configDigest: "sha256:abc",
    startedAtMs: 0,
    isStarted: true,
    isStopping: false,
    boxes: [box()],
    ...overrides,
  };
}

function ask(path: string, of: RuntimeView = view()) {
  const url = new URL(path, "http://localhost");
  const metrics = createMetrics();
  metrics.counter({ name: "a_total", help: "A", labels: [] }).add({}, 3);
  return route(url.pathname, { view: of, metrics, nowMs: 5000, query: url.searchParams });
}

describe("route()", () => {
  test.each([
    ["/startup", view(), 200],
    ["/startup", view({ isStarted: false }), 503],
    ["/ready", view({ isStopping: true }), 503],
    ["/readyz", view(), 200],
    ["/health", view({ isStarted: false }), 200],
    ["/katalog/website/health", view(), 200],
    ["/katalog/website/health", view({ boxes: [box({ state: "degraded" })] }), 503],
    ["/katalog/nobody", view(), 404],
    ["/katalog/website/cr/default/nobody", view(), 404],
    ["/nowhere", view(), 404],
    ["/api/v1/query", view(), 400],
  ])("answers %s with its status", async (path, of, status) => {
    expect((await ask(path, of)).status).toBe(status);
  });

  test("sums the Katalog up", async () => {
    expect((await ask("/katalog")).body).toMatchObject({
      name: "demo",
      digest: "sha256:abc",
      OrkReady: true,
      statusCounts: { healthy: 1 },
      uptimeSeconds: 5,
    });
  });

  test("shows a custom resource with its children, and no value of a Secret", async () => {
    const { body } = await ask("/katalog/website/cr/default/hello");
    expect(body).toMatchObject({
      ready: "False",
      reason: "Progressing",
      children: [{ kind: "Secret", name: "token", ready: true }],
    });
    expect(JSON.stringify(body)).not.toContain("aHVudGVyMg");
  });

  test("answers a query for a metric", async () => {
    expect((await ask("/api/v1/query?query=a_total")).body).toEqual({
      metric: "a_total",
      samples: [{ labels: {}, value: 3 }],
    });
  });
});

describe("startViewServer()", () => {
  const start = () =>
    startViewServer({
      host: "127.0.0.1",
      port: 0,
      view: view(),
      metrics: createMetrics(),
      clock: systemClock,
      log: silentLogger,
    });

  test("answers GET and HEAD, and nothing else", async () => {
    await using server = await start();
    expect(await (await fetch(`${server.url}/health`)).json()).toEqual({ status: "ok" });
    expect((await fetch(`${server.url}/health`, { method: "HEAD" })).status).toBe(200);
    expect((await fetch(`${server.url}/katalog`, { method: "DELETE" })).status).toBe(405);
  });

  test("refuses a request that names another host", async () => {
    await using server = await start();
    const answer = await fetch(`${server.url}/katalog`, { headers: { Host: "evil.example" } });
    expect(answer.status).toBe(403);
  });

  test("answers a target that is no URL", async () => {
    await using server = await start();
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    socket.write("GET // HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    const [first] = await once(socket, "data");
    socket.destroy();
    expect(String(first)).toStartWith("HTTP/1.1 200 OK");
  });

  test("rejects when the port is taken", async () => {
    await using server = await start();
    const port = Number(new URL(server.url).port);
    const options = {
      view: view(),
      metrics: createMetrics(),
      clock: systemClock,
      log: silentLogger,
    };
    expect(startViewServer({ host: "127.0.0.1", port, ...options })).rejects.toThrow();
  });
});
