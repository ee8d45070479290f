/** An http or https server in this process, on a free port of the loopback, that remembers what it was asked. */
import {
  createServer,
  type IncomingHttpHeaders,
  type RequestListener,
  type Server,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Certificate } from "./certificates.ts";

export interface SeenRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

export class WebServer implements AsyncDisposable {
  readonly seen: SeenRequest[] = [];
  readonly port: number;
  readonly #server: Server;

  private constructor(server: Server, seen: SeenRequest[]) {
    this.#server = server;
    this.seen = seen;
    this.port = (server.address() as AddressInfo).port;
  }

  static async start(answer: RequestListener, tls?: Certificate): Promise<WebServer> {
    const seen: SeenRequest[] = [];
    const listener: RequestListener = (request, response) => {
      seen.push({ path: request.url ?? "", headers: request.headers });
      answer(request, response);
    };
    const server = tls ? createTlsServer({ ...tls }, listener) : createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new WebServer(server, seen);
  }

  /** Where every host name of a test leads. */
  get address() {
    return { address: "127.0.0.1", port: this.port };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
