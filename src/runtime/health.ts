/**
 * Health of one box: facts that grow with each reconcile, and the state that follows from them.
 * Pure; the box keeps the current value.
 */

export interface Health {
  /** Milliseconds since the Unix epoch, of the first time that the workers ran. */
  readonly startedAtMs?: number;
  /** Another replica leads; the caches are warm, the workers rest. */
  readonly isStandby?: true;
  readonly totalReconciles: number;
  readonly totalFailures: number;
  /** Failures since the last success, over all custom resources of the box. */
  readonly consecutiveFailures: number;
  readonly hasSucceeded: boolean;
  readonly lastReconcileAtMs?: number;
  /** Kept after recovery, so that somebody who looks later still finds it. */
  readonly lastError?: string;
  /** Why the box does not run yet or any more: an unmet dependency, a missing CRD or permission. */
  readonly obstacle?: Obstacle;
}

export interface Obstacle {
  /**
   * `initializing`: the server makes the kind ready, which is part of every start with a new CRD. `fault`: of
   * this program; it ended the box, started or not. `refused`: the server took what was sent, and does not accept it.
   * `unauthenticated`: it does not know who we are.
   */
  readonly kind:
    | "dependency"
    | "initializing"
    | "missing"
    | "forbidden"
    | "refused"
    | "unauthenticated"
    | "unreachable"
    | "fault";
  readonly message: string;
  /** It is about a kind of child; the CRD itself is fine. */
  readonly isOfChild?: true;
}

/**
 * `pending`: never ran, or waits for a dependency. `standby`: ready to, while another replica leads. `started`: runs, no success yet.
 * `degraded`: fails too often, or cannot run.
 */
export type HealthState = "pending" | "standby" | "started" | "healthy" | "degraded";

export const initialHealth: Health = {
  totalReconciles: 0,
  totalFailures: 0,
  consecutiveFailures: 0,
  hasSucceeded: false,
};

export function healthState(health: Health, failureThreshold: number): HealthState {
  if (health.obstacle?.kind === "fault") return "degraded";
  // By what it waits for it is shown, whatever it did before: in an earlier term, say.
  if (health.obstacle?.kind === "dependency") return "pending";
  if (health.isStandby) return health.obstacle ? "degraded" : "standby";
  if (health.startedAtMs === undefined) return "pending";
  if (health.obstacle && health.obstacle.kind !== "initializing") return "degraded";
  if (health.consecutiveFailures >= failureThreshold) return "degraded";
  return health.hasSucceeded ? "healthy" : "started";
}

/** As a dependency, healthy is stricter: one success, and no failure since. */
export function isHealthyDependency(health: Health): boolean {
  return (
    health.startedAtMs !== undefined &&
    !health.isStandby &&
    !health.obstacle &&
    health.hasSucceeded &&
    health.consecutiveFailures === 0
  );
}

export function afterSuccess(health: Health, nowMs: number): Health {
  return {
    ...health,
    totalReconciles: health.totalReconciles + 1,
    consecutiveFailures: 0,
    hasSucceeded: true,
    lastReconcileAtMs: nowMs,
  };
}

export function afterFailure(health: Health, nowMs: number, message: string): Health {
  return {
    ...health,
    totalReconciles: health.totalReconciles + 1,
    totalFailures: health.totalFailures + 1,
    consecutiveFailures: health.consecutiveFailures + 1,
    lastReconcileAtMs: nowMs,
    lastError: message,
  };
}

export function afterStart(health: Health, nowMs: number): Health {
  const { obstacle: _, isStandby: __, ...rest } = health;
  return { ...rest, startedAtMs: health.startedAtMs ?? nowMs };
}

/** Failures of a term that is over say nothing about the next one, nor does what it waited for. */
export function afterStandby(health: Health): Health {
  const { obstacle, ...rest } = health;
  const kept = obstacle && obstacle.kind !== "dependency" ? { obstacle } : {};
  return { ...rest, ...kept, isStandby: true, consecutiveFailures: 0 };
}

export function withObstacle(health: Health, obstacle: Obstacle): Health {
  const isWait = obstacle.kind === "dependency" || obstacle.kind === "initializing";
  const lastError = isWait ? health.lastError : obstacle.message;
  return { ...health, obstacle, ...(lastError === undefined ? {} : { lastError }) };
}

export function withoutObstacle(health: Health): Health {
  if (!health.obstacle) return health;
  const { obstacle: _, ...rest } = health;
  return rest;
}
