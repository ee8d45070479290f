/**
 * From when to when a server's certificate is good, for the message that says that it is not: runtimes
 * refuse it without telling its dates.
 *
 * Guarantees: the connection only looks, nothing is sent over it and nothing read from it but the
 * certificate; to the address that was checked before; within its time; never throws.
 */
import { isIP } from "node:net";
import { connect, type PeerCertificate } from "node:tls";
import type { HostAddress } from "./web-connections.ts";

export interface CertificateDates {
  readonly from: Date;
  readonly to: Date;
  /** They lie behind, and not ahead. */
  readonly isOver: boolean;
}

export interface DatesOptions {
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

const PATIENCE_MS = 3_000;

/** Of the first certificate of the chain that is not good now. `undefined` when nobody can say. */
export function certificateDates(
  url: URL,
  { address, port }: HostAddress,
  { signal, nowMs }: DatesOptions,
): Promise<CertificateDates | undefined> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return new Promise((resolve) => {
    const socket = connect({
      host: address,
      port: port ?? Number(url.port || 443),
      ...(isIP(host) === 0 && { servername: host }),
      // It was refused already: this only asks why, and is closed before a byte is said.
      rejectUnauthorized: false,
    });
    const end = (dates?: CertificateDates) => {
      signal.removeEventListener("abort", stop);
      socket.destroy();
      resolve(dates);
    };
    const stop = () => end();
    signal.addEventListener("abort", stop, { once: true });
    socket.setTimeout(PATIENCE_MS, stop);
    socket.once("error", stop);
    socket.once("close", stop);
    socket.once("secureConnect", () => end(datesIn(socket.getPeerCertificate(true), nowMs)));
    if (signal.aborted) stop();
  });
}

/** The chain ends with one that is its own issuer. */
const LONGEST_CHAIN = 10;

function datesIn(leaf: PeerCertificate, nowMs: number): CertificateDates | undefined {
  let current: (PeerCertificate & { readonly issuerCertificate?: unknown }) | undefined = leaf;
  for (let depth = 0; current && depth < LONGEST_CHAIN; depth++) {
    const dates = readDates(current, nowMs);
    if (dates && (dates.isOver || dates.from.getTime() > nowMs)) return dates;
    const issuer = current.issuerCertificate as PeerCertificate | undefined;
    current = issuer === current ? undefined : issuer;
  }
  return undefined;
}

/** As OpenSSL prints them, `Nov 22 23:34:00 2026 GMT`; only dates get any further. */
function readDates(
  { valid_from, valid_to }: PeerCertificate,
  nowMs: number,
): CertificateDates | undefined {
  const [from, to] = [new Date(valid_from), new Date(valid_to)];
  if (Number.isNaN(from.getTime()) || Number.isNaN(to.getTime())) return undefined;
  return { from, to, isOver: to.getTime() < nowMs };
}
