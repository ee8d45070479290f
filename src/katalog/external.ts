/**
 * The schema of `external[]`: calls to outside services. What the fields mean: `katalog-tables.md` section 4.
 */
import * as v from "valibot";
import type { Json, JsonObject } from "../std/json.ts";
import { auth } from "./code.ts";
import { conditional } from "./conditional.ts";
import {
  bool,
  duration,
  isTreeMap,
  json,
  listOrOne,
  reading,
  strict,
  text,
  treeJson,
} from "./fields.ts";
import { retryBackoff } from "./retry-backoff.ts";

/** Values may be templates, and of any type that prints as text. */
const values = reading<JsonObject>("a mapping of text to text", (tree) => {
  const map = isTreeMap(tree) ? (treeJson(tree) as JsonObject) : undefined;
  const isPlain = map && Object.values(map).every((value) => typeof value !== "object");
  return isPlain ? map : undefined;
});

const query = reading<Json>("a mapping of text to text, or a list of texts", (tree) => {
  if (!isTreeMap(tree)) return undefined;
  const map = treeJson(tree) as JsonObject;
  const isPlain = (value: Json | undefined): boolean =>
    Array.isArray(value)
      ? value.every((one) => typeof one !== "object")
      : typeof value !== "object";
  return Object.values(map).every(isPlain) ? map : undefined;
});

export const external = strict({
  name: text("a name, by which .external has its result"),
  protocol: v.exactOptional(text()),
  url: text("a URL, or a template of one"),
  query: v.exactOptional(query),
  method: v.exactOptional(text("a method such as POST")),
  headers: v.exactOptional(values),
  body: v.exactOptional(reading("text, or a mapping or a list that is sent as JSON", treeJson)),
  token: v.exactOptional(text("a token, a template of one, or $NAME")),
  auth: v.exactOptional(auth),
  timeout: v.exactOptional(duration),
  expectedStatus: v.exactOptional(listOrOne(text("a status such as 204 or 2xx"))),
  continueOnError: v.exactOptional(bool),
  retryBackoff: v.exactOptional(retryBackoff),
  /** Known, and told that nothing comes of them. */
  cacheFor: v.exactOptional(json),
  sleep: v.exactOptional(json),
  ...conditional,
});

export type ExternalDocument = v.InferOutput<typeof external>;
