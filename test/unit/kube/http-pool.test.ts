import { describe, expect, test } from "bun:test";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { createHttpPool, type HttpPool } from "../../../src/kube/http-pool.ts";

interface Peer extends AsyncDisposable {
  readonly url: string;
  /** How many connections were made. */
  readonly connections: Socket[];
  readonly received: string[];
}

/** A server that sends what `answer` gives for each piece that it receives. */
async function startPeer(answer: (socket: Socket, count: number) => void): Promise<Peer> {
  const connections: Socket[] = [];
  const received: string[] = [];
  const server: Server = createServer((socket) => {
    connections.push(socket);
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      received.push(chunk.toString());
      answer(socket, received.length);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    connections,
    received,
    async [Symbol.asyncDispose]() {
      for (const socket of connections) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function poolTo(url: string): Promise<HttpPool> {
  return createHttpPool({ server: new URL(url), tls: undefined, idleMs: 60_000, probeMs: 30_000 });
}

function callTo(url: string, more: { body?: string; signal?: AbortSignal } = {}) {
  const { signal = new AbortController().signal, body } = more;
  const headers = { Accept: "a/b", "X-Many": ["1", "2"] };
  return { method: "POST", url: `${url}/path?a=b`, headers, signal, ...(body && { body }) };
}

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

describe("createHttpPool()", () => {
  test("sends request line, headers and body, and keeps the connection", async () => {
    await using peer = await startPeer((socket) => socket.write(OK));
    using pool = await poolTo(peer.url);
    const first = await pool.exchange(callTo(peer.url, { body: "bödy" }));
    expect(first).toEqual({ status: 200, retryAfter: undefined, body: "ok" });
    await pool.exchange(callTo(peer.url));
    expect(peer.connections.length).toBe(1);
    const host = new URL(peer.url).host;
    expect(peer.received[0]).toBe(
      `POST /path?a=b HTTP/1.1\r\nHost: ${host}\r\nAccept: a/b\r\nX-Many: 1\r\nX-Many: 2\r\nContent-Length: 5\r\n\r\nbödy`,
    );
  });

  test("uses one connection for one request at a time", async () => {
    await using peer = await startPeer((socket) => socket.write(OK));
    using pool = await poolTo(peer.url);
    await Promise.all([1, 2, 3].map(() => pool.exchange(callTo(peer.url))));
    expect(peer.connections.length).toBe(3);
    await Promise.all([1, 2, 3].map(() => pool.exchange(callTo(peer.url))));
    expect(peer.connections.length).toBe(3);
  });

  test.each([
    ["the server closes", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"],
    ["more came than was asked for", `${OK}${OK}`],
  ])("leaves a connection alone when %s", async (_, text) => {
    await using peer = await startPeer((socket) => socket.write(text));
    using pool = await poolTo(peer.url);
    expect((await pool.exchange(callTo(peer.url))).body).toBe("ok");
    await pool.exchange(callTo(peer.url));
    expect(peer.connections.length).toBe(2);
  });

  test("opens another connection when the server closed the idle one", async () => {
    await using peer = await startPeer((socket) => socket.write(OK));
    using pool = await poolTo(peer.url);
    await pool.exchange(callTo(peer.url));
    const [socket] = peer.connections;
    socket?.end();
    if (socket && !socket.closed) await once(socket, "close");
    expect((await pool.exchange(callTo(peer.url))).body).toBe("ok");
    expect(peer.connections.length).toBe(2);
  });

  test("fails, and sends nothing again, when the connection ends before the answer", async () => {
    await using peer = await startPeer((socket) => socket.end("HTTP/1.1 200 OK\r\nContent-"));
    using pool = await poolTo(peer.url);
    const failure = pool.exchange(callTo(peer.url));
    expect(await failure.catch((error) => error.code)).toBe("ECONNRESET");
    expect(peer.received.length).toBe(1);
  });

  test("closes the connection of an aborted request and throws the reason", async () => {
    await using peer = await startPeer((socket, count) => count > 1 && socket.write(OK));
    using pool = await poolTo(peer.url);
    const stop = new AbortController();
    const failure = pool.exchange(callTo(peer.url, { signal: stop.signal }));
    const reason = new Error("enough");
    setTimeout(() => stop.abort(reason), 5);
    expect(await failure.catch((error) => error)).toBe(reason);
    expect((await pool.exchange(callTo(peer.url))).body).toBe("ok");
    expect(peer.connections.length).toBe(2);
  });

  test("sends nothing when aborted before", async () => {
    await using peer = await startPeer((socket) => socket.write(OK));
    using pool = await poolTo(peer.url);
    const reason = new Error("never");
    const signal = AbortSignal.abort(reason);
    const failure = pool.exchange(callTo(peer.url, { signal }));
    expect(await failure.catch((error) => error)).toBe(reason);
    expect(peer.received).toEqual([]);
  });

  test("refuses values that would be further headers", async () => {
    using pool = await poolTo("http://127.0.0.1:1");
    const call = { ...callTo("http://127.0.0.1:1"), headers: { "X-Token": "a\r\nHost: evil" } };
    const failure = pool.exchange(call);
    await expect(failure).rejects.toThrow('Cannot send header "X-Token"');
  });

  test("says when nothing listens", async () => {
    const peer = await startPeer(() => {});
    await peer[Symbol.asyncDispose]();
    using pool = await poolTo(peer.url);
    const failure = pool.exchange(callTo(peer.url));
    expect(await failure.catch((error) => error.code)).toBe("ECONNREFUSED");
  });
});
