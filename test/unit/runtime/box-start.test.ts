import { expect, test } from "bun:test";
import type { KubeClient } from "../../../src/kube/client.ts";
import { KubeError } from "../../../src/kube/error.ts";
import { BoxHealth } from "../../../src/runtime/box-health.ts";
import { createBoxMetrics } from "../../../src/runtime/box-metrics.ts";
import { bringDefinition, type StartOptions } from "../../../src/runtime/box-start.ts";
import type { Obstacle } from "../../../src/runtime/health.ts";
import { obstacleOf } from "../../../src/runtime/obstacle.ts";
import { Bell } from "../../../src/std/bell.ts";
import { type LogFields, silentLogger } from "../../../src/telemetry/log.ts";
import { createMetrics } from "../../../src/telemetry/metrics.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { memoryLog } from "../kube/harness.ts";
import { LAMP } from "./box-harness.ts";

const CRD = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "lamps.home.dev" },
};

/** A start by somebody who may not look at CRDs. */
function forbiddenStart(isServed: boolean) {
  const log = memoryLog();
  const stopping = new AbortController();
  const obstacles: (Obstacle | undefined)[] = [];
  const client: Pick<KubeClient, "get"> = {
    get: async () => {
      throw new KubeError("customresourcedefinitions is forbidden", { status: 403 });
    },
  };
  const options = {
    program: { crd: { type: LAMP, crd: CRD } },
    environment: {
      client,
      clock: manualClock(),
      random: () => 0,
      discovery: { findPlural: async () => (isServed ? LAMP : undefined), refresh: async () => {} },
      installCrds: "missing",
      metrics: createBoxMetrics(createMetrics()),
    },
    log,
    signal: stopping.signal,
    onObstacle: (obstacle: Obstacle | undefined) => {
      obstacles.push(obstacle);
      stopping.abort(new Error("seen"));
    },
  } as unknown as StartOptions;
  return { options, log, obstacles };
}

test("bringDefinition() goes on without the right to read CRDs where the kind is served", async () => {
  const { options, log, obstacles } = forbiddenStart(true);
  await bringDefinition(options);
  expect(obstacles).toEqual([]);
  expect(log.lines).toEqual([
    "warn No right to read or write the CRD: it is used as the cluster serves it",
  ]);
});

test("bringDefinition() shows the missing right where the kind is not served", async () => {
  const { options, obstacles } = forbiddenStart(false);
  expect(bringDefinition(options)).rejects.toThrow("seen");
  await Bun.sleep(0);
  expect(obstacles).toEqual([
    { kind: "forbidden", message: "customresourcedefinitions is forbidden" },
  ]);
});

const INITIALIZING = new KubeError("storage is (re)initializing", {
  status: 429,
  reason: "TooManyRequests",
  retryAfterMs: 1_000,
});

test("a kind that the server makes ready is no warning, and an overload is", () => {
  const log = memoryLog();
  const health = new BoxHealth({ log, clock: manualClock(), changed: new Bell() });
  health.meet(obstacleOf(INITIALIZING));
  expect(health.current.obstacle?.message).toContain("storage is (re)initializing");
  health.meet(undefined);
  const overload = new KubeError("too many requests", { status: 429 });
  health.meet(obstacleOf(overload), overload);
  health.meet(obstacleOf(overload), overload);
  expect(log.lines.map((line) => line.split(" ")[0])).toEqual(["debug", "warn"]);
});

test("BoxHealth.meet() leaves a failure to those who logged it", () => {
  const log = memoryLog();
  const health = new BoxHealth({ log, clock: manualClock(), changed: new Bell() });
  health.meet(obstacleOf(new KubeError("gadgets is forbidden", { status: 403 })));
  expect(log.lines).toEqual(["warn Cannot go on yet"]);
});

test("bringDefinition() waits as long as the server asks for", async () => {
  const { options, obstacles } = forbiddenStart(true);
  const clock = manualClock();
  let calls = 0;
  const get = async () => {
    calls++;
    if (calls === 1) throw INITIALIZING;
    return { ...CRD, status: { conditions: [{ type: "Established", status: "True" }] } };
  };
  const onObstacle = (obstacle: Obstacle | undefined) => void obstacles.push(obstacle);
  const environment = { ...options.environment, client: { get }, clock };
  const brought = bringDefinition({
    ...options,
    environment,
    onObstacle,
  } as unknown as StartOptions);
  await Bun.sleep(0);
  expect(obstacles.map((obstacle) => obstacle?.kind)).toEqual(["initializing"]);
  clock.advance(999);
  await Bun.sleep(0);
  expect(calls).toBe(1);
  clock.advance(1);
  await brought;
  expect(calls).toBe(2);
});

const versionWith = (properties: object) => ({
  spec: {
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: { type: "object", properties: { spec: { type: "object", properties } } },
        },
      },
    ],
  },
});

test("bringDefinition() says how the CRD in the cluster differs, and what the Katalog misses in it", async () => {
  const { options } = forbiddenStart(true);
  const warned: unknown[] = [];
  const log = {
    ...silentLogger,
    warn: (_: string, fields: LogFields = {}) => void warned.push(fields["fields"]),
  };
  const text = { type: "string" };
  const crd = { ...CRD, ...versionWith({ text, tier: text }) };
  const status = { conditions: [{ type: "Established", status: "True" }] };
  const live = { ...CRD, ...versionWith({ text }), status };
  const box = { normalize: { tier: "{{ .spec.tier }}" } };
  await bringDefinition({
    ...options,
    log,
    program: { crd: { type: LAMP, crd, box } },
    environment: { ...options.environment, client: { get: async () => live } },
  } as unknown as StartOptions);
  expect(warned).toEqual([["v1 spec.tier: the field is new"], ["spec.tier"]]);
});

test.each([
  [422, "Invalid", "refused"],
  [400, "BadRequest", "refused"],
  [409, "Conflict", "refused"],
  [403, "Forbidden", "forbidden"],
  [404, "NotFound", "missing"],
  [500, "InternalError", "unreachable"],
  [0, "", "unreachable"],
] as const)("obstacleOf() an answer %i %s is %s", (...[status, reason, kind]) => {
  expect(obstacleOf(new KubeError("no", { status, reason })).kind).toBe(kind);
});
