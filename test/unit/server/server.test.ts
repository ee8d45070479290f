import { describe, expect, test } from "bun:test";
import { once } from "node:events";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
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
    contestedCount: 0,
    objects: () => [website],
    object: (key) => (key === "default/hello" ? website : undefined),
    childrenOf: (uid) => (uid === "u1" ? [secret] : []),
    historyOf: () => ({ entries: [] }),
    pauseOf: () => undefined,
    resyncDueMs: () => 5_000,
    ...overrides,
  };
}

function view(overrides: Partial<RuntimeView> = {}): RuntimeView {
  const katalog = { metadata: { name: "demo" }, crds: [{ name: "website", isEnabled: true }] };
  return {
    katalog: katalog as unknown as RuntimeView["katalog"],
    configDigest: "sha256:abc",
    imports: [],
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
      namespaces: [],
      uptimeSeconds: 5,
    });
  });

  describe("an entry that is disabled", () => {
    const crd = { ...box().crd, name: "tower", isEnabled: false };
    const katalog = { metadata: { name: "demo" }, crds: [{ ...box().crd, isEnabled: true }, crd] };
    const of = view({ katalog: katalog as unknown as RuntimeView["katalog"] });

    test("is listed as that, and counted", async () => {
      const { body } = await ask("/katalog", of);
      expect(body).toMatchObject({
        total: 2,
        totalEnabled: 1,
        statusCounts: { healthy: 1, disabled: 1 },
        crds: [
          { name: "website", state: "healthy" },
          { name: "tower", state: "disabled", resourceCount: 0 },
        ],
      });
    });

    test.each([
      ["/katalog/tower", { status: 200, body: { name: "tower", state: "disabled" } }],
      ["/katalog/tower/health", { status: 200, body: { state: "disabled", healthy: false } }],
      [
        "/katalog/tower/cr/default/hello/why",
        { status: 409, body: { error: 'The entry "tower" is disabled' } },
      ],
    ])("%s says so", async (path, expected) => {
      expect(await ask(path, of)).toMatchObject(expected);
    });
  });

  test.each([
    ['Cannot write Secret "default/token": it is taken', false],
    [
      'Cannot write Secret "default/other": it is taken; Secret "default/token" is left as it is',
      false,
    ],
    ['Cannot write Secret "default/other": it is taken', true],
  ])("shows as not ready what Ready says of a child: %s", async (message, ready) => {
    const conditions = [{ type: "Ready", status: "False", reason: "ChildError", message }];
    const object = () => ({ ...website, status: { conditions } });
    const answer = await ask(
      "/katalog/website/cr/default/hello",
      view({ boxes: [box({ object })] }),
    );
    expect(answer.body).toMatchObject({ children: [{ kind: "Secret", ready }] });
  });

  test("shows as not ready what the last reconcile says of a child where no Ready is written", async () => {
    const message = 'Cannot write Secret "default/token": it is taken';
    const historyOf = () => ({
      entries: [],
      unsettled: { result: "stuck", message, failures: 0 } as const,
    });
    const object = () => ({ ...website, status: {} });
    const of = view({ boxes: [box({ object, historyOf })] });
    const { body } = await ask("/katalog/website/cr/default/hello", of);
    expect(body).toMatchObject({ children: [{ ready: false }] });
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

  test("does not call ready what was edited since", async () => {
    const ready = { type: "Ready", status: "True", reason: "Ready", observedGeneration: 1 };
    const metadata = { ...website.metadata, generation: 2 };
    const edited = { ...website, metadata, status: { conditions: [ready] } };
    const of = view({ boxes: [box({ object: () => edited })] });
    const expected = { ready: "Unknown", reason: "NotObserved" };
    expect((await ask("/katalog/website/cr/default/hello", of)).body).toMatchObject(expected);
  });

  test("shows the namespaces that are watched, unless one entry watches all", async () => {
    const inside = (namespace: string) => ({ ...box(), crd: { ...box().crd, namespace } });
    const boxes = [inside("b"), inside("a"), inside("b")];
    expect((await ask("/katalog", view({ boxes }))).body).toMatchObject({ namespaces: ["a", "b"] });
    expect((await ask("/katalog", view({ boxes: [...boxes, box()] }))).body).toMatchObject({
      namespaces: [],
    });
  });

  test("says in the health whether a dependency is unhealthy", async () => {
    expect((await ask("/katalog/website/health")).body).toMatchObject({
      uptime: "5s",
      gated: false,
      hasUnhealthyDependencies: false,
    });
    const { crd } = box();
    const dependsOn = [{ crd: "database", condition: "healthy" as const }];
    const dependent = box({ crd: { ...crd, dependsOn } });
    const database = box({ crd: { ...crd, name: "database" }, health: initialHealth });
    const { body } = await ask("/katalog/website/health", view({ boxes: [dependent, database] }));
    expect(body).toMatchObject({ hasUnhealthyDependencies: true });
  });

  test.each([["/katalog/website/cr/default/hello/events"]])(
    "says that %s is not in this build",
    async (path) => {
      const { status, body } = await ask(path);
      expect(status).toBe(404);
      expect(JSON.stringify(body)).toContain("not in this build");
    },
  );

  test("shows a custom resource that is called like a view of one", async () => {
    const object = (key: string) => (key === "default/events" ? website : undefined);
    const of = view({ boxes: [box({ object })] });
    expect((await ask("/katalog/website/cr/default/events", of)).status).toBe(200);
  });

  test.each([
    ["/katalog/website/cr/default/hello?field=metadata.generation", 1],
    ["/katalog/website/cr/default/hello?field=.status.conditions.0.reason", "Progressing"],
    ["/katalog/website/cr/default/hello?field=spec.none", null],
  ])("answers %s with the field", async (path, value) => {
    expect(await ask(path)).toMatchObject({ status: 200, body: { name: "hello", value } });
  });

  test("answers a list with a field of each, and refuses a path that is none", async () => {
    const { body } = await ask("/katalog/website/cr?field=metadata.uid");
    expect(body).toMatchObject({ items: [{ name: "hello", field: "metadata.uid", value: "u1" }] });
    for (const path of ["/katalog/website/cr", "/katalog/website/cr/default/hello"]) {
      expect((await ask(`${path}?field=a..b`)).status).toBe(400);
    }
  });

  test("lists custom resources page by page, each once", async () => {
    const many = Array.from({ length: 1_203 }, (_, index) => ({
      ...website,
      metadata: { name: `site-${(index * 7) % 1_203}`, namespace: "default", uid: "u" },
    }));
    const of = view({ boxes: [box({ objects: () => many, resourceCount: many.length })] });
    const seen: string[] = [];
    const sizes: number[] = [];
    for (let next: string | undefined = ""; next !== undefined; ) {
      const { body } = await ask(`/katalog/website/cr?continue=${encodeURIComponent(next)}`, of);
      const page = body as { count: number; items: { name: string }[]; continue?: string };
      expect(page.count).toBe(1_203);
      seen.push(...page.items.map(({ name }) => name));
      sizes.push(page.items.length);
      next = page.continue;
    }
    expect(sizes).toEqual([500, 500, 203]);
    expect(new Set(seen).size).toBe(1_203);
    expect((await ask("/katalog/website/cr?limit=2", of)).body).toMatchObject({ items: [{}, {}] });
  });

  test.each(["0", "501", "many", "1.5"])("refuses a page of %s", async (limit) => {
    expect((await ask(`/katalog/website/cr?limit=${limit}`)).status).toBe(400);
  });

  test("answers a query for a metric", async () => {
    expect((await ask("/api/v1/query?query=a_total")).body).toEqual({
      metric: "a_total",
      samples: [{ labels: {}, value: 3 }],
    });
  });
});

describe("startViewServer()", () => {
  const hasIPv6 = Object.values(networkInterfaces())
    .flat()
    .some((each) => each?.address === "::1");
  test.each([
    ["127.0.0.1", "http://127.0.0.1:"],
    ...(hasIPv6 ? [["::1", "http://[::1]:"] as const] : []),
  ])("tells its URL on %s", async (host, expected) => {
    await using server = await startViewServer({
      host,
      port: 0,
      view: () => undefined,
      metrics: createMetrics(),
      clock: systemClock,
      log: silentLogger,
    });
    expect(server.url).toStartWith(expected);
    expect(URL.canParse(server.url)).toBe(true);
    // There is no runtime yet.
    expect((await fetch(`${server.url}/ready`)).status).toBe(503);
    expect((await fetch(`${server.url}/katalog`)).status).toBe(503);
  });

  const start = () =>
    startViewServer({
      host: "127.0.0.1",
      port: 0,
      view: () => view(),
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
    expect(String(first)).toStartWith("HTTP/1.1 400");
  });

  test("rejects when the port is taken", async () => {
    await using server = await start();
    const port = Number(new URL(server.url).port);
    const options = {
      view: () => view(),
      metrics: createMetrics(),
      clock: systemClock,
      log: silentLogger,
    };
    expect(startViewServer({ host: "127.0.0.1", port, ...options })).rejects.toThrow();
  });
});
