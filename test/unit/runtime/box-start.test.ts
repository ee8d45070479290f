import { expect, test } from "bun:test";
import type { KubeClient } from "../../../src/kube/client.ts";
import { KubeError } from "../../../src/kube/error.ts";
import { BoxHealth } from "../../../src/runtime/box-health.ts";
import { bringDefinition, type StartOptions } from "../../../src/runtime/box-start.ts";
import type { Obstacle } from "../../../src/runtime/health.ts";
import { obstacleOf } from "../../../src/runtime/obstacle.ts";
import { Bell } from "../../../src/std/bell.ts";
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
  health.meet(obstacleOf(new KubeError("too many requests", { status: 429 })));
  expect(log.lines.map((line) => line.split(" ")[0])).toEqual(["debug", "warn"]);
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
