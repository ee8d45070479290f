import { describe, expect, test } from "bun:test";
import type { ServerResponse } from "node:http";
import { readWatch, type WireEvent } from "../../../src/kube/watch-stream.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { transportTo } from "./harness.ts";
import { startServer } from "./scripted-server.ts";

const OBJECT =
  '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","resourceVersion":"7"}}';
const WRITE = { method: "POST", path: "/write", body: "{}" } as const;

/** A server that answers writes with `OBJECT`, and a watch on it that tells what a test says. */
async function watched() {
  let watcher: ServerResponse | undefined;
  const server = await startServer((seen, response) => {
    if (seen.method === "GET") {
      watcher = response;
      response.writeHead(200).flushHeaders();
    } else response.writeHead(201).end(`${OBJECT}\n`);
  });
  const transport = transportTo(server.url);
  const stopping = new AbortController();
  const { signal } = stopping;
  const request = { path: "/watch", signal, silenceMs: () => 60_000, timeoutMs: 60_000 };
  const batches = readWatch(transport, request, manualClock());
  await batches.next();
  return {
    transport,
    async event(line: string): Promise<WireEvent | undefined> {
      watcher?.write(`${line}\n`);
      const { value } = await batches.next();
      return value?.[0];
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await batches.next().catch(() => undefined);
      transport[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

describe("readWatch()", () => {
  test("gives the very object of an answer when the event is told in the same bytes", async () => {
    await using watch = await watched();
    const answer: unknown = await watch.transport.request(WRITE);
    const event = await watch.event(`{"type":"ADDED","object":${OBJECT}}`);
    expect(event).toEqual({ type: "ADDED", object: JSON.parse(OBJECT) });
    expect(event?.object).toBe(answer as WireEvent["object"]);
  });

  test.each([
    ["in another form", `{"object":${OBJECT},"type":"MODIFIED"}`, "MODIFIED"],
    ["with more than an object", `{"type":"ADDED","object":${OBJECT},"more":{}}`, "ADDED"],
    ["as a deletion", `{"type":"DELETED","object":${OBJECT}}`, "DELETED"],
  ] as const)("reads an event %s for itself", async (_, line, type) => {
    await using watch = await watched();
    const answer: unknown = await watch.transport.request(WRITE);
    const event = await watch.event(line);
    expect(event).toMatchObject({ type, object: JSON.parse(OBJECT) });
    expect(event?.object).not.toBe(answer as WireEvent["object"]);
  });

  test("says so when what looks like an event is garbled", async () => {
    await using watch = await watched();
    await watch.transport.request(WRITE);
    await expect(watch.event('{"type":"ADDED","object":{"a":}}')).rejects.toThrow(
      "Cannot read a line of a watch",
    );
  });
});
