/** The way to the cluster that the flags name. */

import type { KubeClient } from "../kube/client.ts";
import { type Connection, connect } from "../kube/connection.ts";
import { createDiscovery, type Discovery } from "../kube/discovery.ts";
import { createKubeClient } from "../kube/kube-client.ts";
import { createTransport, type Transport, type TransportOptions } from "../kube/transport.ts";
import { systemClock } from "../std/clock.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { durationFlag } from "./duration-flag.ts";
import type { Flags } from "./flags.ts";
import type { Io } from "./io.ts";
import { OperationalError } from "./usage-error.ts";
import { version } from "./version.ts";

export interface Cluster extends Disposable {
  readonly connection: Connection;
  readonly transport: Transport;
  readonly client: KubeClient;
  readonly discovery: Discovery;
}

export interface ClusterOptions {
  readonly flags: Flags;
  readonly io: Io;
  readonly metrics: Metrics;
  /** Instead of what the flags say: the sandbox's. */
  readonly kubeconfig?: string;
  /** What writes must pass on their way out. */
  readonly fence?: TransportOptions["fence"];
}

/** Opens no connection yet. Throws when nothing says where the cluster is. */
export async function openCluster(options: ClusterOptions): Promise<Cluster> {
  const connection = await findConnection(options);
  const transport = createTransport({
    connection,
    metrics: options.metrics,
    clock: systemClock,
    version,
    ...(options.fence && { fence: options.fence }),
  });
  return {
    connection,
    transport,
    client: createKubeClient(transport),
    discovery: createDiscovery({ transport, clock: systemClock }),
    [Symbol.dispose]: () => transport[Symbol.dispose](),
  };
}

/** Asks the server who it is, so that an unreachable cluster is told before anything else. */
export async function checkReachable(cluster: Cluster, signal: AbortSignal): Promise<string> {
  const { gitVersion } = await cluster.client.raw("/version", { signal });
  return String(gitVersion ?? "unknown");
}

async function findConnection({ flags, io, kubeconfig }: ClusterOptions): Promise<Connection> {
  const { env } = io;
  try {
    if (kubeconfig) return await connect({ kubeconfig, env });
    return await connect({
      kubeconfig: flags.text("kubeconfig"),
      context: flags.text("context"),
      cluster: flags.text("cluster"),
      user: flags.text("user"),
      server: flags.text("server"),
      token: flags.text("token"),
      certificateAuthority: flags.text("certificate-authority"),
      clientCertificate: flags.text("client-certificate"),
      clientKey: flags.text("client-key"),
      insecureSkipTlsVerify: flags.has("insecure-skip-tls-verify")
        ? flags.isOn("insecure-skip-tls-verify")
        : undefined,
      asUser: flags.text("as"),
      asGroup: flags.texts("as-group"),
      namespace: flags.text("namespace"),
      env,
      requestTimeoutMs: durationFlag(flags, "request-timeout"),
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new OperationalError(message, error instanceof Error ? { cause: error.cause } : {});
  }
}
