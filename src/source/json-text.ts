/** JSON that somebody else wrote: an object, or nothing. What is wrong with it is for the caller to say. */
import { isJsonObject, type JsonObject } from "../std/json.ts";

export function parseJsonObject(text: string | Uint8Array): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(
      typeof text === "string" ? text : new TextDecoder("utf-8", { fatal: true }).decode(text),
    );
    return jsonObject(value);
  } catch {
    // The parser's message would quote the text, which may hold secrets.
    return undefined;
  }
}

export function jsonObject(value: unknown): JsonObject | undefined {
  return isJsonObject(value) ? value : undefined;
}
