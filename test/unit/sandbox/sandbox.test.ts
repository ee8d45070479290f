import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Json, JsonObject } from "../../../src/std/json.ts";
import { anyText } from "../../support/any-text.ts";
import { times } from "../../support/effort.ts";
import { MAPS, type TestSandbox, testSandbox, versionOf } from "./offline.ts";

const DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

function map(name: string): JsonObject {
  return { metadata: { name } };
}

function deployment(replicas: number): JsonObject {
  const labels = { app: "web" };
  const spec = { containers: [{ name: "c", image: "nginx" }] };
  return {
    metadata: { name: "web" },
    spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
}

/** Lets the controllers look at what changed, without any delay passing. */
function settle({ clock }: TestSandbox): void {
  for (let turn = 0; turn < 20; turn++) clock.advance(0);
}

describe("history", () => {
  test("a watch of a version that was compacted gets an ERROR event with 410", () => {
    using site = testSandbox();
    const first = site.ask(`POST ${MAPS}`, { body: map("a") });
    site.sandbox.compact();
    site.ask(`POST ${MAPS}`, { body: map("b") });
    const watching = site.watch(`${MAPS}?watch=1&resourceVersion=${Number(versionOf(first)) - 1}`);
    expect(watching.events).toMatchObject([
      { type: "ERROR", object: { code: 410, reason: "Expired" } },
    ]);
    expect(watching.isOver).toBe(true);
    expect(site.watch(`${MAPS}?watch=1&resourceVersion=${versionOf(first)}`).events).toHaveLength(
      1,
    );
  });

  test("a page after compaction, and an exact version, are 410", () => {
    using site = testSandbox();
    for (const name of ["a", "b", "c"]) site.ask(`POST ${MAPS}`, { body: map(name) });
    const page = site.ask(`GET ${MAPS}?limit=1`);
    const token = (page.body["metadata"] as { continue: string }).continue;
    site.ask(`POST ${MAPS}`, { body: map("d") });
    site.sandbox.compact();
    expect(site.ask(`GET ${MAPS}?limit=1&continue=${token}`).status).toBe(410);
    const exact = `resourceVersion=${versionOf(page)}&resourceVersionMatch=Exact`;
    expect(site.ask(`GET ${MAPS}?${exact}`).body).toMatchObject({ code: 410, reason: "Expired" });
  });

  test("old changes are dropped beyond the limit, recent ones can be resumed", () => {
    using site = testSandbox({ historyLimit: 10, controllers: "off" });
    const first = site.ask(`POST ${MAPS}`, { body: map("a") });
    for (let count = 0; count < 40; count++) {
      site.ask(`PATCH ${MAPS}/a`, {
        body: { data: { n: String(count) } },
        type: "application/merge-patch+json",
      });
    }
    expect(site.watch(`${MAPS}?watch=1&resourceVersion=${versionOf(first)}`).events[0]?.type).toBe(
      "ERROR",
    );
    const now = Number(versionOf(site.ask(`GET ${MAPS}/a`)));
    expect(site.watch(`${MAPS}?watch=1&resourceVersion=${now - 5}`).events).toHaveLength(5);
  });
});

describe("watch", () => {
  test("bookmarks come while nothing happens, a timeout ends it", () => {
    using site = testSandbox({ controllers: "off" });
    const watching = site.watch(`${MAPS}?watch=1&allowWatchBookmarks=true&timeoutSeconds=120`);
    site.clock.advance(60_000);
    expect(watching.events.map(({ type }) => type)).toEqual(["BOOKMARK"]);
    site.clock.advance(61_000);
    expect(watching.isOver).toBe(true);
  });

  test("a client that leaves gets nothing more and leaves nothing behind", () => {
    using site = testSandbox({ controllers: "off" });
    settle(site);
    const before = site.clock.pending;
    const watching = site.watch(`${MAPS}?watch=1&allowWatchBookmarks=true`);
    watching.stop();
    site.ask(`POST ${MAPS}`, { body: map("a") });
    settle(site);
    expect(watching.events).toEqual([]);
    expect(site.clock.pending).toBe(before);
  });
});

describe("controllers", () => {
  test("a Deployment is ready after the delay and not before", () => {
    using site = testSandbox({ readyDelayMs: 1000 });
    site.ask(`POST ${DEPLOYMENTS}`, { body: deployment(2) });
    settle(site);
    const status = () => site.ask(`GET ${DEPLOYMENTS}/web`).body["status"] as JsonObject;
    expect(status()).toMatchObject({ replicas: 2, unavailableReplicas: 2 });
    site.clock.advance(500);
    expect(status()["availableReplicas"]).toBeUndefined();
    site.clock.advance(600);
    settle(site);
    expect(status()).toMatchObject({ availableReplicas: 2, observedGeneration: 1 });
    expect(site.problems).toEqual([]);
  });

  test("a settled cluster writes nothing more", () => {
    using site = testSandbox();
    site.ask(`POST ${DEPLOYMENTS}`, { body: deployment(2) });
    site.clock.advance(10_000);
    const before = versionOf(site.ask(`GET ${MAPS}`));
    site.clock.advance(3_600_000);
    expect(versionOf(site.ask(`GET ${MAPS}`))).toBe(before);
  });

  test("off: nothing makes pods, owners are collected all the same", () => {
    using site = testSandbox({ controllers: "off" });
    const owner = site.ask(`POST ${DEPLOYMENTS}`, { body: deployment(1) });
    const { uid } = owner.body["metadata"] as { uid: string };
    const ownerReferences = [{ apiVersion: "apps/v1", kind: "Deployment", name: "web", uid }];
    site.ask(`POST ${MAPS}`, { body: { metadata: { name: "child", ownerReferences } } });
    site.clock.advance(5_000);
    expect((site.ask("GET /api/v1/pods").body["items"] as Json[]).length).toBe(0);
    site.ask(`DELETE ${DEPLOYMENTS}/web`);
    settle(site);
    expect(site.ask(`GET ${MAPS}/child`).status).toBe(404);
  });

  test("children of a custom owner are collected at once", () => {
    using site = testSandbox();
    const group = "example.com";
    const schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
    const versions = [
      { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema } },
    ];
    const names = { plural: "things", kind: "Thing" };
    const spec = { group, scope: "Namespaced", names, versions };
    expect(
      site.ask(`POST ${DEFINITIONS}`, { body: { metadata: { name: `things.${group}` }, spec } })
        .status,
    ).toBe(201);
    const things = `/apis/${group}/v1/namespaces/default/things`;
    const thing = { apiVersion: `${group}/v1`, kind: "Thing", metadata: { name: "t" } };
    const { uid } = site.ask(`POST ${things}`, { body: thing }).body["metadata"] as { uid: string };
    const ownerReferences = [{ apiVersion: `${group}/v1`, kind: "Thing", name: "t", uid }];
    site.ask(`POST ${MAPS}`, { body: { metadata: { name: "child", ownerReferences } } });
    settle(site);
    expect(site.ask(`GET ${MAPS}/child`).status).toBe(200);
    site.ask(`DELETE ${things}/t`);
    settle(site);
    expect(site.ask(`GET ${MAPS}/child`).status).toBe(404);
  });
});

describe("definitions", () => {
  const define = (schema: JsonObject, extra: JsonObject = {}) => ({
    metadata: { name: "things.example.com" },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { plural: "things", kind: "Thing" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema } }],
      ...extra,
    },
  });

  test("rules in CEL are accepted with a warning, conversion by webhook is refused", () => {
    using site = testSandbox();
    const schema = { type: "object", "x-kubernetes-validations": [{ rule: "true" }] };
    const { status, warnings } = site.ask(`POST ${DEFINITIONS}`, { body: define(schema) });
    expect([status, warnings.length]).toEqual([201, 1]);
    const webhook = define({ type: "object" }, { conversion: { strategy: "Webhook" } });
    expect(site.ask(`POST ${DEFINITIONS}`, { body: webhook }).status).toBe(422);
  });

  test("a changed definition counts for the next write", () => {
    using site = testSandbox();
    const closed = { type: "object", properties: { spec: { type: "object", properties: {} } } };
    site.ask(`POST ${DEFINITIONS}`, { body: define(closed) });
    const things = "/apis/example.com/v1/namespaces/default/things";
    const thing = (name: string) => ({
      apiVersion: "example.com/v1",
      kind: "Thing",
      metadata: { name },
      spec: { a: 1 },
    });
    expect(site.ask(`POST ${things}`, { body: thing("a") }).body["spec"]).toEqual({});
    const open = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
    const patch = { spec: define(open).spec };
    site.ask(`PATCH ${DEFINITIONS}/things.example.com`, {
      body: patch,
      type: "application/merge-patch+json",
    });
    expect(site.ask(`POST ${things}`, { body: thing("b") }).body["spec"]).toEqual({ a: 1 });
  });

  test("two definitions cannot have one kind in a group", () => {
    using site = testSandbox();
    site.ask(`POST ${DEFINITIONS}`, { body: define({ type: "object" }) });
    const other = define({ type: "object" });
    const names = { plural: "others", kind: "Thing" };
    const body = { metadata: { name: "others.example.com" }, spec: { ...other.spec, names } };
    site.ask(`POST ${DEFINITIONS}`, { body });
    settle(site);
    expect(site.ask("GET /apis/example.com/v1/namespaces/default/others").status).toBe(404);
    const { status } = site.ask(`GET ${DEFINITIONS}/others.example.com`).body as {
      status: { conditions: JsonObject[] };
    };
    expect(status.conditions.find(({ type }) => type === "NamesAccepted")).toMatchObject({
      status: "False",
    });
  });
});

describe("bad input", () => {
  const body = fc.oneof(
    fc.json(),
    fc.string(),
    fc.object().map((value) => JSON.stringify(value)),
    fc
      .record({ metadata: fc.anything(), spec: fc.anything(), data: fc.anything() })
      .map((value) => JSON.stringify(value) ?? ""),
  );
  const call = fc.constantFrom(
    `POST ${MAPS}`,
    `PUT ${MAPS}/a`,
    `PATCH ${MAPS}/a`,
    `PATCH ${MAPS}/a?fieldManager=m`,
    `DELETE ${MAPS}/a`,
    `POST ${DEPLOYMENTS}`,
    `PATCH ${DEPLOYMENTS}/web?fieldManager=m&force=true`,
    `POST ${DEFINITIONS}`,
    "POST /api/v1/namespaces/default/services",
    "POST /apis/batch/v1/namespaces/default/jobs",
    "PATCH /apis/apps/v1/namespaces/default/deployments/web/scale",
    "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
  );
  const type = fc.constantFrom(
    "application/json",
    "application/yaml",
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
  );

  test("is answered with a Status that blames the client", () => {
    using site = testSandbox();
    site.ask(`POST ${MAPS}`, { body: { ...map("a"), data: { a: "1" } } });
    site.ask(`POST ${DEPLOYMENTS}`, { body: deployment(1) });
    fc.assert(
      fc.property(call, type, body, (request, contentType, text) => {
        const reply = site.ask(request, { body: text, type: contentType });
        site.clock.advance(0);
        expect(reply.body["reason"]).not.toBe("InternalError");
      }),
      { numRuns: times(600) },
    );
    expect(site.problems).toEqual([]);
  });

  test("protobuf is refused, and not offered", () => {
    using server = testSandbox();
    const path = "/api/v1/namespaces/default/configmaps";
    const type = "application/vnd.kubernetes.protobuf";
    const sent = server.ask(`POST ${path}`, { body: "k8s", type });
    const wanted = server.ask(`GET ${path}`, { headers: { accept: type } });
    expect([sent.status, wanted.status]).toEqual([415, 406]);
    for (const { body } of [sent, wanted]) {
      expect(body["message"]).toEndWith(": application/json, application/yaml");
    }
  });

  test("odd paths and queries are answered", () => {
    using site = testSandbox();
    // What stands for itself in a URL, what does not, and what is no escape.
    const signs = fc.constantFrom(..."/.;:@&=+$,!~*'()-_?%aZ09", "%2F", "%2e", "%00", "%ff", "%zz");
    const piece = fc.oneof(anyText.map(encodeURIComponent), fc.string({ unit: signs }));
    const path = fc
      .array(piece, { maxLength: 4 })
      .map((all) => all.map((one) => `/${one}`).join(""));
    const query = piece;
    const method = fc.constantFrom("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");
    fc.assert(
      fc.property(method, path, query, (verb, tail, parameters) => {
        const { status } = site.ask(
          `${verb} /api/v1/namespaces/default/configmaps${tail}?${parameters}`,
        );
        expect(status).toBeLessThan(500);
      }),
    );
  });
});
