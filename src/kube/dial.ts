/**
 * Opens a connection through a network that may swallow the first packets. A kernel whose SYN was lost
 * sends the next ones after ever longer pauses (1, 2, 4 … 32 s), so an attempt that began while nothing
 * got through would learn late that everything does again. Here a fresh attempt begins every two
 * seconds, until one of them reaches the server.
 *
 * Guarantees: at most two attempts at a time, the first one, which is given all the time there is (a
 * slow resolver, a long way), and the latest; an answer to any of them decides, a refusal too; exactly
 * one of `onConnected` and `onFailed` is called, and none after it was given up.
 */
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import type { Clock } from "../std/clock.ts";

export interface DialTarget {
  /** A URL; scheme, host and port matter. */
  readonly server: string;
  /** Absent: no TLS. */
  readonly tls?: ConnectionOptions;
  /** TCP probes find a peer that vanished where no data flows: so long after the last data. */
  readonly probeMs: number;
  readonly clock: Clock;
  /** Begins to connect. @default a socket of the platform */
  readonly open?: (target: Pick<DialTarget, "server" | "tls">) => Socket;
}

export interface DialEvents {
  /** The peer is known, by its certificate where there is TLS, and may be written to. */
  onConnected(socket: Socket): void;
  onFailed(error: Error): void;
}

/** A kernel repeats its first SYN after a second: so one is sent in each second. */
const FRESH_MS = 2_000;

/** Returns how to give up. */
export function dial(target: DialTarget, events: DialEvents): () => void {
  const dialing = new Dialing(target, events);
  return () => dialing.end();
}

class Dialing {
  readonly #target: DialTarget;
  readonly #events: DialEvents;
  /** The first, and the latest. */
  #attempts: readonly Socket[] = [];
  #cancel: () => void = () => {};

  constructor(target: DialTarget, events: DialEvents) {
    this.#target = target;
    this.#events = events;
    this.#begin();
  }

  end(): void {
    this.#keep([]);
  }

  #begin(): void {
    const { clock, tls, open = openSocket } = this.#target;
    const socket = open(this.#target);
    this.#keep([...this.#attempts.slice(0, 1), socket]);
    this.#cancel = clock.schedule(FRESH_MS, () => this.#begin());
    const isSecure = tls !== undefined;
    // From here on it is the server that takes its time.
    if (isSecure) socket.once("connect", () => this.#has(socket) && this.#keep([socket]));
    // The certificate is verified before `secureConnect`, and not yet at `connect`.
    socket.once(isSecure ? "secureConnect" : "connect", () => this.#succeed(socket));
    socket.on("error", (error) => this.#fail(socket, error));
    socket.once("close", () => this.#fail(socket, closedEarly()));
  }

  #succeed(socket: Socket): void {
    if (!this.#has(socket)) return;
    this.#keep([socket]);
    this.#attempts = [];
    socket.setNoDelay(true);
    socket.setKeepAlive(true, this.#target.probeMs);
    this.#events.onConnected(socket);
  }

  #fail(socket: Socket, error: Error): void {
    if (!this.#has(socket)) return;
    this.end();
    this.#events.onFailed(error);
  }

  #has(socket: Socket): boolean {
    return this.#attempts.includes(socket);
  }

  /** Gives up all others. */
  #keep(kept: readonly Socket[]): void {
    this.#cancel();
    const left = this.#attempts.filter((socket) => !kept.includes(socket));
    this.#attempts = kept;
    for (const socket of left) socket.destroy();
  }
}

function openSocket({ server, tls }: Pick<DialTarget, "server" | "tls">): Socket {
  const { hostname, port: named } = new URL(server);
  const host = hostname.replace(/^\[|\]$/g, "");
  const port = Number(named) || (tls === undefined ? 80 : 443);
  if (tls === undefined) return connectTcp({ host, port });
  return connectTls({ host, port, ...(isIP(host) === 0 && { servername: host }), ...tls });
}

export function closedEarly(): Error {
  const error = new Error("The connection was closed before an answer came");
  return Object.assign(error, { code: "ConnectionClosed" });
}
