/**
 * A thin HTTP client for conformance cases, the same against the sandbox and a real kube-apiserver.
 * Everything that is asked through it and what was answered becomes part of the case's transcript.
 */
import type { Json, JsonObject } from "../../src/std/json.ts";

export interface Endpoint {
  readonly url: string;
  readonly tls?: { readonly ca: string; readonly cert?: string; readonly key?: string };
  readonly token?: string;
}

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly warnings: readonly string[];
  /** Parsed JSON, or the text. */
  readonly body: Json;
}

export interface Send {
  readonly body?: Json | string;
  /** Default `application/json`. */
  readonly type?: string;
  readonly accept?: string;
  /** The manager of writes that name none. */
  readonly agent?: string;
}

export interface WatchEvent {
  readonly type: string;
  readonly object: JsonObject;
}

const REQUEST_TIMEOUT_MS = 20_000;

/** `call` is the method and the path: `GET /version`. */
export async function send(endpoint: Endpoint, call: string, options: Send = {}): Promise<Answer> {
  const [method = "", path = ""] = call.split(" ");
  const response = await open(endpoint, {
    method,
    path,
    options,
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  });
  const text = await response.text();
  return {
    status: response.status,
    contentType: response.headers.get("content-type") ?? "",
    warnings: warningsOf(response),
    body: parse(text),
  };
}

/** Events of a watch until `isEnough`, the end of the stream, or a timeout (which fails). */
export async function readWatch(
  endpoint: Endpoint,
  path: string,
  isEnough: (events: readonly WatchEvent[]) => boolean,
): Promise<readonly WatchEvent[]> {
  const control = new AbortController();
  const timer = setTimeout(
    () => control.abort(new Error(`Watch ${path} timed out`)),
    REQUEST_TIMEOUT_MS,
  );
  try {
    const options = {};
    const response = await open(endpoint, { method: "GET", path, options, signal: control.signal });
    if (response.status !== 200 || response.body === null) {
      throw new Error(`Watch ${path} answered ${response.status}: ${await response.text()}`);
    }
    return await collect(response.body, isEnough);
  } finally {
    clearTimeout(timer);
    control.abort();
  }
}

async function collect(
  body: ReadableStream<Uint8Array>,
  isEnough: (events: readonly WatchEvent[]) => boolean,
): Promise<readonly WatchEvent[]> {
  const events: WatchEvent[] = [];
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let rest = "";
  while (!isEnough(events)) {
    const { done, value } = await reader.read();
    if (done) break;
    const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line !== "") events.push(JSON.parse(line) as WatchEvent);
  }
  await reader.cancel();
  return events;
}

interface Request {
  readonly method: string;
  readonly path: string;
  readonly options: Send;
  readonly signal: AbortSignal;
}

function open(endpoint: Endpoint, { method, path, options, signal }: Request): Promise<Response> {
  const {
    body,
    type = "application/json",
    accept = "application/json",
    agent = "case/1",
  } = options;
  return fetch(endpoint.url + path, {
    method,
    signal,
    ...(endpoint.tls && { tls: endpoint.tls }),
    headers: {
      Accept: accept,
      "User-Agent": agent,
      ...(endpoint.token !== undefined && { Authorization: `Bearer ${endpoint.token}` }),
      ...(body !== undefined && { "Content-Type": type }),
    },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
}

function warningsOf({ headers }: Response): string[] {
  const text = headers.get("warning");
  return text === null ? [] : text.split(/, (?=299 )/);
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
