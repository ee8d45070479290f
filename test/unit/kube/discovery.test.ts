import { describe, expect, test } from "bun:test";
import { createDiscovery, type Discovery } from "../../../src/kube/discovery.ts";
import { type ManualClock, manualClock } from "../../support/manual-clock.ts";
import { failureOf, transportTo } from "./harness.ts";
import { type Handler, sendJson, sendStatus, startServer } from "./scripted-server.ts";

const verbs = ["get", "list", "watch"];

function resource(plural: string, kind: string, more: object = {}) {
  return {
    resource: plural,
    responseKind: { group: "", version: "", kind },
    scope: "Namespaced",
    singularResource: kind.toLowerCase(),
    verbs,
    ...more,
  };
}

function group(name: string, ...versions: readonly object[]) {
  return { metadata: { name }, versions };
}

function current(version: string, ...resources: readonly object[]) {
  return { version, freshness: "Current", resources };
}

const core = [group("", current("v1", resource("pods", "Pod", { shortNames: ["po"] })))];
const apps = group(
  "apps",
  current(
    "v1",
    resource("deployments", "Deployment", {
      subresources: [{ subresource: "scale" }, { subresource: "status" }],
    }),
  ),
);
const scaling = group(
  "autoscaling",
  current("v2", resource("horizontalpodautoscalers", "HorizontalPodAutoscaler")),
  current("v1", resource("horizontalpodautoscalers", "HorizontalPodAutoscaler")),
);
const metrics = (freshness: string, ...resources: readonly object[]) =>
  group("metrics.k8s.io", { version: "v1beta1", freshness, resources });

/** Serves the aggregated form; `groups` may change between requests. */
function aggregated(groups: { named: readonly object[] }): Handler {
  return ({ path }, response) =>
    sendJson(response, {
      kind: "APIGroupDiscoveryList",
      items: path === "/api" ? core : groups.named,
    });
}

interface Setup {
  readonly discovery: Discovery;
  readonly clock: ManualClock;
  readonly paths: () => string[];
}

async function withServer(handler: Handler, use: (setup: Setup) => Promise<void>): Promise<void> {
  await using server = await startServer(handler);
  using transport = transportTo(server.url);
  const clock = manualClock();
  const discovery = createDiscovery({ transport, clock });
  await use({ discovery, clock, paths: () => server.requests.map(({ path }) => path).sort() });
}

describe("createDiscovery() in the aggregated form", () => {
  test("reads everything in two requests, once", async () => {
    await withServer(aggregated({ named: [apps, scaling] }), async ({ discovery, paths }) => {
      expect(await discovery.findKind({ group: "apps", kind: "Deployment" })).toEqual({
        group: "apps",
        version: "v1",
        kind: "Deployment",
        plural: "deployments",
        namespaced: true,
        singular: "deployment",
        shortNames: [],
        categories: [],
        verbs,
        subresources: ["scale", "status"],
        hasStatus: true,
        hasScale: true,
      });
      expect(await discovery.findPlural({ group: "", plural: "pods" })).toMatchObject({
        kind: "Pod",
        shortNames: ["po"],
        hasStatus: false,
      });
      expect((await discovery.list()).length).toBe(4);
      expect(paths()).toEqual(["/api", "/apis"]);
    });
  });

  test("prefers the server's first version, and takes the one that is asked for", async () => {
    await withServer(aggregated({ named: [scaling] }), async ({ discovery }) => {
      const query = { group: "autoscaling", kind: "HorizontalPodAutoscaler" };
      expect((await discovery.findKind(query))?.version).toBe("v2");
      expect((await discovery.findKind({ ...query, version: "v1" }))?.version).toBe("v1");
      expect(await discovery.findKind({ ...query, version: "v9" })).toBeUndefined();
    });
  });

  test("looks again for what it does not know, but not every time", async () => {
    const groups = { named: [] as object[] };
    await withServer(aggregated(groups), async ({ discovery, clock, paths }) => {
      const query = { group: "apps", kind: "Deployment" };
      expect(await discovery.findKind(query)).toBeUndefined();
      groups.named = [apps];
      expect(await discovery.findKind(query)).toBeUndefined();
      expect(paths().length).toBe(2);
      clock.advance(5_000);
      expect((await discovery.findKind(query))?.plural).toBe("deployments");
      expect(paths().length).toBe(4);
    });
  });

  test("reads at once when told to", async () => {
    const groups = { named: [] as object[] };
    await withServer(aggregated(groups), async ({ discovery }) => {
      await discovery.list();
      groups.named = [apps];
      await discovery.refresh();
      expect((await discovery.list()).length).toBe(2);
    });
  });

  test("does not take a group whose server is down for one that is not served", async () => {
    await withServer(aggregated({ named: [apps, metrics("Stale")] }), async ({ discovery }) => {
      const query = { group: "metrics.k8s.io", version: "v1beta1", kind: "PodMetrics" };
      const down = { status: 503, message: expect.stringContaining("metrics.k8s.io/v1beta1") };
      expect(await failureOf(discovery.findKind(query))).toMatchObject(down);
      const { version: _, ...anyVersion } = query;
      expect(await failureOf(discovery.findKind(anyVersion))).toMatchObject(down);
      expect(await discovery.findKind({ ...query, version: "v1" })).toBeUndefined();
      expect(await discovery.findKind({ ...query, group: "apps" })).toBeUndefined();
    });
  });

  test("shares one reading among all who ask at the same time", async () => {
    await withServer(aggregated({ named: [apps] }), async ({ discovery, paths }) => {
      await Promise.all(Array.from({ length: 5 }, () => discovery.list()));
      expect(paths()).toEqual(["/api", "/apis"]);
    });
  });

  test("names dead groups and keeps what it knew of them", async () => {
    const pods = resource("podmetrics", "PodMetrics");
    const groups = { named: [apps, metrics("Current", pods)] };
    await withServer(aggregated(groups), async ({ discovery }) => {
      await discovery.list();
      expect(discovery.staleGroups).toEqual([]);
      groups.named = [apps, metrics("Stale")];
      await discovery.refresh();
      expect(discovery.staleGroups).toEqual(["metrics.k8s.io/v1beta1"]);
      expect(
        (await discovery.findPlural({ group: "metrics.k8s.io", plural: "podmetrics" }))?.kind,
      ).toBe("PodMetrics");
      expect((await discovery.findKind({ group: "apps", kind: "Deployment" }))?.plural).toBe(
        "deployments",
      );
      groups.named = [apps];
      await discovery.refresh();
      expect((await discovery.list()).length).toBe(2);
    });
  });

  test("fails when the server cannot be asked, and works when it can", async () => {
    let isDown = true;
    const up = aggregated({ named: [apps] });
    const handler: Handler = (seen, response) =>
      isDown
        ? sendStatus(response, { code: 503, reason: "x", message: "down" })
        : up(seen, response);
    await withServer(handler, async ({ discovery }) => {
      expect((await failureOf(discovery.list())).message).toBe("down");
      isDown = false;
      expect((await discovery.list()).length).toBe(2);
    });
  });

  test("ends the wait of one who gives up, not that of the others", async () => {
    const gate = Promise.withResolvers<void>();
    const up = aggregated({ named: [apps] });
    const handler: Handler = async (seen, response) => {
      await gate.promise;
      await up(seen, response);
    };
    await withServer(handler, async ({ discovery }) => {
      const patient = discovery.list();
      const aborting = new AbortController();
      const hasty = failureOf(discovery.list({ signal: aborting.signal }));
      const reason = new Error("enough");
      aborting.abort(reason);
      expect(await hasty).toBe(reason as never);
      gate.resolve();
      expect((await patient).length).toBe(2);
    });
  });
});

describe("createDiscovery() in the older form", () => {
  const lists: Record<string, object | undefined> = {
    "/api": { kind: "APIVersions", versions: ["v1"] },
    "/api/v1": {
      resources: [
        {
          name: "pods",
          singularName: "pod",
          namespaced: true,
          kind: "Pod",
          verbs,
          shortNames: ["po"],
        },
        { name: "pods/status", namespaced: true, kind: "Pod" },
        { name: "nodes", namespaced: false, kind: "Node", verbs },
      ],
    },
    "/apis": {
      kind: "APIGroupList",
      groups: [
        {
          name: "autoscaling",
          versions: [{ version: "v1" }, { version: "v2" }],
          preferredVersion: { version: "v2" },
        },
        { name: "metrics.k8s.io", versions: [{ version: "v1beta1" }] },
      ],
    },
    "/apis/autoscaling/v1": { resources: [{ name: "hpas", namespaced: true, kind: "Hpa", verbs }] },
    "/apis/autoscaling/v2": { resources: [{ name: "hpas", namespaced: true, kind: "Hpa", verbs }] },
  };
  const handler: Handler = ({ path }, response) => {
    const list = lists[path];
    if (list !== undefined) sendJson(response, list);
    else sendStatus(response, { code: 503, reason: "ServiceUnavailable", message: "dead" });
  };

  test("reads group by group, and survives one that is dead", async () => {
    await withServer(handler, async ({ discovery, paths }) => {
      expect(await discovery.findPlural({ group: "", plural: "pods" })).toMatchObject({
        kind: "Pod",
        namespaced: true,
        hasStatus: true,
        subresources: ["status"],
        shortNames: ["po"],
      });
      expect((await discovery.findKind({ group: "", kind: "Node" }))?.namespaced).toBe(false);
      expect((await discovery.findKind({ group: "autoscaling", kind: "Hpa" }))?.version).toBe("v2");
      expect(discovery.staleGroups).toEqual(["metrics.k8s.io/v1beta1"]);
      expect(paths()).toContain("/apis/metrics.k8s.io/v1beta1");
    });
  });
});
