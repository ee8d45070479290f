/**
 * `describe` for tests that need a real Kubernetes. Where there is none they are skipped, and that is
 * said loudly; with `CI=true` it is a failure, so that a pipeline can not turn green on tests not run.
 */
import { beforeAll, describe, test } from "bun:test";
import type { Cluster, ClusterFeatures } from "./cluster-client.ts";
import { offeredCluster, sharedCluster } from "./cluster-shared.ts";

/** Building Kubernetes may be part of the first start. */
const START_TIMEOUT_MS = 15 * 60_000;

export interface ClusterSuite {
  /** What the tests need beyond an API server; others are skipped where it is missing. */
  readonly needs?: readonly (keyof ClusterFeatures)[];
  /** Declares the tests; `cluster()` is to be called inside of them. */
  readonly tests: (cluster: () => Cluster) => void;
}

export function describeWithCluster(title: string, { needs = [], tests }: ClusterSuite): void {
  const obstacle = findObstacle(needs);
  let cluster: Cluster | undefined;
  const opened = () => {
    if (cluster === undefined) throw new Error("Cannot use the cluster outside of a test");
    return cluster;
  };
  if (obstacle !== undefined) {
    console.error(`\n*** SKIPPED, no Kubernetes to run on: ${title}\n    ${obstacle}\n`);
    describe.skip(title, () => tests(opened));
    if (process.env["CI"] === "true") {
      test(`${title}: runs on a real Kubernetes`, () => {
        throw new Error(`Cannot skip tests with CI=true: ${obstacle}`);
      });
    }
    return;
  }
  describe(title, () => {
    beforeAll(async () => {
      cluster = await sharedCluster();
    }, START_TIMEOUT_MS);
    tests(opened);
  });
}

function findObstacle(needs: readonly (keyof ClusterFeatures)[]): string | undefined {
  const offer = offeredCluster();
  if (offer.kind === "none") return offer.why;
  const missing = needs.filter((need) => !offer.features[need]);
  return missing.length === 0 ? undefined : `this provider has no ${missing.join(", ")}`;
}
