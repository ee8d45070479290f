/**
 * A bundle as bytes and back, so that it can be kept under their SHA-256: one line of JSON that says what
 * it is and which files follow, then their bytes. The same bundle always gives the same bytes.
 */

import { isJsonObject, type Json } from "../std/json.ts";
import type { Bundle } from "./bundle.ts";

export function packBundle({ origin, version, digest, files }: Bundle): Uint8Array {
  const sorted = [...files].sort(([left], [right]) => (left < right ? -1 : 1));
  const list = sorted.map(([path, bytes]) => [path, bytes.length]);
  const head = JSON.stringify({ origin, version, digest, files: list });
  return Buffer.concat([Buffer.from(`${head}\n`), ...sorted.map(([, bytes]) => bytes)]);
}

/** `undefined` when the bytes are no packed bundle. */
export function unpackBundle(bytes: Uint8Array): Bundle | undefined {
  const end = bytes.indexOf(LINE_FEED);
  if (end < 0) return undefined;
  const head = parse(new TextDecoder().decode(bytes.subarray(0, end)));
  if (!isJsonObject(head)) return undefined;
  const { origin, version, digest, files: list } = head;
  if (typeof origin !== "string" || typeof digest !== "string" || !Array.isArray(list)) {
    return undefined;
  }
  const files = new Map<string, Uint8Array>();
  let at = end + 1;
  for (const entry of list) {
    const [path, size] = Array.isArray(entry) ? entry : [];
    if (typeof path !== "string" || typeof size !== "number") return undefined;
    files.set(path, bytes.slice(at, at + size));
    at += size;
  }
  if (at !== bytes.length) return undefined;
  return { origin, digest, files, ...(typeof version === "string" && { version }) };
}

const LINE_FEED = 10;

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
