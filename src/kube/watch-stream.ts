/**
 * One watch request as the server answers it: lines of JSON, each an event, in batches that are
 * small enough to leave the event loop free. Knows the wire, not what a watch is for.
 *
 * Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { KubeObject } from "../schema/object.ts";
import type { Clock } from "../std/clock.ts";
import type { JsonObject } from "../std/json.ts";
import type { Echoes } from "./echoes.ts";
import { KubeError } from "./error.ts";
import { LineSplitter } from "./line-splitter.ts";
import { SilenceTimer } from "./silence.ts";
import { statusError } from "./status-error.ts";
import type { Transport } from "./transport.ts";

export interface WireEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";
  readonly object: KubeObject;
}

export interface WatchRequest {
  readonly path: string;
  readonly signal: AbortSignal;
  /** For so long the server may say nothing; asked anew while it is silent. */
  readonly silenceMs: () => number;
  /** Until the server begins to answer. */
  readonly timeoutMs: number;
}

/** Longest time for which lines are parsed without letting the event loop turn. */
const SLICE_MS = 6;

/**
 * Yields an empty batch once the server accepted the request, then events as they come. Ends when
 * the server ends the watch. @throws KubeError for a refusal, an ERROR event (410 of a version that
 * is too old), a line that is no event, a broken or silent connection; the reason of an abort.
 */
export async function* readWatch(
  transport: Transport,
  request: WatchRequest,
  clock: Clock,
): AsyncGenerator<readonly WireEvent[], void> {
  const { path, signal, silenceMs, timeoutMs } = request;
  const cut = new AbortController();
  let isSilent = false;
  using silence = new SilenceTimer({
    clock,
    limitMs: silenceMs,
    onSilence() {
      isSilent = true;
      cut.abort();
    },
  });
  const onAbort = () => cut.abort(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    signal.throwIfAborted();
    const chunks = await transport.stream({
      method: "GET",
      path,
      signal: cut.signal,
      timeoutMs,
    });
    yield [];
    yield* readEvents(chunks, { silence, clock, echoes: transport.echoes });
  } catch (error) {
    signal.throwIfAborted();
    throw isSilent ? silenceError(transport.server, silenceMs()) : error;
  } finally {
    signal.removeEventListener("abort", onAbort);
    // Whoever stops reading early must not leave the connection open.
    cut.abort();
  }
}

async function* readEvents(
  chunks: AsyncIterable<Uint8Array>,
  { silence, clock, echoes }: { silence: SilenceTimer; clock: Clock; echoes: Echoes | undefined },
): AsyncGenerator<readonly WireEvent[], void> {
  const splitter = new LineSplitter();
  const iterator = chunks[Symbol.asyncIterator]();
  let sliceEndMs = clock.monotonicMs() + SLICE_MS;
  while (true) {
    silence.listen();
    const { done, value } = await iterator.next();
    silence.heard();
    if (done) return;
    let batch: WireEvent[] = [];
    for (const line of splitter.push(value)) {
      batch.push(echoEvent(line, echoes) ?? parseEvent(line));
      if (clock.monotonicMs() < sliceEndMs) continue;
      yield batch;
      batch = [];
      await nextTurn();
      sliceEndMs = clock.monotonicMs() + SLICE_MS;
    }
    if (batch.length > 0) yield batch;
  }
}

const ENVELOPE = /^\{"type":"(ADDED|MODIFIED)","object":(?=\{)/;

/** An event in the form that kube-apiserver gives it, when its object may be the answer to a write. */
function echoEvent(line: string, echoes: Echoes | undefined): WireEvent | undefined {
  if (echoes === undefined || echoes.isIdle || !line.endsWith("}}")) return undefined;
  const [start = "", type] = ENVELOPE.exec(line) ?? [];
  if (type === undefined) return undefined;
  try {
    const object = echoes.event(line.slice(start.length, -1), JSON.parse);
    return { type, object } as unknown as WireEvent;
  } catch {
    // Another form than expected, or garbled: whoever reads the whole line can say.
    return undefined;
  }
}

function parseEvent(line: string): WireEvent {
  let event: { readonly type?: unknown; readonly object?: unknown };
  try {
    event = JSON.parse(line);
  } catch (cause) {
    throw garbled(cause);
  }
  switch (event.type) {
    case "ADDED":
    case "MODIFIED":
    case "DELETED":
    case "BOOKMARK":
      return event as WireEvent;
    case "ERROR":
      throw statusError(event.object as JsonObject, 500);
    default:
      throw garbled(undefined);
  }
}

function garbled(cause: unknown): KubeError {
  return new KubeError("Cannot read a line of a watch: expected an event as JSON", {
    status: 0,
    reason: "Garbled",
    cause,
  });
}

function silenceError(server: string, silenceMs: number): KubeError {
  const seconds = Math.round(silenceMs / 1000);
  return new KubeError(
    `Cannot follow changes at ${server}: nothing was heard for ${seconds} s, not even a bookmark`,
    { status: 0, reason: "Silence" },
  );
}
