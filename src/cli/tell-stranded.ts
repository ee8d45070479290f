/**
 * An entry that left the Katalog, or is disabled, leaves custom resources behind that carry our finalizer:
 * nobody cleans up after them, and whoever deletes one waits for ever. So a process that works looks once
 * after its start for such ones, as `ork plan` does before it, and says so.
 *
 * Guarantees: only reads, never rejects, and without the right to list a kind it says nothing of it. Bounded:
 * kinds that CRDs and extensions serve and those that the Katalog names, for {@link LOOK_MS} at most.
 * Caveats: built-in kinds that no entry names any more, and what a whole import left behind, only a plan finds.
 */
import type { ResolvedKatalog } from "../katalog/resolved.ts";
import type { ApiResource } from "../kube/api-resource.ts";
import type { KubeClient } from "../kube/client.ts";
import type { Discovery } from "../kube/discovery.ts";
import { findStranded, resourceName, type StrandedKind } from "../preview/stranded.ts";
import type { Program } from "../reconcile/program.ts";
import { alone, type Leadership, untilLeading } from "../runtime/leadership.ts";
import { canLeave, isOfType } from "../runtime/uncovered.ts";
import { builtinKind } from "../schema/builtin.ts";
import { apiVersionOf } from "../schema/object.ts";
import type { Clock } from "../std/clock.ts";
import { sleep } from "../std/sleep.ts";
import type { Logger } from "../telemetry/log.ts";

export interface StrandedLook {
  readonly katalog: ResolvedKatalog;
  /** Of the Katalog and of all that it imports. */
  readonly katalogNames: readonly string[];
  readonly configDigest: string;
  readonly programs: readonly Program[];
  readonly client: Pick<KubeClient, "list">;
  readonly discovery: Pick<Discovery, "list">;
  readonly leadership?: Leadership | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** What stands in the way of the start is told elsewhere, and may be what a look would meet. */
  isStarted(): boolean;
}

const LOOK_MS = 60_000;
const PAUSE_MS = 200;
/** Enough to know which ones are meant. */
const MAX_NAMED = 5;

/** Resolves when it has looked, or is told to stop. */
export async function warnOfStranded(options: StrandedLook): Promise<void> {
  const { leadership = alone, clock, log, signal } = options;
  try {
    while (!options.isStarted()) await sleep(PAUSE_MS, { clock, signal });
    await untilLeading(leadership, signal);
    await look({ ...options, signal: AbortSignal.any([signal, AbortSignal.timeout(LOOK_MS)]) });
  } catch (error) {
    if (!signal.aborted) log.debug("Cannot look for custom resources without an entry", { error });
  }
}

async function look(options: StrandedLook): Promise<void> {
  const { katalog, log } = options;
  const discovery: Pick<Discovery, "list"> = {
    async list(query) {
      const served = await options.discovery.list(query);
      return served.filter((type) => isLookedAt(type, katalog));
    },
  };
  const { kinds, unseen } = await findStranded({ ...options, discovery, digests: new Set() });
  if (unseen.length > 0) {
    const message = "No right to look for custom resources without an entry";
    log.debug(message, { kinds: unseen.length });
  }
  for (const kind of kinds) tell(kind, options);
}

/** Children are of built-in kinds mostly, and of those there may be very many. */
function isLookedAt(type: ApiResource, { crds }: ResolvedKatalog): boolean {
  return !builtinKind(apiVersionOf(type), type.kind) || crds.some((crd) => isOfType(crd, type));
}

function tell({ type, keys: all }: StrandedKind, { katalog, programs, log }: StrandedLook): void {
  // Of those in reach of an entry with a selector, its own look tells (`runtime/leavers.ts`).
  const selecting = programs.filter(({ crd }) => isOfType(crd, type) && canLeave(crd));
  const isTold = (key: string) =>
    selecting.some(({ crd: { namespace } }) => !namespace || key.startsWith(`${namespace}/`));
  const keys = all.filter((key) => !isTold(key));
  if (keys.length === 0) return;
  const disabled = katalog.crds.find((crd) => !crd.isEnabled && isOfType(crd, type));
  const why = disabled ? `the entry "${disabled.name}" is disabled` : "no entry covers them";
  log.warn(
    `Custom resources carry the finalizer of this Katalog, and ${why}: whoever deletes one waits for ever; ${adviceFor(disabled?.name)}`,
    { kind: resourceName(type), count: keys.length, keys: keys.slice(0, MAX_NAMED) },
  );
}

function adviceFor(disabled: string | undefined): string {
  const back = disabled === undefined ? "bring an entry for them back" : "enable it again";
  return `${back} and delete them while it runs, or take the finalizer away; "ork plan" says how`;
}
