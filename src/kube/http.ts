/**
 * One HTTP request and its answer, on whatever the runtime does best. This is the only file of the
 * product that knows on which runtime it runs.
 *
 * On Bun, requests go through `fetch`, which costs a third of what `node:https` does, and in a burst no
 * more than bare sockets would (measured: 50 µs each, all threads); elsewhere, and
 * for several headers of one name, through `node:https` with connections that stay open. Answers
 * that stream for minutes always take `node:https`: each would hold one of fetch's 256 places.
 */
import type { Agent, IncomingMessage, RequestOptions } from "node:http";
import type { AgentOptions } from "node:https";
import type { Credentials } from "./credentials.ts";

/** TLS as an API server needs it. Compared by identity: one object, one set of connections. */
export interface TlsIdentity {
  readonly credentials: Credentials;
  readonly serverName?: string;
  readonly isInsecure: boolean;
}

export interface HttpCall {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: string;
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
  const isTls = server.startsWith("https:");
  // Loaded when the first connection is made: `ork version` must not pay for it.
  const http = isTls ? await import("node:https") : await import("node:http");
  const options: AgentOptions = isTls ? tlsOptions(tls) : {};
  const pool = new http.Agent({ ...options, keepAlive: true, timeout: IDLE_MS });
  const streams = new http.Agent({ ...options, keepAlive: false });
  const open = (call: HttpCall, agent: Agent) => openNode(http.request, call, agent);
  const viaNode = async (call: HttpCall) => readAnswer(await open(call, pool));
  const viaFetch = fetchExchange(isTls ? tls : undefined);
  return {
    exchange(call) {
      const isPlain = !Object.values(call.headers).some((value) => typeof value !== "string");
      return process.versions["bun"] !== undefined && isPlain ? viaFetch(call) : viaNode(call);
    },
    async stream(call) {
      const response = await open(call, streams);
      return { ...headOf(response), chunks: response };
    },
    [Symbol.dispose]() {
      pool.destroy();
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

function fetchExchange(tls: TlsIdentity | undefined) {
  const options = tls && {
    ...tlsOptions(tls),
    ...(tls.serverName !== undefined && { serverName: tls.serverName }),
  };
  return async (call: HttpCall): Promise<HttpAnswer> => {
    const init: RequestInit & Record<string, unknown> = {
      method: call.method,
      headers: call.headers as Record<string, string>,
      signal: call.signal,
      redirect: "manual",
      // Bun's own idle limit; the caller has one.
      timeout: false,
      // Streams know no proxy of the environment either; a half of us behind one helps nobody.
      proxy: false,
      ...(options && { tls: options }),
      ...(call.body !== undefined && { body: call.body }),
    };
    const response = await fetch(call.url, init);
    const body = await response.text();
    const retryAfter = response.headers.get("retry-after") ?? undefined;
    return { status: response.status, retryAfter, body };
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
      ...(body !== undefined && { "Content-Length": byteLength(body) }),
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

function byteLength(body: string): number {
  return Buffer.byteLength(body);
}

function headOf(response: IncomingMessage): Pick<HttpStream, "status" | "retryAfter"> {
  return { status: response.statusCode ?? 0, retryAfter: response.headers["retry-after"] };
}

async function readAnswer(response: IncomingMessage): Promise<HttpAnswer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { ...headOf(response), body: Buffer.concat(chunks).toString("utf8") };
}
