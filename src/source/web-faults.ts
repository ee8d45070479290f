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

const HINTS: Readonly<Record<string, string>> = {
  ENOTFOUND: "Is the host spelled right, and is it known here?",
  EAI_AGAIN: "Does the name service of this machine answer?",
  ECONNRESET: "Try again; if it happens each time, ask who runs the server",
  EPIPE: "Try again; if it happens each time, ask who runs the server",
};

const CERTIFICATE =
  /^(CERT_|ERR_TLS_CERT|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE)/;

const TLS = /^(ERR_SSL_|ERR_OSSL_|ERR_BORINGSSL|EPROTO)/;

/** The messages of the libraries may repeat what a server said: only codes are shown. */
export function connectionFault(
  name: string,
  cause: unknown,
  verb: "read" | "write" = "read",
): SourceError {
  const code = String((cause as NodeJS.ErrnoException | undefined)?.code ?? "no code");
  if (CERTIFICATE.test(code)) {
    const message = `Cannot ${verb} "${name}": its certificate is not trusted (${code})`;
    const hint = "Trust its authority with --ca-file, if it is one of your own";
    return new SourceError("certificate", message, { cause, hint });
  }
  if (TLS.test(code)) {
    const message = `Cannot ${verb} "${name}": no secure connection could be agreed on (${code})`;
    return new SourceError("certificate", message, {
      cause,
      hint: "Does the server speak TLS 1.2?",
    });
  }
  const words = WORDS[code];
  const found = words ? `${words} (${code})` : `the connection failed (${code})`;
  const hint = HINTS[code] ?? "Is the server up, and is there a way to it from here?";
  return new SourceError("unreachable", `Cannot ${verb} "${name}": ${found}`, { cause, hint });
}
