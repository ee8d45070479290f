/**
 * Without an election two processes may serve one Katalog and never know. So one that starts so looks once
 * whether somebody leads it in this cluster, and says so. Only reads, and without the right to do that it
 * says nothing.
 */
import type { KubeClient } from "../kube/client.ts";
import { LEASE_RESOURCE, readLease } from "../kube/lease.ts";
import { ELECTION_LABEL } from "../kube/marks.ts";
import type { Logger } from "../telemetry/log.ts";

export interface LookOptions {
  readonly client: Pick<KubeClient, "list">;
  /** Name of the Katalog. */
  readonly katalog: string;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: number;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Never rejects. */
export async function warnOfOtherLeader(options: LookOptions): Promise<void> {
  const { client, katalog, nowMs, log, signal } = options;
  try {
    const labelSelector = `${ELECTION_LABEL}=true`;
    const { items } = await client.list(LEASE_RESOURCE, { labelSelector, signal });
    for (const lease of items) {
      const { holder, renewedAtMs = 0, durationMs = 0, ...record } = readLease(lease);
      // By the holder's clock; for a warning that is good enough.
      const isLive = holder !== "" && renewedAtMs + durationMs > nowMs;
      if (!isLive || record.katalog !== katalog) continue;
      const { namespace, name } = lease.metadata;
      log.warn(
        "Another process leads this Katalog in this cluster, and this one works beside it: stop one of them, or start both with --leader-elect",
        { holder, lease: `${namespace}/${name}` },
      );
    }
  } catch (error) {
    log.debug("Cannot look for other processes of this Katalog", { error });
  }
}
