import { describe, expect, test } from "bun:test";
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { dial } from "../../../src/kube/dial.ts";
import { manualClock } from "../../support/manual-clock.ts";

/** A socket whose packets are the test's. */
class FakeSocket extends EventEmitter {
  destroyed = false;
  probeMs: number | undefined;

  setNoDelay(): void {}

  setKeepAlive(_: boolean, probeMs: number): void {
    this.probeMs = probeMs;
  }

  destroy(): void {
    this.destroyed = true;
    this.emit("close");
  }
}

function startDialling({ isSecure = false } = {}) {
  const clock = manualClock();
  const sockets: FakeSocket[] = [];
  const seen: string[] = [];
  const open = () => {
    sockets.push(new FakeSocket());
    return sockets.at(-1) as unknown as Socket;
  };
  const target = { server: "https://x", probeMs: 7, clock, open, ...(isSecure && { tls: {} }) };
  const giveUp = dial(target, {
    onConnected: (socket) => seen.push(`connected ${sockets.indexOf(socket as never)}`),
    onFailed: (error) => seen.push(`failed: ${error.message}`),
  });
  const alive = () => sockets.flatMap(({ destroyed }, index) => (destroyed ? [] : [index]));
  return { clock, sockets, seen, giveUp, alive };
}

describe("dial()", () => {
  test("tries afresh every two seconds, and keeps the first attempt and the latest", () => {
    const { clock, alive } = startDialling();
    const kept = [alive()];
    for (let turn = 0; turn < 3; turn++) {
      clock.advance(2_000);
      kept.push(alive());
    }
    expect(kept).toEqual([[0], [0, 1], [0, 2], [0, 3]]);
  });

  test.each([0, 2])("takes attempt %d when that is the one that gets through", (index) => {
    const { clock, sockets, seen, alive } = startDialling();
    clock.advance(5_000);
    sockets[index]?.emit("connect");
    expect({ seen, alive: alive(), probeMs: sockets[index]?.probeMs }).toEqual({
      seen: [`connected ${index}`],
      alive: [index],
      probeMs: 7,
    });
    expect(clock.pending).toBe(0);
  });

  test("waits for the certificate of the one that got through, and begins no other meanwhile", () => {
    const { clock, sockets, seen, alive } = startDialling({ isSecure: true });
    clock.advance(2_000);
    sockets[1]?.emit("connect");
    clock.advance(60_000);
    expect({ seen: [...seen], alive: alive() }).toEqual({ seen: [], alive: [1] });
    sockets[1]?.emit("secureConnect");
    expect(seen).toEqual(["connected 1"]);
  });

  test("fails by the first attempt that is refused, once", () => {
    const { clock, sockets, seen, alive } = startDialling();
    clock.advance(2_000);
    sockets[1]?.emit("error", new Error("refused"));
    sockets[0]?.emit("error", new Error("refused, too"));
    expect({ seen, alive: alive() }).toEqual({ seen: ["failed: refused"], alive: [] });
    expect(clock.pending).toBe(0);
  });

  test("fails when the connection is closed before its certificate was seen", () => {
    const { sockets, seen } = startDialling({ isSecure: true });
    sockets[0]?.emit("connect");
    sockets[0]?.emit("close");
    expect(seen).toEqual(["failed: The connection was closed before an answer came"]);
  });

  test("says nothing when it was given up, and leaves nothing behind", () => {
    const { clock, sockets, seen, giveUp, alive } = startDialling();
    clock.advance(2_000);
    giveUp();
    sockets[0]?.emit("connect");
    sockets[1]?.emit("error", new Error("late"));
    expect({ seen, alive: alive(), pending: clock.pending }).toEqual({
      seen: [],
      alive: [],
      pending: 0,
    });
  });

  test("leaves the connection alone once it is handed over", () => {
    const { sockets, seen, giveUp, alive } = startDialling();
    sockets[0]?.emit("connect");
    giveUp();
    expect(alive()).toEqual([0]);
    sockets[0]?.emit("close");
    expect(seen).toEqual(["connected 0"]);
  });
});
