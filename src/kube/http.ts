/**
 * HTTP to one API server with one identity. Requests that are answered at once go over connections
 * that stay open (`http-pool.ts`); each answer that streams for minutes has a connection of its own.
 */
import type { Agent, IncomingMessage, RequestOptions } from "node:http";
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
  const http = isTls ? await import("node:https") : await import("node:http");
  const { HttpPool } = await import("./http-pool.ts");
  const options = isTls ? tlsOptions(tls) : {};
  const pool = new HttpPool({
    server,
    ...(isTls && { tls: options }),
    idleMs: IDLE_MS,
    probeMs: PROBE_MS,
    now: () => clock.monotonicMs(),
  });
  const streams = new http.Agent({ ...options, keepAlive: false });
  return {
    exchange: (call) => pool.exchange(call),
    async stream(call, signal) {
      const response = await openStream(http.request, call, { agent: streams, signal });
      const retryAfter = response.headers["retry-after"];
      return { status: response.statusCode ?? 0, retryAfter, chunks: response };
    },
    [Symbol.dispose]() {
      pool[Symbol.dispose]();
      streams.destroy();
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

type Open = (
  url: string,
  options: RequestOptions,
  done: (r: IncomingMessage) => void,
) => NodeRequest;
type NodeRequest = ReturnType<typeof import("node:http").request>;

function openStream(
  open: Open,
  { method, url, headers, body }: HttpCall,
  { agent, signal }: { readonly agent: Agent; readonly signal: AbortSignal },
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const fields = {
      ...headers,
      ...(body !== undefined && { "Content-Length": Buffer.byteLength(body) }),
    };
    const options = { method, headers: fields as Record<string, string>, agent };
    const request = open(url, options, (response) => {
      response.once("close", release);
      resolve(response);
    });
    const onAbort = () => request.destroy(signal.reason);
    const release = () => signal.removeEventListener("abort", onAbort);
    signal.addEventListener("abort", onAbort, { once: true });
    request.setSocketKeepAlive(true, PROBE_MS);
    request.once("error", (error) => {
      release();
      reject(error);
    });
    request.end(body);
  });
}
