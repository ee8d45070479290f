/**
 * TLS in front of a plain server on loopback, with a certificate that can be changed while it runs: new
 * connections get the new one, those that stand keep theirs until they are ended.
 *
 *     client ──TLS──▶ front (one port) ──▶ backend of the present certificate ──plain──▶ server
 */
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { Certificate } from "./certificates.ts";

interface Backend {
  readonly server: Server;
  readonly port: number;
}

export class TlsFront implements AsyncDisposable {
  readonly #targetPort: number;
  readonly #door: Server;
  readonly #backends: Backend[] = [];
  readonly #sockets = new Set<Socket>();

  private constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#door = createServer((socket) => this.#join(socket, this.#backends.at(-1)?.port ?? 0));
  }

  static async start(targetPort: number, certificate: Certificate): Promise<TlsFront> {
    const front = new TlsFront(targetPort);
    await front.present(certificate);
    await listen(front.#door);
    return front;
  }

  get port(): number {
    return portOf(this.#door);
  }

  /** New connections get this certificate. */
  async present({ cert, key }: Certificate): Promise<void> {
    const server = createTlsServer({ cert, key }, (socket) => this.#join(socket, this.#targetPort));
    await listen(server);
    this.#backends.push({ server, port: portOf(server) });
  }

  #join(from: Socket, port: number): void {
    const to = connect(port, "127.0.0.1");
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const) {
      this.#sockets.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        this.#sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#door.close();
    for (const { server } of this.#backends) server.close();
  }
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
