import { expect, test } from "bun:test";
import { readinessOf } from "../../../src/apply/readiness.ts";
import type { JsonObject } from "../../../src/std/json.ts";

const object = (apiVersion: string, kind: string, parts: JsonObject) =>
  ({
    apiVersion,
    kind,
    metadata: { name: "x", generation: 2, ...(parts["metadata"] as JsonObject) },
    spec: parts["spec"],
    status: parts["status"],
  }) as never;
const condition = (type: string, status: string, reason = "Why") => ({
  conditions: [{ type, status, reason }],
});
const rolledOut = {
  observedGeneration: 2,
  replicas: 3,
  updatedReplicas: 3,
  availableReplicas: 3,
  readyReplicas: 3,
};

test.each([
  ["apps/v1", "Deployment", { spec: { replicas: 3 } }, "progressing"],
  ["apps/v1", "Deployment", { spec: { replicas: 3 }, status: rolledOut }, "ready"],
  [
    "apps/v1",
    "Deployment",
    { spec: { replicas: 3 }, status: { ...rolledOut, observedGeneration: 1 } },
    "progressing",
  ],
  [
    "apps/v1",
    "Deployment",
    { spec: { replicas: 3 }, status: { ...rolledOut, availableReplicas: 2 } },
    "progressing",
  ],
  [
    "apps/v1",
    "Deployment",
    { spec: { replicas: 3 }, status: { ...rolledOut, updatedReplicas: 1 } },
    "progressing",
  ],
  [
    "apps/v1",
    "Deployment",
    { spec: { replicas: 3 }, status: { ...rolledOut, replicas: 4 } },
    "progressing",
  ],
  ["apps/v1", "Deployment", { spec: { replicas: 0 }, status: { observedGeneration: 2 } }, "ready"],
  [
    "apps/v1",
    "Deployment",
    { status: { ...rolledOut, ...condition("Progressing", "False", "ProgressDeadlineExceeded") } },
    "failed",
  ],
  ["apps/v1", "StatefulSet", { spec: { replicas: 3 }, status: rolledOut }, "ready"],
  [
    "apps/v1",
    "StatefulSet",
    { spec: { replicas: 3 }, status: { ...rolledOut, readyReplicas: 1 } },
    "progressing",
  ],
  [
    "apps/v1",
    "DaemonSet",
    {
      status: {
        observedGeneration: 2,
        desiredNumberScheduled: 2,
        updatedNumberScheduled: 2,
        numberAvailable: 1,
      },
    },
    "progressing",
  ],
  [
    "apps/v1",
    "DaemonSet",
    {
      status: {
        observedGeneration: 2,
        desiredNumberScheduled: 2,
        updatedNumberScheduled: 2,
        numberAvailable: 2,
      },
    },
    "ready",
  ],
  ["batch/v1", "Job", { status: { active: 1 } }, "progressing"],
  ["batch/v1", "Job", { status: condition("Complete", "True") }, "ready"],
  ["batch/v1", "Job", { status: condition("Failed", "True") }, "failed"],
  ["v1", "Pod", { status: { phase: "Running", ...condition("Ready", "True") } }, "ready"],
  ["v1", "Pod", { status: { phase: "Pending" } }, "progressing"],
  ["v1", "Pod", { status: { phase: "Failed" } }, "failed"],
  ["v1", "PersistentVolumeClaim", { status: { phase: "Pending" } }, "progressing"],
  ["v1", "PersistentVolumeClaim", { status: { phase: "Bound" } }, "ready"],
  ["v1", "Service", { spec: { type: "ClusterIP" } }, "ready"],
  ["v1", "Service", { spec: { type: "LoadBalancer" } }, "progressing"],
  [
    "v1",
    "Service",
    { spec: { type: "LoadBalancer" }, status: { loadBalancer: { ingress: [{ ip: "1.2.3.4" }] } } },
    "ready",
  ],
  ["v1", "ConfigMap", {}, "ready"],
  ["v1", "ConfigMap", { metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } }, "progressing"],
  ["v1", "Namespace", { status: { phase: "Terminating" } }, "progressing"],
  ["gadgets.io/v1", "Gadget", {}, "ready"],
  ["gadgets.io/v1", "Gadget", { status: condition("Ready", "False") }, "progressing"],
  ["gadgets.io/v1", "Gadget", { status: condition("Available", "True") }, "ready"],
  [
    "gadgets.io/v1",
    "Gadget",
    { status: { observedGeneration: 1, ...condition("Ready", "True") } },
    "progressing",
  ],
  // A custom kind of the same name as a built-in one has none of its rules.
  ["gadgets.io/v1", "Job", {}, "ready"],
] as const)("readinessOf() %s %s %j is %s", (...[apiVersion, kind, parts, expected]) => {
  expect(readinessOf(object(apiVersion, kind, parts as never)).kind).toBe(expected);
});
