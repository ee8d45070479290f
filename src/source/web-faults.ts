/** What goes wrong on the way to a server, in words. */
import { faultOfCode } from "../std/system-fault.ts";
import type { CertificateDates } from "./certificate-dates.ts";
import { SourceError } from "./source-error.ts";

const CERTIFICATE =
  /^(CERT_|ERR_TLS_CERT|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE)/;

const HINT = "Is the server up, and is there a way to it from here?";

const TLS = /^(ERR_SSL_|ERR_OSSL_|ERR_BORINGSSL|EPROTO)/;

/** What no authority can help with. */
const WRONG: ReadonlySet<string> = new Set([
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "ERR_TLS_CERT_ALTNAME_INVALID",
]);

/** The host names that a certificate is for, where the runtime says them: `, for "a.io, b.io"`. */
function namesIn(cause: unknown): string {
  const { cert } = cause as { readonly cert?: { readonly subjectaltname?: unknown } };
  if (typeof cert?.subjectaltname !== "string") return "";
  const names = [...cert.subjectaltname.matchAll(/\bDNS:([a-z0-9*.-]{1,253})(?=,|$)/gi)];
  const shown = names.slice(0, 3).map(([, name]) => name);
  return shown.length === 0 ? "" : `, for "${shown.join(", ")}"`;
}

/** Whether the dates of a certificate may be what is wrong with it. Deno has one code for all that may be. */
export function isAboutDates(cause: unknown): boolean {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? "";
  return ["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"].includes(
    code,
  );
}

/** `: it was good from 2026-11-21 23:34 UTC until 2026-11-22 23:34 UTC`, where that is what is wrong. */
function datesText(dates: CertificateDates | undefined): string {
  if (!dates) return "";
  const shown = (date: Date) => `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;
  const verb = dates.isOver ? "was" : "is";
  return `: it ${verb} good from ${shown(dates.from)} until ${shown(dates.to)}`;
}

/**
 * `what`: `read "https://…"`. The messages of the libraries may repeat what a server said: only codes are shown, and host names of its
 * certificate.
 */
export function connectionFault(
  what: string,
  cause: unknown,
  dates?: CertificateDates,
): SourceError {
  const code = String((cause as NodeJS.ErrnoException | undefined)?.code ?? "no code");
  if (CERTIFICATE.test(code)) {
    const known = WRONG.has(code) ? faultOfCode(code) : undefined;
    if (known) {
      const found = `${known.words}${namesIn(cause)} (${code})${datesText(dates)}`;
      const message = `Cannot ${what}: ${found}`;
      return new SourceError("certificate", message, { cause, hint: known.hint });
    }
    const message = `Cannot ${what}: its certificate is not trusted (${code})${datesText(dates)}`;
    const trust = "Trust its authority with --ca-file, if it is one of your own";
    const hint = dates ? "Whoever runs it has to renew it. Is the clock here right?" : trust;
    return new SourceError("certificate", message, { cause, hint });
  }
  if (TLS.test(code)) {
    const message = `Cannot ${what}: no secure connection could be agreed on (${code})`;
    return new SourceError("certificate", message, {
      cause,
      hint: "Does the server speak TLS 1.2? One that speaks plain http is named with http://, and allowed with --allow-http",
    });
  }
  const { words = "the connection failed", hint = HINT } = faultOfCode(code) ?? {};
  const found = `${words} (${code})`;
  return new SourceError("unreachable", `Cannot ${what}: ${found}`, { cause, hint });
}
