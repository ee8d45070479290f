/**
 * Probes, metrics and the read-only JSON view over HTTP.
 *
 * Guarantees: answers GET and HEAD only; changes nothing; on a loopback address it refuses requests
 * that name another host, so that a web page cannot read it through a rebound DNS name.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, isIPv6 } from "node:net";
import type { RuntimeView } from "../runtime/view.ts";
import type { Clock } from "../std/clock.ts";
import type { Logger } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { Answer } from "./answer.ts";
import { route } from "./routes.ts";

export interface ViewServerOptions {
  /** Absent: all interfaces. */
  readonly host: string | undefined;
  readonly port: number;
  /** `undefined` until there is a runtime: everything answers 503 then. */
  view(): RuntimeView | undefined;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface ViewServer extends AsyncDisposable {
  /** `http://127.0.0.1:8080`. */
  readonly url: string;
}

/** Rejects when the address cannot be listened on. */
export async function startViewServer(options: ViewServerOptions): Promise<ViewServer> {
  const isLoopback = options.host !== undefined && /^(127\.|::1$|localhost$)/.test(options.host);
  const server = createServer((request, response) => {
    if (isLoopback && !isLocalName(request.headers.host)) {
      return send(response, { status: 403, body: { error: "Ask by a loopback address" } });
    }
    void answer(request, options).then((reply) => send(response, reply, request.method));
  });
  await listen(server, options);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${urlHost(options.host ?? "0.0.0.0")}:${port}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function listen(server: Server, { host, port }: ViewServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => resolve());
  });
}

/** RFC 3986, section 3.2.2. */
function urlHost(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}

function isLocalName(host: string | undefined): boolean {
  return /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?$/.test(host ?? "");
}

async function answer(request: IncomingMessage, options: ViewServerOptions): Promise<Answer> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return { status: 405, body: { error: "This view is read only" } };
  }
  const { metrics, clock, log } = options;
  const view = options.view();
  if (!view) return { status: 503, body: { status: "starting" } };
  // Anybody can send a target such as "//", for which a constructor would throw.
  const url = URL.parse(request.url ?? "/", "http://localhost");
  if (url === null) return { status: 400, body: { error: "The request names no path" } };
  try {
    return await route(url.pathname, {
      view,
      metrics,
      nowMs: clock.now(),
      query: url.searchParams,
    });
  } catch (error) {
    log.error("Cannot answer a view", { path: url.pathname, error });
    return { status: 500, body: { error: "Internal error, see the log" } };
  }
}

/** Beyond this nobody reads it without a tool, and the white space is a third of it. */
const MAX_PRETTY_CHARS = 16_384;

function jsonText(body: unknown): string {
  const compact = JSON.stringify(body);
  return compact.length > MAX_PRETTY_CHARS ? compact : JSON.stringify(body, null, 2);
}

function send(response: ServerResponse, { status, body }: Answer, method = "GET"): void {
  const isText = typeof body === "string";
  const text = isText ? body : `${jsonText(body)}\n`;
  response.writeHead(status, {
    "Content-Type": isText ? "text/plain; version=0.0.4; charset=utf-8" : "application/json",
    "Content-Length": Buffer.byteLength(text),
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
  });
  response.end(method === "HEAD" ? undefined : text);
}
