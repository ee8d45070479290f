/** What the windows (probes, JSON view, `get`) may see of a running runtime. Read only. */
import type { ImportedKatalog, ResolvedCrd, ResolvedKatalog } from "../katalog/resolved.ts";
import type { KubeObject, ResourceType } from "../schema/object.ts";
import type { Health, HealthState } from "./health.ts";
import type { KeyHistory } from "./history.ts";
import type { ElectionView } from "./leadership.ts";

export interface RuntimeView {
  readonly katalog: ResolvedKatalog;
  readonly configDigest: string;
  /** What the Katalog was composed of. */
  readonly imports: readonly ImportedKatalog[];
  readonly startedAtMs: number;
  /** Every box got as far as it can get by itself: it runs, or an obstacle outside stands in its way. */
  readonly isStarted: boolean;
  readonly isStopping: boolean;
  /** Who leads; `undefined` where there is no election. */
  readonly election?: ElectionView | undefined;
  readonly boxes: readonly BoxView[];
}

export interface BoxView {
  readonly crd: ResolvedCrd;
  /** The kind as the cluster serves it, once that is known. */
  readonly type: ResourceType | undefined;
  readonly health: Health;
  readonly state: HealthState;
  readonly queueDepth: number;
  readonly activeWorkers: number;
  readonly resourceCount: number;
  /** Children that are left as they are since somebody keeps changing them. */
  readonly contestedCount: number;
  objects(): Iterable<KubeObject>;
  object(key: string): KubeObject | undefined;
  /** Children of a custom resource, by its uid. */
  childrenOf(uid: string): readonly KubeObject[];
  /** What its last reconciles did. */
  historyOf(key: string): KeyHistory;
  /** What its reconcile that is under way waits for, where that takes long. */
  pauseOf(key: string): string | undefined;
  /** Milliseconds until its next resync; `undefined` while nobody works. */
  resyncDueMs(key: string): number | undefined;
}
