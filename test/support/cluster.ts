/**
 * The one door to a real Kubernetes in tests. Whatever stands behind it, a test sees the same `Cluster`.
 *
 * Most tests do not start a cluster but share one: `describe-with-cluster.ts`.
 *
 * Providers, in this order:
 * - `kubeconfig`: an existing cluster, only when `ORK_TEST_KUBECONFIG` names its file. Tests create
 *   CRDs and cluster roles there
 * - `kind`: a new cluster in Docker, only with `ORK_TEST_PROVIDER=kind`
 * - `envtest`: kube-apiserver and etcd of `KUBEBUILDER_ASSETS`
 * - `controlplane`: our own build of Kubernetes (`controlplane-build.ts`); needs Go once
 */

import { attachCluster } from "./cluster-attached.ts";
import type { Cluster } from "./cluster-client.ts";
import { startKindCluster } from "./cluster-kind.ts";
import { startLocalCluster } from "./cluster-local.ts";
import type { ClusterOptions } from "./cluster-options.ts";
import { findControlPlane } from "./controlplane-build.ts";

export type Provider = "kubeconfig" | "kind" | "envtest" | "controlplane";

/** Which provider the environment allows, or why none; looks only, starts nothing. */
export function chooseProvider(
  env: NodeJS.ProcessEnv,
):
  | { readonly kind: "found"; readonly provider: Provider }
  | { readonly kind: "none"; why: string } {
  if (env["ORK_TEST_KUBECONFIG"]) return { kind: "found", provider: "kubeconfig" };
  if (env["ORK_TEST_PROVIDER"] === "kind") return { kind: "found", provider: "kind" };
  if (env["KUBEBUILDER_ASSETS"]) return { kind: "found", provider: "envtest" };
  if (
    findControlPlane(env) !== undefined ||
    Bun.which("go", { PATH: env["PATH"] ?? "" }) !== null
  ) {
    return { kind: "found", provider: "controlplane" };
  }
  return {
    kind: "none",
    why: "no Go to build Kubernetes with, and none of KUBEBUILDER_ASSETS, ORK_TEST_KUBECONFIG, ORK_TEST_PROVIDER=kind is set",
  };
}

/**
 * Starts (or attaches to) a cluster that answers when this resolves. Dispose it:
 * `await using cluster = await startCluster({ controllers: true })`.
 * @throws Error when the provider cannot give what was asked for, with the end of the server's log.
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const env = options.env ?? process.env;
  const choice = chooseProvider(env);
  if (choice.kind === "none") throw new Error(`Cannot start a cluster: ${choice.why}`);
  switch (choice.provider) {
    case "kubeconfig":
      return attachCluster({ kubeconfigPath: env["ORK_TEST_KUBECONFIG"] ?? "", options });
    case "kind":
      return startKindCluster(options);
    case "envtest":
    case "controlplane":
      return startLocalCluster(choice.provider, options);
    default:
      return choice.provider satisfies never;
  }
}
