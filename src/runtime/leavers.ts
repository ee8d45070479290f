/**
 * Custom resources that left the selector of their entry while no process ran: no informer ever tells of
 * them, and whoever deletes one would wait for good for a cleanup that nobody does.
 *
 * Flow: once, when the workers of an entry with a selector begin, beside them → one metadata-only list →
 * those that left go the way of those that leave while they are served (`release.ts`).
 *
 * Guarantees: only what this very document managed is let go. What an earlier one managed may be meant to
 * stay, since it may be the selector that changed: it is told, and left as it is.
 */
import type { ResolvedCrd } from "../katalog/resolved.ts";
import type { KubeClient } from "../kube/client.ts";
import { isForbidden, isKubeError } from "../kube/error.ts";
import { type KubeObject, objectKey, type ResourceType } from "../schema/object.ts";
import { backoff } from "../std/backoff.ts";
import type { Clock } from "../std/clock.ts";
import { sleep } from "../std/sleep.ts";
import type { Logger } from "../telemetry/log.ts";
import { canLeave, findUncovered, hasLeft, isHeldFor } from "./uncovered.ts";

export interface LeaverOptions {
  readonly crd: ResolvedCrd;
  /** All entries of the Katalog: one may have gone from this one to another. */
  readonly crds: readonly ResolvedCrd[];
  readonly configDigest: string;
  readonly type: ResourceType;
  readonly client: Pick<KubeClient, "list">;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** This one left. */
  onLeft(object: KubeObject): void;
}

const RETRY = { initialMs: 500, maxMs: 30_000 };
/** Enough to know which ones are meant. */
const MAX_NAMED = 5;

/** Resolves when it has looked, or may not, or is told to stop. */
export async function findLeavers(options: LeaverOptions): Promise<void> {
  const { crd, clock, random, log, signal } = options;
  if (!canLeave(crd)) return;
  const delays = backoff({ ...RETRY, random });
  while (!signal.aborted) {
    try {
      return await lookOnce(options);
    } catch (error) {
      if (signal.aborted) return;
      if (!isKubeError(error)) throw error;
      if (isForbidden(error)) {
        const message = "No right to look for custom resources that left the selector";
        log.warn(message, { reason: error.message });
        return;
      }
      log.debug("Cannot look for custom resources that left the selector yet", { error });
      await sleep(delays.next().value, { clock, signal }).catch(() => undefined);
    }
  }
}

async function lookOnce(options: LeaverOptions): Promise<void> {
  const { crd, type, log, onLeft } = options;
  const uncovered = await findUncovered(type, {
    ...options,
    namespace: crd.namespace,
    isCandidate: (object) => isHeldFor(object, crd.katalog),
  });
  const kept = uncovered.filter((object) => !hasLeft(object, options));
  for (const object of uncovered) if (hasLeft(object, options)) onLeft(object);
  if (kept.length === 0) return;
  const keys = kept.slice(0, MAX_NAMED).map(({ metadata }) => objectKey(metadata));
  log.warn(
    'Custom resources that an earlier Katalog managed match no entry any more: whoever deletes one waits for ever; "ork plan" says what to do',
    { count: kept.length, keys },
  );
}
