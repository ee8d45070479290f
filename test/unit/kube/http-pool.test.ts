import { describe, expect, test } from "bun:test";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { HttpPool } from "../../../src/kube/http-pool.ts";
import { systemClock } from "../../../src/std/clock.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";

/** Speaks whatever a test says; counts its connections. */
async function rawServer(onRequest: (socket: Socket, text: string, connection: number) => void) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    const connection = sockets.push(socket);
    socket.on("error", () => undefined);
    socket.on("data", (bytes: Buffer) => onRequest(socket, bytes.toString(), connection));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function poolTo(server: string, now = () => 0): HttpPool {
  const clock = { ...systemClock, monotonicMs: now };
  return new HttpPool({ server, idleMs: 1_000, probeMs: 30_000, clock });
}

describe("HttpPool", () => {
  test("writes the request in one piece, below the path of the server", async () => {
    const seen: string[] = [];
    await using server = await rawServer((socket, text) => {
      seen.push(text);
      socket.write(`${OK}ok`);
    });
    using pool = poolTo(`${server.url}/base`);
    const headers = { Accept: "a/b", "Impersonate-Group": ["x", "y"] };
    const call = { method: "POST", url: `${server.url}/base/x?y=z`, headers, body: "wörld" };
    expect(await pool.exchange(call).answer).toMatchObject({
      status: 200,
      body: Buffer.from("ok"),
    });
    const host = new URL(server.url).host;
    expect(seen).toEqual([
      `POST /base/x?y=z HTTP/1.1\r\nHost: ${host}\r\nAccept: a/b\r\nImpersonate-Group: x\r\nImpersonate-Group: y\r\nContent-Length: 6\r\n\r\nwörld`,
    ]);
  });

  test("uses one connection for one request after the other, and more for more at once", async () => {
    await using server = await rawServer((socket) => void socket.write(`${OK}ok`));
    using pool = poolTo(server.url);
    const call = { method: "GET", url: `${server.url}/`, headers: {} };
    await pool.exchange(call).answer;
    await pool.exchange(call).answer;
    expect(server.sockets.length).toBe(1);
    await Promise.all([1, 2, 3].map(() => pool.exchange(call).answer));
    expect(server.sockets.length).toBe(3);
  });

  test("leaves a connection that was unused for too long", async () => {
    let nowMs = 0;
    await using server = await rawServer((socket) => void socket.write(`${OK}ok`));
    using pool = poolTo(server.url, () => nowMs);
    const call = { method: "GET", url: `${server.url}/`, headers: {} };
    await pool.exchange(call).answer;
    nowMs = 1_001;
    await pool.exchange(call).answer;
    expect(server.sockets.length).toBe(2);
  });

  test("gives no connection on whose answer is still to come: the next request has its own", async () => {
    await using server = await rawServer((socket, _text, connection) => {
      socket.write(connection === 1 ? `${OK}o` : `${OK}ok`);
    });
    using pool = poolTo(server.url);
    const call = { method: "GET", url: `${server.url}/`, headers: {} };
    const exchange = pool.exchange(call);
    const failed = exchange.answer.catch((error: unknown) => error);
    while (server.sockets.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const reason = new Error("enough");
    exchange.abort(reason);
    expect(await failed).toBe(reason);
    expect(await pool.exchange(call).answer).toMatchObject({ body: Buffer.from("ok") });
    expect(server.sockets.length).toBe(2);
  });

  test("an abort after the answer does nothing to the next request on that connection", async () => {
    const waiting: Socket[] = [];
    await using server = await rawServer((socket, text) => {
      if (text.startsWith("GET /slow")) waiting.push(socket);
      else socket.write(`${OK}ok`);
    });
    using pool = poolTo(server.url);
    const call = { method: "GET", url: `${server.url}/`, headers: {} };
    const first = pool.exchange(call);
    await first.answer;
    const second = pool.exchange({ ...call, url: `${server.url}/slow` });
    first.abort(new Error("too late"));
    while (waiting.length === 0) await new Promise((resolve) => setImmediate(resolve));
    waiting[0]?.write(`${OK}ok`);
    expect(await second.answer).toMatchObject({ body: Buffer.from("ok") });
    expect(server.sockets.length).toBe(1);
  });

  test("sends a request over a new connection once, and fails when it breaks before the answer", async () => {
    const seen: string[] = [];
    await using server = await rawServer((socket, text) => {
      seen.push(text);
      socket.destroy();
    });
    using pool = poolTo(server.url);
    const call = { method: "POST", url: `${server.url}/`, headers: {}, body: "{}" };
    await expect(pool.exchange(call).answer).rejects.toThrow();
    expect(seen.length).toBe(1);
  });

  test("sends it once more when a connection was closed while it was unused", async () => {
    const seen: number[] = [];
    await using server = await rawServer((socket, _text, connection) => {
      seen.push(connection);
      if (seen.length === 2) socket.destroy();
      else socket.write(`${OK}ok`);
    });
    using pool = poolTo(server.url);
    const call = { method: "POST", url: `${server.url}/`, headers: {}, body: "{}" };
    await pool.exchange(call).answer;
    expect(await pool.exchange(call).answer).toMatchObject({
      status: 200,
      body: Buffer.from("ok"),
    });
    expect(seen).toEqual([1, 1, 2]);
  });

  test("fails when that connection had begun to answer", async () => {
    const seen: number[] = [];
    await using server = await rawServer((socket, _text, connection) => {
      seen.push(connection);
      if (seen.length === 2) socket.end("HTTP/1.1 2");
      else socket.write(`${OK}ok`);
    });
    using pool = poolTo(server.url);
    const call = { method: "POST", url: `${server.url}/`, headers: {}, body: "{}" };
    await pool.exchange(call).answer;
    await expect(pool.exchange(call).answer).rejects.toThrow("closed before an answer");
    expect(seen).toEqual([1, 1]);
  });

  test("does not send what is stopped as it goes out, and keeps the connection", async () => {
    const seen: string[] = [];
    await using server = await rawServer((socket, text) => {
      seen.push(text);
      socket.write(`${OK}ok`);
    });
    using pool = poolTo(server.url);
    const call = { method: "POST", url: `${server.url}/`, headers: {}, body: "{}" };
    const beforeSend = () => {
      throw new Error("no longer the leader");
    };
    await expect(pool.exchange({ ...call, beforeSend }).answer).rejects.toThrow("no longer");
    await pool.exchange(call).answer;
    expect({ requests: seen.length, connections: server.sockets.length }).toEqual({
      requests: 1,
      connections: 1,
    });
  });

  test.each([
    ["a header", { url: "/", headers: { A: "b\r\nC: d" } }],
    ["a path", { url: "/ HTTP/1.1\r\nA: b\r\n\r\n", headers: {} }],
  ])("refuses %s that would end its line", async (_, { url, headers }) => {
    await using server = await rawServer(() => undefined);
    using pool = poolTo(server.url);
    const call = { method: "GET", url: server.url + url, headers: headers as { A: string } };
    await expect(pool.exchange(call).answer).rejects.toThrow(TypeError);
    expect(server.sockets.length).toBe(0);
  });
});
