/** What the fault proxy answers itself, and how it passes answers on. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { RequestAct } from "./fault-proxy-plan.ts";
import { statusObject } from "./fault-proxy-stream.ts";

const REASONS: Readonly<Record<number, string>> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  409: "Conflict",
  410: "Expired",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
};

export interface OldList {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly object[];
}

/** Of the object that was created; a POST does not name it in its path. */
export function nameIn(answer: Buffer): string {
  const { metadata } = JSON.parse(answer.toString() || "{}") as { metadata?: { name?: string } };
  return metadata?.name ?? "";
}

export function answerOld(response: ServerResponse, list: OldList, upstream: IncomingMessage) {
  const [item] = list.items;
  if (item === undefined) return answerWith(response, { kind: "answer", status: 404 });
  const head = { apiVersion: list.apiVersion, kind: list.kind.replace(/List$/, "") };
  return finish(response, upstream, Buffer.from(JSON.stringify({ ...head, ...item })));
}

export function answerWith(
  response: ServerResponse,
  {
    status,
    reason = REASONS[status] ?? "Unknown",
    retryAfterSeconds,
  }: RequestAct & { kind: "answer" },
): void {
  response.writeHead(status, {
    "content-type": "application/json",
    ...(retryAfterSeconds !== undefined && { "retry-after": String(retryAfterSeconds) }),
  });
  response.end(JSON.stringify(statusObject(status, reason, retryAfterSeconds)));
}

export function headersOf(upstream: IncomingMessage): Record<string, string> {
  const type = upstream.headers["content-type"] ?? "application/json";
  const retryAfter = upstream.headers["retry-after"];
  return { "content-type": type, ...(retryAfter !== undefined && { "retry-after": retryAfter }) };
}

/** Resolves when the answer has left this process. */
export function finish(response: ServerResponse, upstream: IncomingMessage, answer: Buffer) {
  return new Promise<void>((resolve) => {
    response.writeHead(upstream.statusCode ?? 502, headersOf(upstream));
    response.end(answer, () => resolve());
  });
}

export function close(response: ServerResponse, verdict: "go on" | "end" | "reset"): void {
  if (verdict === "end") response.end();
  if (verdict === "reset") response.destroy();
}

export async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}
