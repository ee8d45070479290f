/** A transport to a scripted server, with everything that is not the wire replaced. */
import type { Connection } from "../../../src/kube/connection.ts";
import type { CredentialSource, Credentials } from "../../../src/kube/credentials.ts";
import {
  createTransport,
  type Transport,
  type TransportOptions,
} from "../../../src/kube/transport.ts";
import type { KubeObject, ResourceType } from "../../../src/schema/object.ts";
import { type Clock, systemClock } from "../../../src/std/clock.ts";
import type { Logger } from "../../../src/telemetry/log.ts";
import { createMetrics, type Metrics } from "../../../src/telemetry/metrics.ts";

export interface HarnessOptions {
  readonly credentials?: CredentialSource;
  readonly metrics?: Metrics;
  readonly clock?: Clock;
  readonly identity?: Connection["identity"];
  readonly serverName?: string;
  readonly isInsecure?: boolean;
  readonly requestTimeoutMs?: number;
  readonly maxInFlight?: number;
  readonly fence?: TransportOptions["fence"];
}

export function transportTo(server: string, options: HarnessOptions = {}): Transport {
  const { credentials = fixed({ headers: {} }), metrics = createMetrics(), serverName } = options;
  const connection: Connection = {
    server,
    namespace: "default",
    description: "test",
    requestTimeoutMs: options.requestTimeoutMs ?? 5_000,
    isInsecure: options.isInsecure ?? false,
    ...(serverName && { serverName }),
    ...(options.identity && { identity: options.identity }),
    credentials,
  };
  return createTransport({
    connection,
    metrics,
    clock: options.clock ?? systemClock,
    version: "1.2.3",
    ...(options.maxInFlight && { maxInFlight: options.maxInFlight }),
    ...(options.fence && { fence: options.fence }),
  });
}

export function fixed(credentials: Credentials): CredentialSource {
  return { current: async () => credentials, refuse: () => false };
}

export const CONFIG_MAP: ResourceType = {
  group: "",
  version: "v1",
  kind: "ConfigMap",
  plural: "configmaps",
  namespaced: true,
};

export const DEPLOYMENT: ResourceType = {
  group: "apps",
  version: "v1",
  kind: "Deployment",
  plural: "deployments",
  namespaced: true,
};

export const NODE: ResourceType = {
  group: "",
  version: "v1",
  kind: "Node",
  plural: "nodes",
  namespaced: false,
};

export function configMap(
  name: string,
  version: number,
  more: Partial<KubeObject["metadata"]> & { readonly data?: Record<string, string> } = {},
): KubeObject {
  const { data, ...metadata } = more;
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name,
      namespace: "ns",
      uid: `uid-${name}`,
      resourceVersion: `${version}`,
      ...metadata,
    },
    ...(data && { data }),
  };
}

/** Keeps what was logged, for tests that look. */
export function memoryLog(): Logger & { readonly lines: string[] } {
  const lines: string[] = [];
  const log = {
    lines,
    debug: (message: string) => void lines.push(`debug ${message}`),
    info: (message: string) => void lines.push(`info ${message}`),
    warn: (message: string) => void lines.push(`warn ${message}`),
    error: (message: string) => void lines.push(`error ${message}`),
    child: () => log,
  };
  return log;
}

/** Rejects with what `work` throws, for tests that look at an error. */
export async function failureOf(work: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  try {
    await work;
  } catch (error) {
    return error as Error & Record<string, unknown>;
  }
  throw new Error("Expected a failure, and it went well");
}
