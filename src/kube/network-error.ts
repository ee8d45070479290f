/**
 * From whatever a socket, a TLS handshake or a resolver threw to a `KubeError` of status 0 that says
 * in plain words what happened and what to look at. The original stays as `cause`.
 */
import { KubeError } from "./error.ts";

/** Codes of Node, Bun and OpenSSL, by what they mean to a person. */
const MEANINGS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused, nothing listens there",
  ConnectionRefused: "connection refused, nothing listens there",
  ECONNRESET: "the connection was reset",
  ConnectionClosed: "the connection was closed before an answer came",
  EPIPE: "the connection was closed before the request was sent",
  ETIMEDOUT: "the connection timed out",
  ConnectionTimeout: "the connection timed out",
  EHOSTUNREACH: "there is no route to the host",
  ENETUNREACH: "there is no route to the network",
  ENOTFOUND: "the host name does not resolve",
  FailedToOpenSocket: "the host name does not resolve, or no socket could be opened",
  EAI_AGAIN: "the host name could not be resolved for now",
  CERT_HAS_EXPIRED: "its certificate has expired",
  CERT_NOT_YET_VALID: "its certificate is not valid yet, check the clocks",
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted(),
  SELF_SIGNED_CERT_IN_CHAIN: untrusted(),
  UNABLE_TO_GET_ISSUER_CERT: untrusted(),
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted(),
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted(),
  CERT_SIGNATURE_FAILURE: untrusted(),
  UNKNOWN_CERTIFICATE_VERIFICATION_ERROR: untrusted(),
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another host name",
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: "it asks for a client certificate",
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: "it does not trust our client certificate",
  ERR_SSL_WRONG_VERSION_NUMBER: "it does not speak TLS, is the server http://",
};

function untrusted(): string {
  return "its certificate is not signed by the certificate authority of the connection";
}

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
  const code = findCode(cause);
  if (code !== undefined) return MEANINGS[code] ?? `the connection failed (${code})`;
  return "the connection failed";
}

/** The code may sit on the error, on one of its causes, or on the first of several attempts. */
function findCode(error: unknown): string | undefined {
  let current: unknown = error;
  for (let depth = 0; depth < 5 && current instanceof Error; depth++) {
    const { code } = current as { code?: unknown };
    if (typeof code === "string" && code !== "") return code;
    current = current instanceof AggregateError ? current.errors[0] : current.cause;
  }
  return undefined;
}
