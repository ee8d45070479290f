/**
 * One HTTP request and its answer, on any runtime.
 *
 * Requests go over connections of our own that stay open (`http-pool.ts`). Answers that stream for
 * minutes take `node:https`, which has flow control where it matters: a list of ten thousand objects
 * must not arrive faster than it is read.
 */
import type { Agent, IncomingMessage, RequestOptions } from "node:http";
import type { AgentOptions } from "node:https";
import type { Credentials } from "./credentials.ts";
import type { HttpAnswer, HttpCall } from "./http-call.ts";
import { createHttpPool } from "./http-pool.ts";

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
  exchange(call: HttpCall): Promise<HttpAnswer>;
  stream(call: HttpCall): Promise<HttpStream>;
}

/** Unused connections are closed before the server does so (kube-apiserver: after 90 s). */
const IDLE_MS = 60_000;
/** TCP probes find a peer that vanished where no data flows. */
const PROBE_MS = 30_000;

export async function createHttpClient(server: string, tls: TlsIdentity): Promise<HttpClient> {
  const url = new URL(server);
  const isTls = url.protocol === "https:";
  // Loaded when the first connection is made: `ork version` must not pay for it.
  const http = isTls ? await import("node:https") : await import("node:http");
  const options = isTls ? tlsOptions(tls) : undefined;
  const pool = await createHttpPool({
    server: url,
    tls: options,
    idleMs: IDLE_MS,
    probeMs: PROBE_MS,
  });
  const streams = new http.Agent({ ...options, keepAlive: false });
  return {
    exchange: (call) => pool.exchange(call),
    async stream(call) {
      const response = await openNode(http.request, call, streams);
      const { statusCode = 0, headers } = response;
      return { status: statusCode, retryAfter: headers["retry-after"], chunks: response };
    },
    [Symbol.dispose]() {
      pool[Symbol.dispose]();
      streams.destroy();
    },
  };
}

function tlsOptions({ credentials, serverName, isInsecure }: TlsIdentity): AgentOptions {
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

function openNode(open: Open, call: HttpCall, agent: Agent): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { method, headers, body, signal } = call;
    const fields = {
      ...headers,
      ...(body !== undefined && { "Content-Length": Buffer.byteLength(body) }),
    };
    const options = { method, headers: fields as Record<string, string>, agent };
    const request = open(call.url, options, (response) => {
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
