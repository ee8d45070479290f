/**
 * HTTP to one API server with one identity. Requests that are answered at once go over connections
 * that stay open (`http-pool.ts`); each answer that streams for minutes has a connection of its own.
 */
import type { IncomingMessage } from "node:http";
import type { ConnectionOptions } from "node:tls";
import type { Clock } from "../std/clock.ts";
import type { Credentials } from "./credentials.ts";
import type { HttpCall, HttpExchange } from "./http-pool.ts";

/** TLS as an API server needs it. Compared by identity: one object, one set of connections. */
export interface TlsIdentity {
  readonly credentials: Credentials;
  readonly serverName?: string;
  readonly isInsecure: boolean;
}

export interface HttpStream {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** Ends when the server ends; throws when the connection breaks or the signal aborts. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Connections to one server with one identity. */
export interface HttpClient extends Disposable {
  exchange(call: HttpCall): HttpExchange;
  /** Ends, with an error, when the signal aborts. */
  stream(call: HttpCall, signal: AbortSignal): Promise<HttpStream>;
  /** Connections that no request uses at this moment are not used again. */
  closeIdle(): void;
}

/** Unused connections are closed before the server does so (kube-apiserver: after 90 s). */
const IDLE_MS = 60_000;
/** TCP probes find a peer that vanished where no data flows: from then on ten, one each second. */
const PROBE_MS = 15_000;

export async function createHttpClient(
  server: string,
  tls: TlsIdentity,
  clock: Clock,
): Promise<HttpClient> {
  const isTls = server.startsWith("https:");
  // Loaded when the first connection is made: `ork version` must not pay for it.
  const { HttpPool } = await import("./http-pool.ts");
  const { openStream } = await import("./http-stream.ts");
  const target = { server, ...(isTls && { tls: tlsOptions(tls) }), probeMs: PROBE_MS, clock };
  const pool = new HttpPool({ ...target, idleMs: IDLE_MS });
  const streams = new Set<IncomingMessage>();
  return {
    exchange: (call) => pool.exchange(call),
    closeIdle: () => pool.closeIdle(),
    async stream(call, signal) {
      const response = await openStream(call, target, signal);
      streams.add(response);
      response.once("close", () => streams.delete(response));
      const retryAfter = response.headers["retry-after"];
      return { status: response.statusCode ?? 0, retryAfter, chunks: response };
    },
    [Symbol.dispose]() {
      pool[Symbol.dispose]();
      for (const response of streams) response.destroy();
    },
  };
}

function tlsOptions({ credentials, serverName, isInsecure }: TlsIdentity): ConnectionOptions {
  const { ca, cert, key } = credentials;
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(serverName !== undefined && { servername: serverName }),
    rejectUnauthorized: !isInsecure,
  };
}
