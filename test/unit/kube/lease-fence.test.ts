import { describe, expect, test } from "bun:test";
import { type AddressInfo, connect, createServer } from "node:net";
import { isKubeError } from "../../../src/kube/error.ts";
import { LeaseFence, stampNow } from "../../../src/kube/lease-fence.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { failureOf, fixed, transportTo } from "./harness.ts";
import { fixture, sendJson, startServer } from "./scripted-server.ts";

/** Both hands of it move by themselves. */
function twoClocks() {
  const hands = { monotonic: 0, wall: 0 };
  return { hands, now: () => hands.wall, monotonicMs: () => hands.monotonic };
}

const WRITE = { method: "POST", path: "/api/v1/namespaces/x/configmaps?fieldManager=y" };

describe("LeaseFence", () => {
  test("is closed until it is opened, for writes and not for reads", () => {
    const fence = new LeaseFence(twoClocks());
    expect(() => fence.check(WRITE)).toThrow(
      "Cannot send POST /api/v1/namespaces/x/configmaps: this process does not lead",
    );
    for (const method of ["PUT", "PATCH", "DELETE"]) {
      expect(() => fence.check({ ...WRITE, method })).toThrow("does not lead");
    }
    fence.check({ ...WRITE, method: "GET" });
  });

  test.each([
    ["the process was stopped", { monotonic: 10_000, wall: 10_000 }],
    ["the machine slept: the monotonic clock stood", { monotonic: 5, wall: 60_000 }],
    ["somebody set the wall clock back", { monotonic: 10_000, wall: -3_600_000 }],
  ])("refuses writes after the deadline when %s", (_, moved) => {
    const clock = twoClocks();
    const fence = new LeaseFence(clock);
    let expired = 0;
    let refused = 0;
    fence.onExpired = () => expired++;
    fence.onRefused = () => refused++;
    fence.open(stampNow(clock), 10_000);
    clock.hands.monotonic = 9_999;
    fence.check(WRITE);
    Object.assign(clock.hands, moved);
    expect(() => fence.check(WRITE)).toThrow("does not lead");
    expect([expired, refused]).toEqual([1, 1]);
  });

  test("its refusal passes by itself: it says nothing about the object", () => {
    try {
      new LeaseFence(twoClocks()).check(WRITE);
      throw new Error("Expected a refusal");
    } catch (error) {
      expect(isKubeError(error) && [error.status, error.reason]).toEqual([0, "NotLeading"]);
    }
  });
});

describe("createTransport() with a fence", () => {
  test("asks it when a request goes out, not when it is made: what waited for a place does not go", async () => {
    const clock = manualClock();
    const fence = new LeaseFence(clock);
    fence.open(stampNow(clock), 10_000);
    const held = Promise.withResolvers<void>();
    await using server = await startServer(async (_seen, res) => {
      await held.promise;
      sendJson(res, {});
    });
    using transport = transportTo(server.url, { fence, maxInFlight: 1 });
    const request = { ...WRITE, method: "POST", body: "{}" } as const;
    const first = transport.request(request);
    const queued = failureOf(transport.request(request));
    while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    clock.advance(60_000);
    held.resolve();
    await first;
    expect((await queued).message).toContain("does not lead");
    expect(await transport.request({ method: "GET", path: "/version" })).toEqual({});
    expect(server.requests.map(({ method }) => method)).toEqual(["POST", "GET"]);
  });

  test("asks it once the connection stands: what waited for a handshake does not go", async () => {
    const clock = manualClock();
    const fence = new LeaseFence(clock);
    fence.open(stampNow(clock), 10_000);
    const tls = { cert: fixture("server.crt"), key: fixture("server.key") };
    await using server = await startServer((_seen, res) => sendJson(res, {}), tls);
    const [knocked, opened] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const door = createServer(async (socket) => {
      knocked.resolve();
      await opened.promise;
      const through = connect(Number(new URL(server.url).port), "127.0.0.1");
      socket.pipe(through).pipe(socket);
      for (const each of [socket, through]) each.on("error", () => socket.destroy());
    });
    await new Promise<void>((resolve) => door.listen(0, "127.0.0.1", resolve));
    const { port } = door.address() as AddressInfo;
    const credentials = fixed({ headers: {}, ca: fixture("ca.crt") });
    using transport = transportTo(`https://127.0.0.1:${port}`, { fence, credentials });
    const request = { ...WRITE, method: "POST", body: "{}" } as const;
    const failure = failureOf(transport.request(request));
    await knocked.promise;
    clock.advance(60_000);
    opened.resolve();
    expect((await failure).message).toContain("does not lead");
    expect(server.requests).toEqual([]);
    door.close();
  });

  test("asks it again before the second try after a 401", async () => {
    const clock = manualClock();
    const fence = new LeaseFence(clock);
    fence.open(stampNow(clock), 10_000);
    await using server = await startServer((_seen, res) => {
      clock.advance(60_000);
      res.writeHead(401).end("{}");
    });
    const credentials = { current: async () => ({ headers: {} }), refuse: () => true };
    using transport = transportTo(server.url, { fence, credentials });
    const failure = await failureOf(
      transport.request({ method: "PUT", path: "/apis/x/v1/things/a", body: "{}" }),
    );
    expect(failure.message).toContain("does not lead");
    expect(server.requests).toHaveLength(1);
  });
});
