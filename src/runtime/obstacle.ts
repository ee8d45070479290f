/** An error of a step of the start, or of an informer, as an obstacle that health can show. */
import {
  isConflict,
  isForbidden,
  isInitializing,
  isInvalid,
  isKubeError,
  isNotFound,
  isUnauthenticated,
} from "../kube/error.ts";
import type { Obstacle } from "./health.ts";

/** The cluster does not serve a kind (yet). */
export class MissingKindError extends Error {
  constructor(kind: string) {
    super(`The cluster serves no ${kind}: install its CRD, or name it as crdFile`);
    this.name = "MissingKindError";
  }
}

/** The server has the CRD, and does not serve it. */
export class UnestablishedError extends Error {
  constructor(name: string, why: string) {
    super(`Cannot establish CRD "${name}": ${why}`);
    this.name = "UnestablishedError";
  }
}

export function obstacleOf(error: unknown): Obstacle {
  const message = error instanceof Error ? error.message : String(error);
  if (isInitializing(error)) {
    return { kind: "initializing", message: `The API server makes the kind ready: ${message}` };
  }
  if (isForbidden(error)) return { kind: "forbidden", message };
  if (isNotFound(error) || error instanceof MissingKindError) return { kind: "missing", message };
  if (isRefused(error)) return { kind: "refused", message };
  return { kind: isUnauthenticated(error) ? "unauthenticated" : "unreachable", message };
}

/** What an informer of a kind of child meets: its CRD may be gone, or the right to it. */
export function childObstacle(kind: string, error: unknown): Obstacle {
  const { message, ...obstacle } = obstacleOf(error);
  return {
    ...obstacle,
    message: `Cannot watch the kind ${kind} (a child): ${message}`,
    isOfChild: true,
  };
}

/** By what was sent: it breaks a rule of the API server, or of an admission webhook. */
function isRefused(error: unknown): boolean {
  if (error instanceof UnestablishedError || isInvalid(error) || isConflict(error)) return true;
  return isKubeError(error) && error.status === 400;
}

/** What ended a box although nobody stopped it. */
export function faultOf(error: unknown): Obstacle {
  const message = error instanceof Error ? error.message : String(error);
  return { kind: "fault", message: `Stopped by a fault of this program, see the log: ${message}` };
}
