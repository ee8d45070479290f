/** Functions over Kubernetes objects, one, several, absent and of the wrong kind. */
import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../../../../src/std/json.ts";
import { functionGroups, katalogFunctions } from "../../../../src/template/functions/functions.ts";
import { type Case, callFunction } from "./call-function.ts";

const ready = deployment("a", { replicas: 2, ready: 2 });
const late = deployment("b", { replicas: 3, ready: 1 });

const CASES: readonly Case[] = [
  ["name", [ready], "a"],
  ["name", [{ a: ready, b: late }], "a"],
  ["meta", [{ metadata: { name: "x" } }], { name: "x" }],
  ["labels", [{ metadata: { labels: { a: "b" } } }], { a: "b" }],
  ["getLabel", [{ metadata: { name: "x" } }, "toString"], ""],
  [
    "ownerName",
    [{ metadata: { ownerReferences: [{ name: "p" }, { name: "c", controller: true }] } }],
    "c",
  ],
  ["resourceExists", [{ metadata: {}, status: {} }], false],
  ["resourceExists", [{ status: {} }], false],
  ["resourceExists", [{ kind: "Secret", metadata: { name: "s" } }], true],
  ["isTerminating", [{ metadata: { deletionTimestamp: "2026-11-22T12:00:00Z" } }], true],
  ["isSynced", [{ metadata: { generation: 2 }, status: { observedGeneration: 1 } }], false],
  ["isSynced", [{ metadata: { name: "x" } }], true],
  ["isSynced", [undefined], false],
  ["hasCondition", [withCondition("Ready", "False"), "Ready"], false],
  [
    "hasCondition",
    [[withCondition("Ready", "True"), withCondition("Ready", "True")], "Ready"],
    true,
  ],
  ["hasCondition", [[withCondition("Ready", "True"), withCondition("Up", "True")], "Ready"], false],
  ["conditionReason", [withCondition("Ready", "True"), "Other"], ""],

  ["replicasReady", [ready], true],
  ["replicasReady", [late], false],
  ["replicasReady", [{ a: ready, b: late }], false],
  ["replicasReady", [{ status: ready, metadata: late }], false],
  ["replicasReady", [{ status: ready, metadata: ready }], true],
  ["replicasReady", [{ kind: "Deployment", spec: { replicas: 0 } }], true],
  ["replicasReady", [{ kind: "Deployment", metadata: { name: "x" } }], false],
  ["readyReplicas", [[ready, late]], 3],
  ["desiredReplicas", [{ a: ready, b: late }], 5],
  ["desiredReplicas", [{ kind: "Deployment", spec: {} }], 1],
  ["desiredReplicas", [{ status: {} }], 0],
  ["desiredReplicas", [{ kind: "Deployment", spec: { replicas: 0 } }], 0],
  [
    "readyReplicas",
    [{ kind: "DaemonSet", status: { numberReady: 4, desiredNumberScheduled: 4 } }],
    4,
  ],
  [
    "replicasReady",
    [{ kind: "DaemonSet", status: { numberReady: 3, desiredNumberScheduled: 4 } }],
    false,
  ],
  ["rolloutComplete", [rollout({ updated: 3, replicas: 3 })], true],
  ["rolloutComplete", [rollout({ updated: 2, replicas: 3 })], false],
  ["rolloutComplete", [rollout({ updated: 3, replicas: 4 })], false],
  ["rolloutComplete", [rollout({ updated: 3, replicas: 3, observed: 1 })], false],
  ["rolloutComplete", [undefined], false],
  [
    "replicaSetOwnerName",
    [{ kind: "ReplicaSet", _owner: { name: "web", kind: "Deployment" } }],
    "web",
  ],

  ["containerCount", [{ kind: "Pod", spec: { containers: [{ name: "a" }] } }], 1],
  ["containerImage", [workload(), 0], "nginx:1"],
  ["containerImage", [workload(), "side"], "envoy:1"],
  ["containerImage", [workload(), "gone"], ""],
  ["containerImage", [workload(), 7], ""],
  ["containerEnv", [workload(), 0, "MODE"], "prod"],
  ["containerEnv", [workload(), "MODE"], "prod"],
  ["containerEnv", [workload(), "side", "MODE"], ""],
  ["containerPort", [workload(), 0], 80],
  ["containerPort", [workload(), 0, 80], true],
  ["containerPort", [workload(), 0, 81], false],
  ["containerPort", [workload(), "side"], 0],
  ["containerPortByName", [workload(), 0, "metrics"], 9090],
  ["containerPortByName", [workload(), "none"], 0],
  ["hasContainerPort", [workload(), "metrics"], true],
  ["hasContainerPort", [workload(), "side", 80], false],
  [
    "containerImage",
    [
      {
        kind: "CronJob",
        spec: { jobTemplate: { spec: { template: { spec: { containers: [{ image: "x" }] } } } } },
      },
    ],
    "x",
  ],

  ["podNames", [{ kind: "Deployment", _pods: [rawPod()] }], "db-3"],
  ["podIPs", [{ kind: "Deployment", _pods: [rawPod()] }], "10.0.0.9"],
  ["readyPodCount", [{ kind: "Deployment", _pods: [rawPod(), { name: "y", ready: false }] }], 1],
  ["podMaxRestarts", [{ kind: "Deployment", _pods: [rawPod()] }], 3],
  ["podContainerReasons", [{ kind: "Deployment", _pods: [rawPod(), rawPod()] }], "OOMKilled"],
  [
    "podCount",
    [
      [
        { kind: "A", _pods: [{ name: "1" }] },
        { kind: "B", _pods: [{ name: "2" }] },
      ],
    ],
    2,
  ],
  ["podByOrdinal", [{ kind: "StatefulSet", _pods: [{ name: "db-0" }] }, 1], undefined],
  ["hasCrashingPod", [{ kind: "Deployment", _pods: [{ name: "x", restartCount: 2 }] }], false],
  ["podNodeZone", [{ kind: "Pod", metadata: { name: "x" } }], ""],

  ["jobSucceeded", [{ kind: "Job", status: { active: 1 } }], false],
  [
    "jobSucceeded",
    [
      [
        { kind: "Job", status: { succeeded: 1 } },
        { kind: "Job", status: { failed: 1 } },
      ],
    ],
    false,
  ],
  [
    "jobFailed",
    [
      [
        { kind: "Job", status: { succeeded: 1 } },
        { kind: "Job", status: { failed: 1 } },
      ],
    ],
    true,
  ],
  ["jobActive", [{ kind: "Job", status: { active: 2 } }], true],
  ["jobFirstExitCode", [{ kind: "Job", _pods: [{ name: "x" }] }], -1],
  ["jobFirstExitCode", [{ kind: "Job", _pods: [rawPod()] }], 137],
  [
    "cronJobNextScheduleTime",
    [{ kind: "CronJob", spec: { schedule: "0 * * * *", suspend: true } }],
    "",
  ],
  [
    "cronJobNextScheduleTime",
    [{ kind: "CronJob", spec: { schedule: "0 6 * * *", timeZone: "Asia/Tokyo" } }],
    "2026-11-22T21:00:00Z",
  ],
  [
    "cronJobNextScheduleTime",
    [{ kind: "CronJob", spec: { schedule: "0 6 * * *", timeZone: "Mars/Base" } }],
    "",
  ],

  ["serviceNodePort", [{ kind: "Service", spec: { ports: [{ port: 80 }] } }], 0],
  [
    "serviceFirstEndpoint",
    [{ kind: "Service", _endpoints: [{ ip: "fd00::1", port: 80 }] }],
    "[fd00::1]:80",
  ],
  ["endpointsReady", [{ kind: "Endpoints", subsets: [{ addresses: [{ ip: "10.0.0.1" }] }] }], true],
  [
    "endpointsReady",
    [{ kind: "Endpoints", subsets: [{ notReadyAddresses: [{ ip: "10.0.0.1" }] }] }],
    false,
  ],
  [
    "endpointsReady",
    [{ kind: "EndpointSlice", endpoints: [{ conditions: { ready: false } }] }],
    false,
  ],
  [
    "ingressReady",
    [{ kind: "Ingress", status: { loadBalancer: { ingress: [{ hostname: "x" }] } } }],
    true,
  ],
  ["ingressReady", [{ kind: "Ingress", status: { loadBalancer: {} } }], false],
  ["pvcBound", [{ kind: "PersistentVolumeClaim", status: { phase: "Pending" } }], false],
  [
    "pvcProvisioner",
    [
      {
        kind: "PersistentVolumeClaim",
        _pv: { metadata: { annotations: { "pv.kubernetes.io/provisioned-by": "csi" } } },
      },
    ],
    "csi",
  ],
  ["hpaMinReplicas", [{ kind: "HorizontalPodAutoscaler", spec: { maxReplicas: 3 } }], 1],
  ["hpaMinReplicas", [undefined], 0],
  ["hpaAtMax", [{ kind: "X", spec: { maxReplicas: 3 }, status: { currentReplicas: 3 } }], true],
  ["hpaScaling", [{ kind: "X", status: { currentReplicas: 3, desiredReplicas: 0 } }], false],
  ["promAboveThreshold", [{ value: "3.5" }, "3"], true],
  ["promAboveThreshold", [{ data: { resultType: "scalar", result: [1, "2"] } }, 3], false],
  ["promBelowThreshold", [{ data: { result: [] } }, 3], false],
];

describe("object functions", () => {
  test.each(CASES)("%s %j gives %j", (name, args, result) => {
    expect(callFunction(name, args)).toEqual(result as never);
  });

  const onObjects = functionGroups
    .flatMap((group) => group.functions)
    .filter((row) =>
      / (object|workload|deployment|replicaSet|pod|job|cronJob|service|ingress|claim|autoscaler|child)\b/.test(
        row.signature,
      ),
    );

  test.each(onObjects)(
    "$name answers the same for a placeholder as for an absent object",
    ({ name, minArgs }) => {
      const rest = Array.from({ length: minArgs - 1 }, () => "x").map((text) =>
        name === "podByOrdinal" ? 0 : text,
      );
      const absent = callFunction(name, [undefined, ...rest]);
      for (const placeholder of [
        { metadata: {}, spec: {}, status: {} },
        { status: {} },
        {},
        [],
        null,
      ]) {
        expect(callFunction(name, [placeholder, ...rest])).toEqual(absent as never);
      }
    },
  );

  test.each(onObjects)(
    "$name does not fail on text, numbers or lists of them",
    ({ name, minArgs }) => {
      const rest = Array.from({ length: minArgs - 1 }, () => 0);
      for (const wrong of ["text", 3, true, ["a", 1, null]]) {
        expect(() => callFunction(name, [wrong, ...rest])).not.toThrow();
      }
    },
  );

  test("no function of the table is left out of a group", () => {
    expect(functionGroups.flatMap((group) => group.functions).length).toBe(katalogFunctions.size);
  });
});

describe("sentinel functions", () => {
  const before = { metadata: { generation: 1, labels: { a: "1" }, finalizers: ["x"] } };

  test.each([
    ["generationChanged", { generation: 2 }, true],
    ["generationChanged", { generation: 1 }, false],
    ["labelsChanged", { labels: { a: "1" } }, false],
    ["labelsChanged", { labels: { a: "2" } }, true],
    ["labelsChanged", {}, true],
    ["annotationsChanged", {}, false],
    ["finalizersChanged", { finalizers: ["x", "y"] }, true],
    ["deletionStarted", { deletionTimestamp: "2026-11-22T12:00:00Z" }, true],
    ["deletionStarted", {}, false],
  ] as const)("%s with %j is %p", (name, metadata, result) => {
    expect(callFunction(name, [], { root: { metadata, previous: before } })).toBe(result);
  });

  test("nothing has changed when there is no previous version", () => {
    const root = { metadata: { generation: 2, deletionTimestamp: "2026-11-22T12:00:00Z" } };
    expect(callFunction("generationChanged", [], { root })).toBe(false);
    expect(callFunction("deletionStarted", [], { root })).toBe(false);
  });
});

function deployment(name: string, count: { replicas: number; ready: number }): JsonObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: { replicas: count.replicas },
    status: { readyReplicas: count.ready },
  };
}

function rollout(status: { updated: number; replicas: number; observed?: number }): JsonObject {
  return {
    kind: "Deployment",
    metadata: { name: "x", generation: 2 },
    spec: { replicas: 3 },
    status: {
      observedGeneration: status.observed ?? 2,
      updatedReplicas: status.updated,
      replicas: status.replicas,
    },
  };
}

function withCondition(type: string, status: string): JsonObject {
  return { kind: "X", status: { conditions: [{ type, status, reason: "Because" }] } };
}

function workload(): JsonObject {
  const ports = [{ containerPort: 80 }, { name: "metrics", containerPort: 9090 }];
  const env = [{ name: "MODE", value: "prod" }];
  const containers = [
    { name: "web", image: "nginx:1", env, ports },
    { name: "side", image: "envoy:1" },
  ];
  return { kind: "Deployment", spec: { template: { spec: { containers } } } };
}

/** A Pod as the API serves it. */
function rawPod(): JsonObject {
  const terminated = { reason: "OOMKilled", exitCode: 137 };
  return {
    metadata: { name: "db-3" },
    spec: { nodeName: "node-1" },
    status: {
      phase: "Running",
      podIP: "10.0.0.9",
      conditions: [{ type: "Ready", status: "True" }],
      containerStatuses: [{ name: "db", restartCount: 3, state: { terminated } }],
    },
  };
}
