/**
 * The one place that turns anything thrown into an {@link Outcome}. Pure.
 *
 * `stuck` is for what the same input will always run into: only a change of the custom resource or
 * of the Katalog helps. Everything else is `retry`, with backoff; so is what we do not know, because
 * a wrong `stuck` would wait for a change that never comes.
 */
import { isChildError } from "../apply/error.ts";
import { HookError } from "../hook/error.ts";
import { RemoteError } from "../hook/remote-error.ts";
import { isKubeError, isUntyped } from "../kube/error.ts";
import type { Outcome } from "../status/outcome.ts";
import { TemplateError } from "../template/error.ts";
import { PassError, ReconcileError } from "./error.ts";

export function classify(thrown: unknown): Outcome {
  const error = thrown instanceof Error ? thrown : new Error(`Unexpected: ${String(thrown)}`);
  const { changes = [], againMs } = error instanceof PassError ? error : {};
  const kind = isStuck(error) ? "stuck" : "retry";
  const again = againMs !== undefined && { againMs };
  return { kind, error, ...(changes.length > 0 && { changes }), ...again };
}

/**
 * Errors that pass by themselves: a stale cache, an overloaded or unreachable server, a thread that another call hung. They say
 * nothing about the custom resource, so its status does not mention them.
 */
export function isTransient(error: unknown): boolean {
  if (error instanceof PassError) return error.errors.every(isTransient);
  if (error instanceof HookError && error.code === "beside") return true;
  if (isChildError(error)) {
    return error.code === "stale" || (error.code === "rejected" && isTransient(error.cause));
  }
  const status = serverStatus(error);
  if (status === undefined || isUntyped(error)) return false;
  return status === 0 || status === 409 || status === 429 || status >= 500;
}

/** What the API server said, to us or to a hook that passed it on. */
function serverStatus(error: unknown): number | undefined {
  if (error instanceof HookError) return error.kube?.status;
  return isKubeError(error) ? error.status : undefined;
}

function isStuck(error: unknown): boolean {
  if (error instanceof PassError) return error.errors.every(isStuck);
  if (error instanceof TemplateError) return true;
  if (error instanceof ReconcileError) return error.code !== "kind";
  if (error instanceof RemoteError) return error.code === "refused" || error.code === "endpoint";
  if (isChildError(error)) return isChildStuck(error);
  // The server will refuse the same request again.
  return isKubeError(error) && (error.status === 400 || error.status === 422 || isUntyped(error));
}

function isChildStuck(error: Error & { readonly code: string; readonly cause?: unknown }): boolean {
  switch (error.code) {
    case "conflict":
    case "immutable":
    case "contested":
      return true;
    case "rejected":
      return isStuck(error.cause);
    default:
      return false;
  }
}
