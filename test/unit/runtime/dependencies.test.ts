import { expect, test } from "bun:test";
import { startOrder, unmetDependency } from "../../../src/runtime/dependencies.ts";
import {
  afterFailure,
  afterStart,
  afterSuccess,
  initialHealth,
} from "../../../src/runtime/health.ts";

const on = (...names: string[]) => names.map((crd) => ({ crd, condition: "healthy" as const }));

test("startOrder() puts dependencies first, alphabetical among equals", () => {
  const entries = [
    { name: "web", dependsOn: on("database", "cache") },
    { name: "cache", dependsOn: [] },
    { name: "database", dependsOn: on("network") },
    { name: "network", dependsOn: [] },
    { name: "alpha", dependsOn: on("unknown") },
  ];
  expect(startOrder(entries)).toEqual(["alpha", "cache", "network", "database", "web"]);
});

test("unmetDependency() names the first that is not far enough", () => {
  const started = afterStart(initialHealth, 1);
  const health = new Map([
    ["up", afterSuccess(started, 2)],
    ["failing", afterFailure(afterSuccess(started, 2), 3, "x")],
    ["waiting", initialHealth],
  ]);
  const unmet = (crd: string, condition: "started" | "healthy") =>
    unmetDependency([{ crd, condition }], (name) => health.get(name));
  expect(unmet("up", "healthy")).toBeUndefined();
  expect(unmet("failing", "started")).toBeUndefined();
  expect(unmet("failing", "healthy")).toBe('Waits until "failing" is healthy');
  expect(unmet("waiting", "started")).toBe('Waits until "waiting" is started');
  expect(unmet("nobody", "started")).toBe('Depends on "nobody", which no loaded document declares');
});
