import { describe, expect, test } from "bun:test";
import type { ServerResponse } from "node:http";
import { type WatchEvent, watchList } from "../../../src/kube/watch.ts";
import type { KubeObject } from "../../../src/schema/object.ts";
import { systemClock } from "../../../src/std/clock.ts";
import { type ManualClock, manualClock } from "../../support/manual-clock.ts";
import { CONFIG_MAP, configMap, transportTo } from "./harness.ts";
import { type Handler, sendJson, sendStatus, startServer } from "./scripted-server.ts";

/** Answers of a server, one for each request, in order. */
type Answer = (response: ServerResponse) => void;

function line(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`;
}

function bookmark(version: number, isInitialEnd = false): string {
  const annotations = { "k8s.io/initial-events-end": "true" };
  return line("BOOKMARK", {
    kind: "ConfigMap",
    apiVersion: "v1",
    metadata: { resourceVersion: `${version}`, ...(isInitialEnd && { annotations }) },
  });
}

const expired = {
  kind: "Status",
  apiVersion: "v1",
  status: "Failure",
  message: "too old resource version",
  reason: "Expired",
  code: 410,
};

/** Writes and leaves the stream open. */
function stream(...parts: readonly (string | Uint8Array)[]): Answer {
  return (response) => {
    response.writeHead(200, { "Content-Type": "application/json" });
    response.flushHeaders();
    for (const part of parts) response.write(part);
  };
}

/** Writes one part after the other, each in a turn of its own, then breaks the connection. */
function cut(...parts: readonly (string | Uint8Array)[]): Answer {
  return async (response) => {
    response.writeHead(200);
    for (const part of parts) {
      response.write(part);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    response.socket?.destroy();
  };
}

function end(...parts: readonly string[]): Answer {
  return (response) => void response.writeHead(200).end(parts.join(""));
}

const firstList = [line("ADDED", configMap("a", 1)), bookmark(5, true)];

/** A clock that writes down for how long it was asked to wait. */
function spyingClock(): { readonly clock: ManualClock; readonly waits: number[] } {
  const clock = manualClock();
  const waits: number[] = [];
  const schedule = clock.schedule;
  const spying: ManualClock = {
    ...clock,
    schedule(delayMs, action) {
      waits.push(delayMs);
      return schedule(delayMs, action);
    },
    get pending() {
      return clock.pending;
    },
  };
  return { clock: spying, waits };
}

interface Run {
  readonly events: WatchEvent[];
  readonly queries: readonly Record<string, string>[];
}

interface RunOptions {
  readonly until: (events: readonly WatchEvent[]) => boolean;
  readonly clock?: ManualClock;
  /** Of the server, for whoever asks before a watch goes on. Default 1,000. */
  readonly version?: string;
  /** Of who asks so; true: there is no answer. Default: never. */
  readonly isMute?: () => boolean;
  /** Milliseconds to move the clock on, after each event. */
  readonly onEvent?: (event: WatchEvent, clock: ManualClock) => void;
}

/** Runs a watch against these answers until the events are as wanted. */
async function run(answers: readonly Answer[], options: RunOptions): Promise<Run> {
  let next = 0;
  const handler: Handler = ({ query }, response) => {
    if (isQuestion(Object.fromEntries(query))) {
      if (options.isMute?.()) return;
      const metadata = { resourceVersion: options.version ?? "1000" };
      sendJson(response, { kind: "ConfigMapList", apiVersion: "v1", metadata, items: [] });
      return;
    }
    const answer = answers[next++];
    if (answer === undefined) response.writeHead(200).flushHeaders();
    else answer(response);
  };
  await using server = await startServer(handler);
  const clock = options.clock ?? manualClock();
  using transport = transportTo(server.url, { clock });
  const aborting = new AbortController();
  const events: WatchEvent[] = [];
  const watching = watchList(
    { type: CONFIG_MAP, namespace: "ns", labelSelector: "a=b" },
    { transport, signal: aborting.signal, clock, random: () => 0.5 },
  );
  for await (const event of watching) {
    events.push(event);
    options.onEvent?.(event, clock);
    // A failure is followed by a wait; the test decides that it is over.
    if (event.kind === "failed") setImmediate(() => clock.advance(60_000));
    if (options.until(events)) aborting.abort();
  }
  const queries = server.requests.map(({ query }) => Object.fromEntries(query));
  return { events, queries: queries.filter((query) => !isQuestion(query)) };
}

/** What the server's version is, asked before a watch goes on. */
function isQuestion(query: Readonly<Record<string, string>>): boolean {
  return query["limit"] === "1";
}

function kinds(events: readonly WatchEvent[]): string[] {
  return events.map(({ kind }) => kind);
}

function changes(events: readonly WatchEvent[]): string[] {
  return events
    .flatMap((event) => (event.kind === "changed" ? event.changes : []))
    .map(
      ({ kind, object }) => `${kind} ${object.metadata.name}@${object.metadata.resourceVersion}`,
    );
}

function failures(events: readonly WatchEvent[]) {
  return events.flatMap((event) => (event.kind === "failed" ? [event] : []));
}

function count(events: readonly WatchEvent[], kind: WatchEvent["kind"]): number {
  return events.filter((event) => event.kind === kind).length;
}

describe("watchList() listing", () => {
  test("takes the initial state as a stream and goes on with the same one", async () => {
    const { events, queries } = await run(
      [
        stream(
          ...firstList,
          line("MODIFIED", configMap("a", 7)),
          line("DELETED", configMap("a", 8)),
        ),
      ],
      { until: (seen) => changes(seen).length === 3 },
    );
    expect(kinds(events).slice(0, 4)).toEqual([
      "reset-started",
      "changed",
      "reset-done",
      "watching",
    ]);
    expect(changes(events)).toEqual(["applied a@1", "applied a@7", "deleted a@8"]);
    expect(queries).toEqual([
      {
        labelSelector: "a=b",
        sendInitialEvents: "true",
        resourceVersionMatch: "NotOlderThan",
        watch: "true",
        allowWatchBookmarks: "true",
        timeoutSeconds: "450",
      },
    ]);
  });

  test.each([400, 422])("lists in pages when the server refuses a stream with %d", async (code) => {
    const page =
      (items: readonly KubeObject[], token?: string): Answer =>
      (response) =>
        sendJson(response, {
          kind: "ConfigMapList",
          metadata: { resourceVersion: "5", ...(token && { continue: token }) },
          items: items.map(({ metadata }) => ({ metadata })),
        });
    const { events, queries } = await run(
      [
        (response) => sendStatus(response, { code, reason: "Invalid", message: "forbidden" }),
        page([configMap("a", 1)], "more"),
        page([configMap("b", 2)]),
        stream(line("ADDED", configMap("c", 6))),
      ],
      { until: (seen) => changes(seen).length === 3 },
    );
    expect(kinds(events).slice(0, 5)).toEqual([
      "reset-started",
      "changed",
      "changed",
      "reset-done",
      "watching",
    ]);
    expect(changes(events)).toEqual(["applied a@1", "applied b@2", "applied c@6"]);
    expect(queries[1]).toEqual({ labelSelector: "a=b", limit: "500" });
    expect(queries[2]).toEqual({ labelSelector: "a=b", limit: "500", continue: "more" });
    expect(queries[3]).toMatchObject({ watch: "true", resourceVersion: "5" });
    const [first] = events.flatMap((event) => (event.kind === "changed" ? event.changes : []));
    expect(first?.object).toMatchObject({ apiVersion: "v1", kind: "ConfigMap" });
  });

  test("starts again when the list breaks before its end", async () => {
    const { events } = await run(
      [
        cut(line("ADDED", configMap("a", 1))),
        stream(line("ADDED", configMap("b", 2)), bookmark(5, true)),
      ],
      { until: (seen) => count(seen, "reset-done") === 1 },
    );
    expect(kinds(events).slice(0, 6)).toEqual([
      "reset-started",
      "changed",
      "failed",
      "reset-started",
      "changed",
      "reset-done",
    ]);
  });

  test("starts again when a page's token is too old", async () => {
    const { events } = await run(
      [
        (response) => sendStatus(response, { code: 422, reason: "Invalid", message: "no" }),
        (response) =>
          sendJson(response, { metadata: { resourceVersion: "1", continue: "x" }, items: [] }),
        (response) => sendStatus(response, { code: 410, reason: "Expired", message: "too old" }),
        (response) => sendJson(response, { metadata: { resourceVersion: "2" }, items: [] }),
      ],
      { until: (seen) => count(seen, "reset-done") === 1 },
    );
    expect(kinds(events)).toEqual(["reset-started", "failed", "reset-started", "reset-done"]);
  });
});

describe("watchList() watching", () => {
  test("goes on from the last version, bookmarks included, when the server ends the watch", async () => {
    const { events, queries } = await run(
      [
        end(...firstList, line("ADDED", configMap("b", 6)), bookmark(9)),
        stream(line("ADDED", configMap("c", 10))),
      ],
      { until: (seen) => changes(seen).includes("applied c@10") },
    );
    expect(failures(events)).toEqual([]);
    expect(count(events, "reset-started")).toBe(1);
    expect(queries[1]).toMatchObject({ resourceVersion: "9", watch: "true" });
    expect(queries[1]).not.toHaveProperty("sendInitialEvents");
  });

  test("survives a cut in the middle of a line", async () => {
    const text = line("ADDED", configMap("b", 6));
    const { events, queries } = await run(
      [cut(firstList.join("") + text.slice(0, 30)), stream(text)],
      { until: (seen) => changes(seen).includes("applied b@6") },
    );
    expect(changes(events)).toEqual(["applied a@1", "applied b@6"]);
    expect(queries[1]).toMatchObject({ resourceVersion: "5" });
  });

  test("survives chunks that end in the middle of a UTF-8 character", async () => {
    const text = Buffer.from(line("ADDED", configMap("b", 6, { data: { text: "grüße 🎉" } })));
    const middle = text.indexOf(Buffer.from("🎉")) + 2;
    const answer: Answer = async (response) => {
      stream(...firstList, text.subarray(0, middle))(response);
      await new Promise((resolve) => setTimeout(resolve, 5));
      response.write(text.subarray(middle));
    };
    const { events } = await run([answer], { until: (seen) => changes(seen).length === 2 });
    const last = events.flatMap((event) => (event.kind === "changed" ? event.changes : [])).at(-1);
    expect(last?.object["data"]).toEqual({ text: "grüße 🎉" });
  });

  test("opens the watch anew after a line that is no event", async () => {
    const { events, queries } = await run(
      [stream(...firstList, "{oops\n"), stream(line("ADDED", configMap("b", 6)))],
      { until: (seen) => changes(seen).includes("applied b@6") },
    );
    expect(failures(events).map(({ error }) => error.reason)).toEqual(["Garbled"]);
    expect(count(events, "reset-started")).toBe(1);
    expect(queries[1]).toMatchObject({ resourceVersion: "5" });
  });

  test.each<[string, Answer]>([
    ["as a status", (response) => sendStatus(response, { ...expired, code: 410 })],
    ["as an event of the stream", stream(line("ERROR", expired))],
  ])("lists anew when its version is too old, told %s", async (_, answer) => {
    const { events } = await run(
      [end(...firstList, bookmark(6)), answer, stream(bookmark(9, true))],
      {
        until: (seen) => count(seen, "reset-done") === 2,
      },
    );
    expect(failures(events)).toEqual([]);
    expect(count(events, "reset-started")).toBe(2);
  });

  test("lists anew when the server's history starts over", async () => {
    const { events } = await run([stream(...firstList, bookmark(3)), stream(bookmark(4, true))], {
      until: (seen) => count(seen, "reset-done") === 2,
    });
    expect(count(events, "reset-started")).toBe(2);
  });

  test("goes on from its version after an error of the server inside the stream", async () => {
    const status = { ...expired, code: 500, reason: "InternalError" };
    const { events, queries } = await run(
      [stream(...firstList, line("ERROR", status)), stream(bookmark(6))],
      { until: (seen) => count(seen, "watching") === 2 },
    );
    expect(failures(events).map(({ error }) => error.status)).toEqual([500]);
    expect(queries[1]).toMatchObject({ resourceVersion: "5" });
  });

  test("gives up a connection on which nothing is heard, within 75 s", async () => {
    const clock = manualClock();
    const { events, queries } = await run([stream(...firstList), stream(bookmark(6))], {
      clock,
      onEvent(event) {
        if (event.kind !== "watching" || clock.monotonicMs() > 0) return;
        setTimeout(() => clock.advance(69_000), 5);
        setTimeout(() => clock.advance(6_000), 10);
      },
      until: (seen) => count(seen, "progress") === 1,
    });
    expect(failures(events).map(({ error }) => error.reason)).toEqual(["Silence"]);
    expect(queries[1]).toMatchObject({ resourceVersion: "5" });
  });

  test("asks for pages when a list was begun as a stream and does not go on", async () => {
    const clock = manualClock();
    const list = { kind: "ConfigMapList", metadata: { resourceVersion: "5" }, items: [] };
    const { events, queries } = await run([stream(), (response) => sendJson(response, list)], {
      clock,
      onEvent(event) {
        if (event.kind !== "reset-started" || clock.monotonicMs() > 0) return;
        setTimeout(() => clock.advance(14_000), 5);
        setTimeout(() => clock.advance(1_000), 10);
      },
      until: (seen) => count(seen, "reset-done") === 1,
    });
    expect(failures(events)).toEqual([]);
    expect(queries.map(({ watch, limit }) => watch ?? limit)).toEqual(["true", "500"]);
  });

  test("lists anew when the server has gone back, which would leave a watch open and mute", async () => {
    const { events, queries } = await run([end(...firstList), stream(bookmark(4, true))], {
      version: "4",
      until: (seen) => count(seen, "reset-done") === 2,
    });
    const resets = events.filter(({ kind }) => kind === "reset-started");
    expect(resets).toEqual([
      { kind: "reset-started" },
      { kind: "reset-started", isNewHistory: true },
    ]);
    expect(queries[1]).toMatchObject({ sendInitialEvents: "true" });
  });

  test("gives up a question about the server's version that nobody answers, within 25 s", async () => {
    const { clock } = spyingClock();
    let questions = 0;
    const isMute = () => {
      const isFirst = questions++ === 0;
      if (isFirst) setImmediate(() => clock.advance(25_000));
      return isFirst;
    };
    const { events } = await run([end(...firstList, bookmark(6)), stream(bookmark(9))], {
      clock,
      isMute,
      until: (seen) => count(seen, "watching") === 2,
    });
    expect(failures(events).map(({ error }) => error.message)).toEqual([
      expect.stringContaining("within 25 s"),
    ]);
  });

  test("does not take a slow consumer for a silent server", async () => {
    const clock = manualClock();
    const { events } = await run([stream(...firstList, line("ADDED", configMap("b", 6)))], {
      clock,
      onEvent: (event) => event.kind === "reset-started" && clock.advance(200_000),
      until: (seen) => changes(seen).includes("applied b@6"),
    });
    expect(failures(events)).toEqual([]);
  });

  test("counts a watch that ends as soon as it is opened as a failure", async () => {
    const { events } = await run([end(...firstList), end(), end(), stream(bookmark(6))], {
      until: (seen) => count(seen, "progress") === 1,
    });
    expect(failures(events).map(({ attempts }) => attempts)).toEqual([1, 2]);
  });
});

describe("watchList() failing", () => {
  test.each([
    ["as long as the server asks", "42", 42_000],
    ["a minute when the server asks for a day", "86400", 60_000],
  ])("waits %s", async (_, asked, waitMs) => {
    const { clock: spying, waits } = spyingClock();
    const busy = { code: 429, reason: "TooManyRequests", message: "busy" };
    await run(
      [
        (response) => sendStatus(response, busy, { "Retry-After": asked }),
        stream(bookmark(1, true)),
      ],
      { clock: spying, until: (seen) => count(seen, "reset-done") === 1 },
    );
    expect(waits).toContain(waitMs);
  });

  test("after an outage of any length, tries again within five seconds", async () => {
    const { clock, waits } = spyingClock();
    const down: Answer = (response) =>
      sendStatus(response, { code: 503, reason: "ServiceUnavailable", message: "down" });
    await run([...Array<Answer>(15).fill(down), stream(bookmark(1, true))], {
      clock,
      until: (seen) => count(seen, "reset-done") === 1,
    });
    // Until the server begins to answer, and until it goes on.
    const deadlines = [25_000, 15_000];
    const pauses = waits.filter((ms) => ms < 30_000 && !deadlines.includes(ms));
    expect(pauses.length).toBeGreaterThanOrEqual(15);
    expect(Math.max(...pauses)).toBeLessThan(5_000);
  });

  test.each([
    [403, "Forbidden"],
    [404, "NotFound"],
  ])("tells of %d, tries again slowly, and lists anew", async (code, reason) => {
    const refuse: Answer = (response) => sendStatus(response, { code, reason, message: "no" });
    const { events } = await run(
      [end(...firstList, bookmark(6)), refuse, refuse, stream(bookmark(9, true))],
      {
        until: (seen) => count(seen, "reset-done") === 2,
      },
    );
    const told = failures(events).map(({ error, attempts }) => [error.status, attempts]);
    expect(told).toEqual([
      [code, 1],
      [code, 2],
    ]);
  });

  test("ends without an error when aborted, wherever it is", async () => {
    await using server = await startServer((_seen, response) => stream(...firstList)(response));
    using transport = transportTo(server.url);
    for (const at of ["reset-started", "changed", "reset-done", "watching", "never"]) {
      const aborting = new AbortController();
      const options = { transport, signal: aborting.signal, clock: systemClock, random: () => 0 };
      if (at === "never") setTimeout(() => aborting.abort(), 5);
      for await (const { kind } of watchList({ type: CONFIG_MAP }, options)) {
        if (kind === at) aborting.abort();
      }
    }
  });

  test("ends without an error when aborted while it waits", async () => {
    const clock = manualClock();
    await using server = await startServer((_seen, response) =>
      sendStatus(response, { code: 503, reason: "x", message: "x" }),
    );
    using transport = transportTo(server.url, { clock });
    const aborting = new AbortController();
    const options = { transport, signal: aborting.signal, clock, random: () => 0 };
    for await (const { kind } of watchList({ type: CONFIG_MAP }, options)) {
      if (kind === "failed") setImmediate(() => aborting.abort());
    }
    expect(clock.pending).toBe(0);
  });
});
