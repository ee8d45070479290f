/** The one node on which all pods of the sandbox are said to run. */

import { VERSION_INFO } from "../serve/version.ts";
import { type Site, timestamp } from "../site.ts";
import { create, setStatus } from "./act.ts";
import { NODE_NAME } from "./pods.ts";

export function createNode(site: Site): void {
  const node = create(site, {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: NODE_NAME,
      labels: { "kubernetes.io/hostname": NODE_NAME, "kubernetes.io/os": "linux" },
    },
  });
  const now = timestamp(site.clock);
  const capacity = { cpu: "64", memory: "256Gi", pods: "100k" };
  setStatus(site, node, {
    capacity,
    allocatable: capacity,
    conditions: [
      {
        type: "Ready",
        status: "True",
        reason: "SandboxReady",
        message: "Pods are pretended to run",
        lastHeartbeatTime: now,
        lastTransitionTime: now,
      },
    ],
    nodeInfo: { kubeletVersion: VERSION_INFO.gitVersion, operatingSystem: "linux" },
  });
}
