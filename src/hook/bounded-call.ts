/**
 * What every call to a service has in common: its end, how much of the answer is read, and words for what
 * went wrong that hold nothing secret.
 */
import type { Clock } from "../std/clock.ts";
import { isJsonObject, type Json } from "../std/json.ts";
import { faultOfCode, findFaultCode } from "../std/system-fault.ts";
import { unlessAborted } from "../std/unless-aborted.ts";
import { plainWords } from "./plain-words.ts";
import { RemoteError } from "./remote-error.ts";

export interface Bounds {
  /** What is done, for messages: `ask the remote "https://…"`. */
  readonly task: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Rejects with a `RemoteError` "timeout" at the deadline, or the reason of the signal, whatever `work` does. */
export async function withDeadline<T>(
  { task, timeoutMs, signal: outer }: Bounds,
  clock: Clock,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  outer.throwIfAborted();
  const controller = new AbortController();
  const onAbort = () => controller.abort(outer.reason);
  outer.addEventListener("abort", onAbort, { once: true });
  const cancel = clock.schedule(timeoutMs, () => {
    const message = `Cannot ${task}: it did not answer within ${timeoutMs} ms`;
    controller.abort(new RemoteError("timeout", message));
  });
  const { signal } = controller;
  try {
    return await unlessAborted(work(signal), signal);
  } finally {
    cancel();
    outer.removeEventListener("abort", onAbort);
  }
}

export interface Beginning {
  readonly text: string;
  /** There is more, which was not read. */
  readonly isCut: boolean;
}

/** As much of the body as `limit` bytes hold. Rejects with what the connection failed with. */
export async function readBeginning({ body }: Response, limit: number): Promise<Beginning> {
  if (!body) return { text: "", isCut: false };
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { text: text + decoder.decode(), isCut: false };
    const room = limit - bytes;
    bytes += value.byteLength;
    text += decoder.decode(value.subarray(0, room), { stream: true });
    if (bytes > limit) break;
  }
  await reader.cancel().catch(() => {});
  return { text, isCut: true };
}

/** `error` or `message` of a JSON body, or a body that is nothing but text, without what is secret. */
export function failureWords(text: string, secrets: readonly string[]): string {
  let words = text.trimStart().startsWith("<") ? "" : text;
  try {
    const body = JSON.parse(text) as Json;
    const told = isJsonObject(body) ? (body["error"] ?? body["message"]) : "";
    words = typeof told === "string" ? told : "";
  } catch {
    // No JSON: the text itself.
  }
  return plainWords(withoutSecrets(words, secrets));
}

/** A service may repeat what it was sent. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  // A longer one may hold a shorter one.
  const sorted = secrets.filter((one) => one !== "").sort((a, b) => b.length - a.length);
  return sorted.reduce((shown, secret) => shown.replaceAll(secret, "…"), text);
}

/** Node tells in the cause what happened, Bun in the error itself. */
export function faultWords(cause: unknown): string {
  const code = findFaultCode(cause);
  if (code === undefined) return "no answer";
  return faultOfCode(code)?.words ?? `no answer (${code})`;
}

/** Milliseconds of a `Retry-After` in seconds. */
export function retryAfterOf({ headers }: Response): number | undefined {
  const seconds = Number(headers.get("retry-after") ?? Number.NaN);
  return seconds > 0 ? seconds * 1_000 : undefined;
}
