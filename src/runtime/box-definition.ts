/**
 * Is the CRD still what it was when the workers began? One that was made anew may have another scope, or a
 * status where there was none; then the box starts again.
 */
import type { ResolvedCrd } from "../katalog/resolved.ts";
import type { ApiResource } from "../kube/api-resource.ts";
import type { Discovery } from "../kube/discovery.ts";
import type { Informer } from "../kube/informer.ts";
import { isDeepEqual } from "../std/json.ts";
import type { Logger } from "../telemetry/log.ts";
import { MissingKindError } from "./obstacle.ts";
import { findPrimaryType } from "./primary-type.ts";

export interface Definition {
  /** Of the primary's informer: it listed anew since, so the CRD may have been made anew. */
  epoch: number;
  readonly signal: AbortSignal;
  onOutdated(): void;
}

export interface DefinitionPlace {
  readonly crd: ResolvedCrd;
  /** As it was. */
  readonly type: ApiResource;
  readonly primary: Pick<Informer, "epoch">;
  readonly discovery: Discovery;
  readonly log: Logger;
}

/** Never rejects; a look that failed leaves the epoch as it was, and the next one tries again. */
export async function compareDefinition(
  definition: Definition,
  { crd, type, primary, discovery, log }: DefinitionPlace,
): Promise<void> {
  const { signal, epoch } = definition;
  definition.epoch = primary.epoch;
  try {
    await discovery.refresh({ signal });
    const now = await findPrimaryType(crd, discovery, signal);
    if (!now) throw new MissingKindError(type.kind);
    if (isDeepEqual(now, type)) return;
    log.warn("The CRD is another one than before, starting again", { kind: now.kind });
    definition.onOutdated();
  } catch (error) {
    if (signal.aborted) return;
    log.debug("Cannot compare the CRD with what it was", { error });
    definition.epoch = epoch;
  }
}
