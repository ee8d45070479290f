/**
 * Masks what differs from one run to the next (ids, times, versions, generated names, addresses), so
 * that transcripts of two servers can be compared as they are.
 */
import { isJsonObject, type Json, type JsonObject } from "../../src/std/json.ts";

/** Texts that stand for themselves in one run: the case's namespace, names that were generated. */
export type Masks = ReadonlyMap<string, string>;

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "<uid>"],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "<time>"],
  [/\b10\.\d+\.\d+\.\d+\b/g, "<address>"],
  [/(too old resource version: )\d+ \(\d+\)/g, "$1<version> (<version>)"],
  [/(record \()\d+\)/g, "$1<version>)"],
  [/(current: )\d+/g, "$1<version>"],
  [/(Resource Version:\s+)\d+/g, "$1<version>"],
  [/("resourceVersion\\*": ?\\*")\d+/g, "$1<version>"],
  [/(continue=)[\w%-]{20,}/g, "$1<token>"],
  [/(resourceVersion=)\d+(&|$)/g, "$1<version>$2"],
  // The sandbox does not speak it, and does not say so (docs/sandbox.md).
  [/, application\/vnd\.kubernetes\.protobuf\b/g, ""],
];
const MASKED_FIELDS: Readonly<Record<string, string>> = {
  resourceVersion: "<version>",
  continue: "<token>",
};

export function normalize(value: Json, masks: Masks): Json {
  if (typeof value === "string") return maskText(value, masks);
  if (Array.isArray(value)) return sorted(value.map((item) => normalize(item, masks)));
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(withSortedMessage(value))
    .filter(([, child]) => child !== undefined)
    .map(([key, child]) => {
      const mask = MASKED_FIELDS[key];
      const isMasked = mask !== undefined && typeof child === "string" && child !== "";
      return [maskText(key, masks), isMasked ? mask : normalize(child as Json, masks)] as const;
    });
  return Object.fromEntries(entries.sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** The message of a Status with several causes lists them in the order of the causes. */
function withSortedMessage(value: JsonObject): JsonObject {
  const { message, details } = value;
  const causes = isJsonObject(details) && Array.isArray(details["causes"]) ? details["causes"] : [];
  if (typeof message !== "string" || causes.length < 2 || !message.includes(" is invalid: ["))
    return value;
  const texts = causes.filter(isJsonObject).map(({ field, message: text }) => `${field}: ${text}`);
  const head = message.slice(0, message.indexOf("["));
  const isComplete = texts.every((text) => message.includes(text));
  return isComplete
    ? { ...value, message: `${head}[${[...new Set(texts)].sort().join(", ")}]` }
    : value;
}

/** Causes of errors come from Go maps: their order says nothing. */
function sorted(items: readonly Json[]): readonly Json[] {
  const isCauses = items.every(
    (item) => isJsonObject(item) && "reason" in item && "message" in item && "field" in item,
  );
  if (!isCauses) return items;
  return [...items].sort((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1));
}

function maskText(text: string, masks: Masks): string {
  let masked = text;
  for (const [found, mask] of masks) masked = masked.replaceAll(found, mask);
  for (const [pattern, mask] of PATTERNS) masked = masked.replaceAll(pattern, mask);
  return masked;
}
