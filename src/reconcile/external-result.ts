/**
 * `.external.<name>`: what came of a call, for templates and conditions behind it. Pure.
 *
 * Source: `katalog-tables.md` section 4.
 */
import type { ExternalAnswer } from "../hook/external-call.ts";
import { isJsonObject, type Json, type JsonObject } from "../std/json.ts";

/** What is known of the calls of one deletion. */
export interface CallsMemory {
  /** By name, those that are over. */
  readonly results: Map<string, JsonObject>;
  /** By name, how often one failed in a row. */
  readonly failures: Map<string, number>;
}

/** Of the body, as text. */
const MAX_TEXT_BYTES = 4096;

export const NOT_CALLED: JsonObject = {
  called: "false",
  status: "",
  statusCode: 0,
  body: "",
  error: "",
  durationSeconds: 0,
};

/** A key of a JSON body does not hide one of ours. */
export function resultOf({ status, text, isCut, seconds, error }: ExternalAnswer): JsonObject {
  return {
    ...(isCut ? {} : keysOf(text)),
    called: "true",
    status: status === 0 ? "" : String(status),
    statusCode: status,
    body: beginning(text),
    error: error?.message ?? "",
    durationSeconds: Math.round(seconds * 1_000) / 1_000,
  };
}

/** One that could not even begin. */
export function failedResult(error: Error): JsonObject {
  return { ...NOT_CALLED, error: error.message };
}

function keysOf(text: string): JsonObject {
  try {
    const body = JSON.parse(text) as Json;
    return isJsonObject(body) ? body : {};
  } catch {
    return {};
  }
}

/** Whole characters of the first bytes. */
function beginning(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= MAX_TEXT_BYTES) return text;
  return new TextDecoder().decode(bytes.subarray(0, MAX_TEXT_BYTES), { stream: true });
}
