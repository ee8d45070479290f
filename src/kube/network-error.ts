/**
 * From whatever a socket, a TLS handshake or a resolver threw to a `KubeError` of status 0 that says
 * in plain words what happened and what to look at. The original stays as `cause`.
 */
import { faultOfCode, findFaultCode } from "../std/system-fault.ts";
import { KubeError } from "./error.ts";

/** `server` is shown, so it must not hold credentials (`connect` refuses such URLs). */
export function networkError(server: string, cause: unknown): KubeError {
  return new KubeError(`Cannot reach the API server at ${server}: ${describe(cause)}`, {
    status: 0,
    cause,
  });
}

export function timeoutError(server: string, what: string, timeoutMs: number): KubeError {
  const seconds = Math.round(timeoutMs / 100) / 10;
  return new KubeError(
    `Cannot reach the API server at ${server}: no answer to ${what} within ${seconds} s`,
    { status: 0, reason: "Timeout" },
  );
}

function describe(cause: unknown): string {
  const code = findFaultCode(cause);
  if (code === undefined) return "the connection failed";
  return faultOfCode(code)?.words ?? `the connection failed (${code})`;
}
