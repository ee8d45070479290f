/**
 * From whatever a socket, a TLS handshake or a resolver threw to a `KubeError` of status 0 that says
 * in plain words what happened and what to look at. The original stays as `cause`.
 */
import { faultOfCode, findFaultCode, isUntrustedCertificate } from "../std/system-fault.ts";
import { KubeError } from "./error.ts";

/** `server` is shown, so it must not hold credentials (`connect` refuses such URLs). */
export function networkError(server: string, cause: unknown): KubeError {
  const code = findFaultCode(cause);
  const hint = hintFor(code);
  return new KubeError(`Cannot reach the API server at ${server}: ${describe(code)}`, {
    status: 0,
    cause,
    ...(hint !== undefined && { hint }),
  });
}

export function timeoutError(server: string, what: string, timeoutMs: number): KubeError {
  const time = timeoutMs < 1_000 ? `${timeoutMs} ms` : `${Math.round(timeoutMs / 100) / 10} s`;
  return new KubeError(
    `Cannot reach the API server at ${server}: no answer to ${what} within ${time}`,
    { status: 0, reason: "Timeout" },
  );
}

/** The flags that name what is wrong are those of `kubectl`. */
function hintFor(code: string | undefined): string | undefined {
  if (code === undefined) return undefined;
  if (isUntrustedCertificate(code)) {
    return "Name the certificates of that authority with --certificate-authority";
  }
  return faultOfCode(code)?.hint;
}

function describe(code: string | undefined): string {
  if (code === undefined) return "the connection failed";
  return faultOfCode(code)?.words ?? `the connection failed (${code})`;
}
