/** An HTTP server on loopback that answers as a test says, over TLS where it gives certificates. */
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  /** One entry for each header line. */
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

export type Handler = (request: SeenRequest, response: ServerResponse) => void | Promise<void>;

export interface ScriptedServer extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly SeenRequest[];
}

export async function startServer(handler: Handler, tls?: ServerOptions): Promise<ScriptedServer> {
  const requests: SeenRequest[] = [];
  const listener = async (incoming: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const url = new URL(incoming.url ?? "", "http://x");
    const seen: SeenRequest = {
      method: incoming.method ?? "",
      path: url.pathname,
      query: url.searchParams,
      headers: incoming.headers,
      rawHeaders: incoming.rawHeaders,
      body: Buffer.concat(chunks).toString("utf8"),
    };
    requests.push(seen);
    await handler(seen, response);
  };
  const server = tls ? createTlsServer(tls, listener) : createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls ? "https" : "http"}://127.0.0.1:${port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function fixturePath(name: string): string {
  return join(import.meta.dirname, "fixtures", name);
}

export function fixture(name: string): string {
  return readFileSync(fixturePath(name), "utf8");
}

export function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(value));
}

/** A Status as kube-apiserver sends it with every refusal. */
export function sendStatus(
  response: ServerResponse,
  status: { readonly code: number; readonly reason: string; readonly message: string },
  headers: Record<string, string> = {},
): void {
  const body = { kind: "Status", apiVersion: "v1", status: "Failure", ...status };
  response
    .writeHead(status.code, { "Content-Type": "application/json", ...headers })
    .end(JSON.stringify(body));
}
