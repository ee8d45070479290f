/** What goes wrong on the way to a server, in words. */
import { faultOfCode } from "../std/system-fault.ts";
import { SourceError } from "./source-error.ts";

const CERTIFICATE =
  /^(CERT_|ERR_TLS_CERT|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE)/;

const HINT = "Is the server up, and is there a way to it from here?";

const TLS = /^(ERR_SSL_|ERR_OSSL_|ERR_BORINGSSL|EPROTO)/;

/** The messages of the libraries may repeat what a server said: only codes are shown. */
export function connectionFault(name: string, cause: unknown, verb = "read"): SourceError {
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
  const { words = "the connection failed", hint = HINT } = faultOfCode(code) ?? {};
  const found = `${words} (${code})`;
  return new SourceError("unreachable", `Cannot ${verb} "${name}": ${found}`, { cause, hint });
}
