/**
 * The sandbox on a socket: `node:http` requests to {@link ApiRequest}s and answers back.
 *
 * Plain HTTP on the loopback interface, without credentials: a certificate would need a library or
 * a program to make it, and clients send no token over plain HTTP. Who can open a loopback
 * connection is a local user. A web page must not be able to: requests that a browser makes carry
 * `Origin` or a foreign `Host` (DNS rebinding) and are refused.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ApiError, tooLarge } from "../api-error.ts";
import type { Site } from "../site.ts";
import { type ApiRequest, type ApiResponse, jsonResponse } from "./exchange.ts";
import { handleRequest } from "./handler.ts";

/** What a real server takes (etcd takes less: 1.5 MiB). */
const BODY_LIMIT_BYTES = 3 * 1024 * 1024;
/** A client that sends more than this is not worth an answer. */
const GIVE_UP_BYTES = 64 * 1024 * 1024;
/** A client that reads this far behind is cut off; it will list and watch again. */
const BACKLOG_LIMIT_BYTES = 64 * 1024 * 1024;

export interface HttpServer {
  readonly port: number;
  close(): Promise<void>;
}

export async function serveHttp(
  site: Site,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<HttpServer> {
  const server = createServer((incoming, outgoing) => {
    void answer(site, incoming, outgoing);
  });
  server.keepAliveTimeout = 120_000;
  server.requestTimeout = 0;
  await listen(server, host, port);
  return {
    port: (server.address() as AddressInfo).port,
    close: () => close(server),
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    // Watches would keep it open for as long as their clients like.
    server.closeAllConnections();
  });
}

async function answer(
  site: Site,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  try {
    const response = refusal(incoming) ?? handleRequest(site, await readRequest(incoming));
    write(response, outgoing);
  } catch (error) {
    if (!(error instanceof ApiError)) {
      // The client went away while it was sending; nobody is left to answer.
      outgoing.destroy();
      return;
    }
    write(jsonResponse(error.code, error.status), outgoing);
  }
}

const LOCAL_HOST = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/;

/** The answer to a request that a browser made for some web page. */
function refusal({ headers }: IncomingMessage): ApiResponse | undefined {
  const isLocal = headers.host === undefined || LOCAL_HOST.test(headers.host);
  if (isLocal && headers.origin === undefined) return undefined;
  const error = new ApiError(403, "Requests from web pages are refused: use a Kubernetes client", {
    reason: "Forbidden",
    details: {},
  });
  return jsonResponse(error.code, error.status);
}

async function readRequest(incoming: IncomingMessage): Promise<ApiRequest> {
  const url = new URL(incoming.url ?? "/", "http://localhost");
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    headers[name] = Array.isArray(value) ? value.join(",") : value;
  }
  return {
    method: incoming.method ?? "GET",
    path: url.pathname,
    query: url.searchParams,
    headers,
    body: await readBody(incoming),
  };
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    size += (chunk as Buffer).length;
    // Read to the end all the same: a client hears an answer only when it has sent everything.
    if (size <= BODY_LIMIT_BYTES) chunks.push(chunk as Buffer);
    else if (size > GIVE_UP_BYTES) incoming.destroy();
  }
  if (size > BODY_LIMIT_BYTES) {
    throw tooLarge(`Request entity too large: limit is ${BODY_LIMIT_BYTES}`);
  }
  return Buffer.concat(chunks).toString("utf8");
}

const COMMON_HEADERS = { "cache-control": "no-cache, private" };

function write(response: ApiResponse, outgoing: ServerResponse): void {
  switch (response.kind) {
    case "body": {
      if (response.warnings.length > 0) {
        outgoing.setHeader(
          "warning",
          response.warnings.map((text) => `299 - ${JSON.stringify(text)}`),
        );
      }
      outgoing.writeHead(response.status, {
        ...COMMON_HEADERS,
        ...response.headers,
        "content-length": Buffer.byteLength(response.body),
      });
      outgoing.end(response.body);
      return;
    }
    case "stream":
      writeStream(response, outgoing);
      return;
    default:
      response satisfies never;
  }
}

function writeStream(
  response: Extract<ApiResponse, { kind: "stream" }>,
  outgoing: ServerResponse,
): void {
  outgoing.writeHead(200, { ...COMMON_HEADERS, ...response.headers });
  // The client must learn at once that the watch stands, even when nothing happens.
  outgoing.flushHeaders();
  const stop = response.start({
    send(text) {
      outgoing.write(text);
      if (outgoing.writableLength > BACKLOG_LIMIT_BYTES) outgoing.destroy();
    },
    end: () => outgoing.end(),
  });
  outgoing.once("close", stop);
}
