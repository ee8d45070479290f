/**
 * Probes, metrics and the read-only JSON view over HTTP.
 *
 * Guarantees: answers GET and HEAD only; changes nothing; on a loopback address it refuses requests
 * that name another host, so that a web page cannot read it through a rebound DNS name.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
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
  readonly view: RuntimeView;
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
    url: `http://${options.host ?? "0.0.0.0"}:${port}`,
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

function isLocalName(host: string | undefined): boolean {
  return /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?$/.test(host ?? "");
}

async function answer(request: IncomingMessage, options: ViewServerOptions): Promise<Answer> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return { status: 405, body: { error: "This view is read only" } };
  }
  const { view, metrics, clock, log } = options;
  // By the first "?", not by `URL`: that throws for targets such as "//", and anybody can send one.
  const [path = "/", ...search] = (request.url ?? "/").split("?");
  try {
    return await route(path, {
      view,
      metrics,
      nowMs: clock.now(),
      query: new URLSearchParams(search.join("?")),
    });
  } catch (error) {
    log.error("Cannot answer a view", { path, error });
    return { status: 500, body: { error: "Internal error, see the log" } };
  }
}

function send(response: ServerResponse, { status, body }: Answer, method = "GET"): void {
  const isText = typeof body === "string";
  const text = isText ? body : `${JSON.stringify(body, null, 2)}\n`;
  response.writeHead(status, {
    "Content-Type": isText ? "text/plain; version=0.0.4; charset=utf-8" : "application/json",
    "Content-Length": Buffer.byteLength(text),
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
  });
  response.end(method === "HEAD" ? undefined : text);
}
