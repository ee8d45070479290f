/**
 * A cluster for many test files: the launcher starts one for each of its lanes and passes a file with its
 * description on in `ORK_TEST_CLUSTER`; the files of a lane share it, one after the other, each with
 * namespaces of its own. A test file run by hand, without the launcher, starts one for its process.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chooseProvider, startCluster } from "./cluster.ts";
import { Cluster, type ClusterDescription, type ClusterFeatures } from "./cluster-client.ts";

interface SharedCluster extends AsyncDisposable {
  /** To be added to the environment of the test processes. */
  readonly env: { readonly ORK_TEST_CLUSTER: string };
}

/** What the environment's provider can offer to tests, known before anything is started. */
type Offer =
  | { readonly kind: "cluster"; readonly features: ClusterFeatures }
  | { readonly kind: "none"; readonly why: string };

/** For the launcher. Ends with the object, and with the process in any case. */
export async function startSharedCluster(
  env: NodeJS.ProcessEnv = process.env,
): Promise<SharedCluster> {
  const cluster = await startFullCluster(env);
  const path = join(cluster.description.folder, "cluster.json");
  writeFileSync(path, JSON.stringify(cluster.description), { mode: 0o600 });
  return {
    env: { ORK_TEST_CLUSTER: path },
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}

/** The cluster of this process, started at most once. The one piece of state that test files share. */
let ofThisProcess: Promise<Cluster> | undefined;

/** For test files. Nobody disposes it: the launcher, or the end of the process, does. */
export function sharedCluster(env: NodeJS.ProcessEnv = process.env): Promise<Cluster> {
  ofThisProcess ??= openSharedCluster(env);
  return ofThisProcess;
}

export function offeredCluster(env: NodeJS.ProcessEnv = process.env): Offer {
  if (env["ORK_TEST_CLUSTER"]) {
    return { kind: "cluster", features: readDescription(env["ORK_TEST_CLUSTER"]).features };
  }
  const choice = chooseProvider(env);
  if (choice.kind === "none") return choice;
  switch (choice.provider) {
    case "controlplane":
      return { kind: "cluster", features: { controllers: true, pods: true, audit: true } };
    case "envtest":
      return { kind: "cluster", features: { controllers: false, pods: false, audit: true } };
    case "kubeconfig":
    case "kind":
      return { kind: "cluster", features: { controllers: true, pods: true, audit: false } };
    default:
      return choice.provider satisfies never;
  }
}

/** Whether another one can be started beside the first: an existing cluster is there once. */
export function canStartSeveral(env: NodeJS.ProcessEnv = process.env): boolean {
  const choice = chooseProvider(env);
  return choice.kind === "found" && ["controlplane", "envtest"].includes(choice.provider);
}

async function openSharedCluster(env: NodeJS.ProcessEnv): Promise<Cluster> {
  if (env["ORK_TEST_CLUSTER"]) {
    return new Cluster(readDescription(env["ORK_TEST_CLUSTER"]), async () => {});
  }
  // The servers end with the process; the next start sweeps the folder away.
  return startFullCluster(env);
}

/** Everything that the provider has. */
function startFullCluster(env: NodeJS.ProcessEnv): Promise<Cluster> {
  const offer = offeredCluster({ ...env, ORK_TEST_CLUSTER: undefined });
  if (offer.kind === "none") throw new Error(`Cannot start a cluster for the tests: ${offer.why}`);
  const { controllers, audit } = offer.features;
  const isOurs = chooseProvider(env).kind === "found" && controllers && audit;
  return startCluster({ env, audit, ...(isOurs && { kwok: true }) });
}

function readDescription(path: string): ClusterDescription {
  return JSON.parse(readFileSync(path, "utf8")) as ClusterDescription;
}
