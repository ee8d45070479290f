import { expect, test } from "bun:test";
import {
  afterFailure,
  afterStart,
  afterSuccess,
  type Health,
  healthState,
  initialHealth,
  isHealthyDependency,
  withObstacle,
  withoutObstacle,
} from "../../../src/runtime/health.ts";

const started = afterStart(initialHealth, 1000);
const failing = (times: number, from: Health = started) =>
  Array.from({ length: times }).reduce<Health>((health) => afterFailure(health, 2000, "no"), from);

test.each<[string, Health, string]>([
  ["never started", initialHealth, "pending"],
  ["started", started, "started"],
  ["one success", afterSuccess(started, 2000), "healthy"],
  ["failures below the threshold", failing(4, afterSuccess(started, 2000)), "healthy"],
  ["failures at the threshold", failing(5), "degraded"],
  ["recovered", afterSuccess(failing(9), 3000), "healthy"],
  [
    "CRD gone",
    withObstacle(afterSuccess(started, 1), { kind: "missing", message: "gone" }),
    "degraded",
  ],
  [
    "a new CRD",
    withObstacle(afterSuccess(started, 1), { kind: "initializing", message: "wait" }),
    "healthy",
  ],
])("healthState() after %s", (_, health, state) => {
  expect(healthState(health, 5)).toBe(state as never);
});

test("afterSuccess() keeps the last error for those who look later", () => {
  const recovered = afterSuccess(failing(2), 3000);
  expect(recovered.lastError).toBe("no");
  expect(recovered.consecutiveFailures).toBe(0);
  expect(recovered.totalFailures).toBe(2);
});

test("isHealthyDependency() wants a success and no failure since", () => {
  const healthy = afterSuccess(started, 1);
  expect(isHealthyDependency(started)).toBe(false);
  expect(isHealthyDependency(healthy)).toBe(true);
  expect(isHealthyDependency(failing(1, healthy))).toBe(false);
});

test("withoutObstacle() lets the box run again", () => {
  const gone = withObstacle(afterSuccess(started, 1), { kind: "missing", message: "gone" });
  expect(healthState(withoutObstacle(gone), 5)).toBe("healthy");
});

test("withObstacle() takes no wait for an error", () => {
  const of = (kind: "initializing" | "dependency" | "missing") =>
    withObstacle(started, { kind, message: "why" }).lastError;
  expect([of("initializing"), of("dependency"), of("missing")]).toEqual([
    undefined,
    undefined,
    "why",
  ]);
});
