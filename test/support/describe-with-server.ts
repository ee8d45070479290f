/**
 * `describe` for tests that play on a real API server or on the sandbox, as `ORK_FAULT_ON` says
 * (`cluster`, the default, or `sandbox`): the same plans on both.
 */
import { beforeAll, describe } from "bun:test";
import type { Cluster } from "./cluster-client.ts";
import { type ClusterSuite, describeWithCluster } from "./describe-with-cluster.ts";
import { sharedSandbox } from "./shared-sandbox.ts";

export const IS_SANDBOX = process.env["ORK_FAULT_ON"] === "sandbox";

export function describeWithServer(title: string, suite: ClusterSuite): void {
  if (!IS_SANDBOX) {
    describeWithCluster(title, suite);
    return;
  }
  let sandbox: Cluster | undefined;
  describe(`${title} (sandbox)`, () => {
    beforeAll(async () => {
      sandbox = await sharedSandbox();
    }, 60_000);
    suite.tests(() => {
      if (sandbox === undefined) throw new Error("Cannot use the sandbox outside of a test");
      return sandbox;
    });
  });
}
