/** The fault proxy before a small server of our own: what it does to answers and streams, to the byte. */
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FaultProxy } from "./fault-proxy.ts";
import type { EventAct, Fault, RequestAct } from "./fault-proxy-plan.ts";
import { readKubeRequest } from "./fault-proxy-request.ts";

const line = (type: string, name: string, version: number) =>
  `${JSON.stringify({ type, object: { metadata: { name, uid: name, resourceVersion: `${version}`, note: "ä" } } })}\n`;
const EVENTS = [line("ADDED", "a", 1), line("ADDED", "b", 2), line("MODIFIED", "a", 3)];

let server: Server;
let proxy: FaultProxy;
let folder: string;
/** Methods and paths that reached the server. */
let reached: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "orkestra-fault-proxy-"));
  server = createServer((request, response) => {
    reached.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    response.writeHead(200, { "content-type": "application/json" });
    if (request.url?.includes("watch=true")) response.end(EVENTS.join(""));
    else response.end(JSON.stringify({ kind: "ConfigMap", metadata: { name: "a" } }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  proxy = await FaultProxy.start({
    server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ca: "",
    credential: { kind: "token", token: "of-the-user" },
    folder,
    seed: 7,
  });
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  proxy.heal();
  reached = [];
});

const PATH = "/api/v1/namespaces/n/configmaps";
const patch = () => fetch(`${proxy.url}${PATH}/a`, { method: "PATCH", body: "{}" });
const watch = async () => (await fetch(`${proxy.url}${PATH}?watch=true`)).text();
const armEvent = (act: EventAct, more: object = {}) =>
  proxy.arm({ kind: "event", match: { resource: "configmaps", name: "a", ...more }, act });

test("readKubeRequest() knows verbs, resources and subresources of both kinds of paths", () => {
  const read = (method: string, url: string) => {
    const { verb, resource, namespace, name } = readKubeRequest(method, url);
    return [verb, resource, namespace, name].join(" ");
  };
  expect(read("GET", "/api/v1/namespaces/n/configmaps/a")).toBe("get configmaps n a");
  expect(read("GET", "/apis/apps/v1/deployments?limit=5")).toBe("list deployments  ");
  expect(read("GET", "/apis/apps/v1/deployments?watch=true")).toBe("watch deployments  ");
  expect(read("PATCH", "/apis/x.io/v1/namespaces/n/sites/s/status")).toBe("patch sites/status n s");
  expect(read("POST", "/api/v1/namespaces")).toBe("create namespaces  ");
  expect(read("DELETE", "/api/v1/namespaces/n")).toBe("delete namespaces  n");
  expect(read("GET", "/version")).toBe("other /version  ");
});

test("FaultProxy passes everything on, as its user", async () => {
  expect(await (await patch()).json()).toMatchObject({ kind: "ConfigMap" });
  expect(await watch()).toBe(EVENTS.join(""));
  expect(reached[0]).toBe(`PATCH ${PATH}/a Bearer of-the-user`);
});

interface Case {
  readonly act: RequestAct;
  readonly at: "before" | "committed";
  readonly outcome: string;
  /** How often the server heard of it. */
  readonly count: number;
}

const REQUEST_ACTS: readonly [string, Case][] = [
  [
    "an answer before",
    { act: { kind: "answer", status: 409 }, at: "before", outcome: "409", count: 0 },
  ],
  [
    "an answer instead",
    { act: { kind: "answer", status: 503 }, at: "committed", outcome: "503", count: 1 },
  ],
  ["a reset before", { act: { kind: "reset" }, at: "before", outcome: "broken", count: 0 }],
  ["a reset after", { act: { kind: "reset" }, at: "committed", outcome: "broken", count: 1 }],
  [
    "half of an answer",
    { act: { kind: "truncate" }, at: "committed", outcome: "garbled", count: 1 },
  ],
];

test.each(REQUEST_ACTS)("FaultProxy gives %s", async (_title, { act, at, outcome, count }) => {
  const match = { verb: "patch", resource: "configmaps" } as const;
  const armed = proxy.arm({ kind: "request", match, at, act } satisfies Fault);
  const seen = await patch().then(
    async (response) => {
      if (!response.ok) return String(response.status);
      return response.json().then(
        () => "whole",
        () => "garbled",
      );
    },
    () => "broken",
  );
  expect([seen, reached.length, armed.hits]).toEqual([outcome, count, 1]);
  expect((await patch()).status).toBe(200);
});

test("FaultProxy kills before, after the commit, and after the answer", async () => {
  const order: string[] = [];
  proxy.kill = async () => void order.push(`killed after ${reached.length}`);
  for (const at of ["before", "committed", "answered"] as const) {
    proxy.arm({ kind: "request", match: { verb: "patch" }, at, act: { kind: "kill" } });
    const outcome = await patch().then(
      ({ ok }) => ok,
      () => false,
    );
    await Bun.sleep(5);
    order.push(`${at} ${outcome ? "answered" : "not answered"}`);
  }
  expect(order).toEqual([
    "killed after 0",
    "before not answered",
    "killed after 1",
    "committed not answered",
    "killed after 2",
    "answered answered",
  ]);
});

const EVENT_ACTS: readonly [string, EventAct, string][] = [
  ["drop", { kind: "drop" }, EVENTS[1]! + EVENTS[2]],
  ["double", { kind: "double" }, EVENTS[0]! + EVENTS.join("")],
  ["delay", { kind: "delay", ms: 5 }, EVENTS.join("")],
  ["end", { kind: "end" }, ""],
  ["cut", { kind: "cut", inside: "line", how: "end" }, EVENTS[0]!.slice(0, 40)],
];

test.each(EVENT_ACTS)("FaultProxy can %s an event", async (_title, act, expected) => {
  const armed = armEvent(act);
  expect((await watch()).slice(0, act.kind === "cut" ? 40 : undefined)).toBe(expected);
  expect(armed.hits).toBe(1);
});

test("FaultProxy merges an event into the last one of its object, in the stream's order", async () => {
  armEvent({ kind: "merge", withinMs: 20 });
  expect(await watch()).toBe(EVENTS[1]! + line("ADDED", "a", 3));
});

test("FaultProxy cuts a stream inside of a character, by a broken connection", async () => {
  armEvent({ kind: "cut", inside: "character", how: "reset" });
  await expect(watch()).rejects.toThrow();
});

test("FaultProxy counts matches and hits as the plan says, by the seed where it is by lot", async () => {
  const fault: Fault = {
    kind: "request",
    match: { verb: "patch" },
    act: { kind: "answer", status: 500 },
    nth: 2,
    times: 2,
  };
  proxy.arm(fault);
  const codes: number[] = [];
  for (let count = 0; count < 5; count++) codes.push((await patch()).status);
  expect(codes).toEqual([200, 500, 500, 200, 200]);
  proxy.heal();
  const armed = proxy.arm({ ...fault, nth: 1, times: 40, chance: 0.5 });
  for (let count = 0; count < 40; count++) await patch();
  expect(armed.hits).toBeGreaterThan(10);
  expect(armed.hits).toBeLessThan(30);
});
