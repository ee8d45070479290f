/** What a box is given: by the process, which all boxes share, and by its own place in the runtime. */
import type { ApiResource } from "../kube/api-resource.ts";
import type { KubeClient } from "../kube/client.ts";
import type { Discovery } from "../kube/discovery.ts";
import type { Informer, Informers } from "../kube/informer.ts";
import type { Program } from "../reconcile/program.ts";
import type { Reconciler } from "../reconcile/reconcile.ts";
import type { CrEvent } from "../reconcile/surroundings.ts";
import type { Bell } from "../std/bell.ts";
import type { Clock } from "../std/clock.ts";
import type { Logger } from "../telemetry/log.ts";
import type { BoxFacts } from "./box-facts.ts";
import type { BoxMetrics } from "./box-metrics.ts";
import type { BoxChildren } from "./child-caches.ts";
import type { History } from "./history.ts";
import type { InstallPolicy } from "./install.ts";
import type { Leadership } from "./leadership.ts";

/** What every box of a process shares. */
export interface BoxEnvironment {
  readonly client: KubeClient;
  readonly informers: Informers;
  readonly discovery: Discovery;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly metrics: BoxMetrics;
  /** Whether this process works or stands by; absent: it works alone. */
  readonly leadership?: Leadership;
  /** What `ork why` shows, of all boxes together; absent: each box keeps its own. */
  readonly history?: History;
  readonly log: Logger;
  readonly installCrds: InstallPolicy;
  readonly installResources: InstallPolicy;
  /** Rings whenever the health of any box changed. */
  readonly changed: Bell;
  /** Sends an Event about a custom resource, off the hot path. */
  emit(event: CrEvent): void;
  /** Makes the box's reconciler, once its kinds are known. */
  createReconciler(program: Program, place: ReconcilerPlace): Reconciler;
}

/** What a reconciler needs that only its box has. */
export interface ReconcilerPlace {
  readonly type: ApiResource;
  readonly primary: Informer;
  readonly children: BoxChildren;
  /** What templates see of the box itself. */
  readonly facts: () => BoxFacts;
  readonly log: Logger;
}

/** Two signals end a box: draining lets the work in progress finish, aborting does not. */
export interface StopSignals {
  readonly draining: AbortSignal;
  readonly aborting: AbortSignal;
}
