/** The controllers that make workloads come to life; without them objects are only stored. */
import type { Site } from "../site.ts";
import { daemonSetController } from "./daemon-sets.ts";
import { deploymentController } from "./deployments.ts";
import { endpointController } from "./endpoints.ts";
import { jobController } from "./jobs.ts";
import type { Controller } from "./loop.ts";
import { createNode } from "./node.ts";
import { podController } from "./pods.ts";
import { replicaSetController } from "./replica-sets.ts";
import { statefulSetController } from "./stateful-sets.ts";

export function workloadControllers(
  site: Site,
  options: { readonly readyDelayMs: number },
): Controller[] {
  createNode(site);
  return [
    deploymentController(site),
    replicaSetController(site),
    statefulSetController(site),
    daemonSetController(site),
    jobController(site),
    podController(site, options),
    endpointController(site),
  ];
}
