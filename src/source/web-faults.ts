/** What goes wrong on the way to a server, in words. */
import { SourceError } from "./source-error.ts";

/** Codes of `node:dns`, `node:net` and `node:tls`. */
const WORDS: Readonly<Record<string, string>> = {
  ENOTFOUND: "its host is not known",
  EAI_AGAIN: "its host could not be looked up",
  ENODATA: "its host has no address",
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "the connection was cut",
  EHOSTUNREACH: "there is no way to its host",
  ENETUNREACH: "there is no way to its network",
  EPIPE: "the connection was cut",
  ETIMEDOUT: "its host does not answer",
};

const CERTIFICATE =
  /^(CERT_|ERR_TLS_CERT|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE)/;

const TLS = /^(ERR_SSL_|ERR_OSSL_|ERR_BORINGSSL|EPROTO)/;

/** The messages of the libraries may repeat what a server said: only codes are shown. */
export function connectionFault(name: string, cause: unknown): SourceError {
  const code = String((cause as NodeJS.ErrnoException | undefined)?.code ?? "no code");
  if (CERTIFICATE.test(code)) {
    const message = `Cannot read "${name}": its certificate is not trusted (${code})`;
    const hint = "Trust its authority with --ca-file, if it is one of your own";
    return new SourceError("certificate", message, { cause, hint });
  }
  if (TLS.test(code)) {
    const message = `Cannot read "${name}": no secure connection could be agreed on (${code})`;
    return new SourceError("certificate", message, {
      cause,
      hint: "Does the server speak TLS 1.2?",
    });
  }
  const words = WORDS[code];
  const message = `Cannot read "${name}": ${words ? `${words} (${code})` : `the connection failed (${code})`}`;
  return new SourceError("unreachable", message, { cause });
}
