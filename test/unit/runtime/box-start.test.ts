import { expect, test } from "bun:test";
import type { KubeClient } from "../../../src/kube/client.ts";
import { KubeError } from "../../../src/kube/error.ts";
import { bringDefinition, type StartOptions } from "../../../src/runtime/box-start.ts";
import type { Obstacle } from "../../../src/runtime/health.ts";
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
