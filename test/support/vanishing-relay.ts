/**
 * A TCP relay that can vanish as a machine does whose power or network is gone: without FIN or RST, and
 * without an ACK for whatever is sent to it. Whoever had a connection to it has a half-open one.
 *
 *     ork ──▶ relay ──▶ fault proxy
 *
 * How: a filter on its sockets (`SO_ATTACH_FILTER`, https://docs.kernel.org/networking/filter.html) drops
 * each packet before TCP sees it, and nothing is passed on to them. That needs no rights, only Linux.
 */
import { dlopen, FFIType, ptr } from "bun:ffi";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

interface Pair {
  /** Accepted. */
  readonly near: Socket;
  /** To where the relay leads. */
  readonly far: Socket;
  /** The beginning of what was sent last. */
  request: string;
}

/** As much of a request as its first line has. */
const LINE_LENGTH = 1_000;

/** Why sockets cannot be filtered here, if they cannot. */
export function filterObstacle(): string | undefined {
  const { platform } = process;
  return platform === "linux" ? undefined : `${platform} has no packet filters for any user`;
}

/** What was sent has been acknowledged by then; else it would be sent again, which is no silence. */
const SETTLE_MS = 200;

export class VanishingRelay implements AsyncDisposable {
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  readonly #filter = new PacketFilter();
  #isDeaf = false;

  private constructor(port: number) {
    this.#server = createServer((near) => this.#relay(near, connect(port, "127.0.0.1")));
  }

  /** Leads to a port of this machine. */
  static async start(port: number): Promise<VanishingRelay> {
    const relay = new VanishingRelay(port);
    await new Promise<void>((resolve, reject) => {
      relay.#server.once("error", reject);
      relay.#server.listen(0, "127.0.0.1", resolve);
    });
    return relay;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** All connections are half-open from now on, for ever; new ones are served. Tells how many. */
  async strand(): Promise<number> {
    const stranded = [...this.#pairs];
    for (const { far } of stranded) far.pause();
    await sleep(SETTLE_MS);
    for (const { near } of stranded) this.#filter.attach(near);
    return stranded.length;
  }

  /** Breaks the connections over which such a request was sent last, half-open ones, too. */
  breakOff(request: RegExp): void {
    for (const pair of this.#pairs) if (request.test(pair.request)) pair.near.resetAndDestroy();
  }

  /** Nothing that is sent to it is heard, until `reappear`; all connections are broken. */
  vanish(): void {
    for (const { near } of this.#pairs) near.resetAndDestroy();
    this.#filter.attach(this.#server);
    this.#isDeaf = true;
  }

  reappear(): void {
    this.#isDeaf = false;
    this.#filter.detach(this.#server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { near, far } of this.#pairs) {
      near.destroy();
      far.destroy();
    }
    await new Promise((resolve) => this.#server.close(resolve));
    this.#filter[Symbol.dispose]();
  }

  #relay(near: Socket, far: Socket): void {
    // Its handshake was over before the filter came.
    if (this.#isDeaf) near.resetAndDestroy();
    const pair: Pair = { near, far, request: "" };
    this.#pairs.add(pair);
    const end = () => {
      near.destroy();
      far.destroy();
      this.#pairs.delete(pair);
    };
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      socket.on("error", end);
      socket.once("close", end);
    }
    near.on("data", (bytes: Buffer) => {
      pair.request = bytes.toString("latin1", 0, LINE_LENGTH);
      far.write(bytes);
    });
    far.on("data", (bytes) => near.write(bytes));
  }
}

const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;
const SO_DETACH_FILTER = 27;
/** `struct sock_filter` of one instruction: return, with 0 bytes of the packet. */
const DROP_ALL = Uint8Array.of(0x06, 0, 0, 0, 0, 0, 0, 0);
const POINTER_OFFSET = 8;
const { i32, u32, ptr: pointer } = FFIType;

class PacketFilter implements Disposable {
  readonly #libc = dlopen("libc.so.6", {
    setsockopt: { args: [i32, i32, i32, pointer, u32], returns: i32 },
  });

  attach(socket: Server | Socket): void {
    // `struct sock_fprog`: how many instructions, and where they are.
    const program = new DataView(new ArrayBuffer(16));
    program.setUint16(0, 1, true);
    program.setBigUint64(POINTER_OFFSET, BigInt(ptr(DROP_ALL)), true);
    this.#set(socket, SO_ATTACH_FILTER, program);
  }

  detach(socket: Server | Socket): void {
    this.#set(socket, SO_DETACH_FILTER, new DataView(new ArrayBuffer(4)));
  }

  #set(socket: Server | Socket, option: number, value: DataView): void {
    const { _handle: handle } = socket as unknown as { readonly _handle?: { readonly fd: number } };
    const fd = handle?.fd ?? -1;
    const { setsockopt } = this.#libc.symbols;
    const code = setsockopt(fd, SOL_SOCKET, option, ptr(value), value.byteLength);
    if (code !== 0) throw new Error(`Cannot filter the packets of socket ${fd}: setsockopt failed`);
  }

  [Symbol.dispose](): void {
    this.#libc.close();
  }
}
