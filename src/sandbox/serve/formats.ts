/**
 * The form of an answer that a client accepts: whole objects, metadata only, or a table. Source:
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables.
 */
import type { KubeObject } from "../../schema/object.ts";
import type { Json, JsonObject } from "../../std/json.ts";
import { notAcceptable } from "../api-error.ts";
import type { ServedKind } from "../kinds/kind.ts";
import type { Site } from "../site.ts";
import type { ApiRequest } from "./exchange.ts";
import type { ListResult } from "./list.ts";
import { listMeta, META_VERSION, partialMetadata } from "./metadata.ts";
import { tableOf } from "./table.ts";

export interface ObjectWriter {
  readonly contentType: string;
  readonly watchContentType: string;
  object(object: KubeObject): string;
  list(result: ListResult): string;
  /** The `object` of a watch event, as JSON text. */
  event(object: KubeObject): string;
  bookmark(object: KubeObject): Json;
}

/** Those of a real server, without its protobuf. */
const TYPES = ["application/json", "application/yaml"] as const;

interface Accepted {
  readonly type: string;
  readonly as: string;
}

/** @throws ApiError 406 when the client takes nothing that is offered */
export function writerFor(site: Site, kind: ServedKind, request: ApiRequest): ObjectWriter {
  const accepted = parseAccept(request.headers["accept"] ?? "").find(isOffered);
  if (accepted === undefined) throw notAcceptable(TYPES);
  switch (accepted.as) {
    case "Table":
      return tableWriter(site, kind, request);
    case "PartialObjectMetadata":
    case "PartialObjectMetadataList":
      return metadataWriter;
    default:
      return plainWriter(kind);
  }
}

/** Media ranges in the order of the header, which is the order that clients of Kubernetes mean. */
function parseAccept(header: string): Accepted[] {
  if (header.trim() === "") return [{ type: "application/json", as: "" }];
  return header.split(",").map((range) => {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim());
    const as = parameters.find((parameter) => parameter.startsWith("as="));
    return { type, as: as?.slice("as=".length) ?? "" };
  });
}

function isOffered({ type, as }: Accepted): boolean {
  const isJson = type === "application/json" || type === "*/*" || type === "application/*";
  return isJson && ["", "Table", "PartialObjectMetadata", "PartialObjectMetadataList"].includes(as);
}

/** An object is written many times and never changes: lists and watches share its text. */
const texts = new WeakMap<KubeObject, string>();

function textOf(object: KubeObject): string {
  const known = texts.get(object);
  if (known !== undefined) return known;
  const text = JSON.stringify(object);
  texts.set(object, text);
  return text;
}

const JSON_TYPE = "application/json";

function plainWriter({ apiVersion, resource, custom }: ServedKind): ObjectWriter {
  return {
    contentType: JSON_TYPE,
    watchContentType: JSON_TYPE,
    object: textOf,
    event: textOf,
    bookmark: (object) => object as unknown as Json,
    list(result) {
      // Items of custom kinds carry their type, and their lists an empty token.
      const meta = custom === undefined ? listMeta(result) : { continue: "", ...listMeta(result) };
      const head = JSON.stringify({ kind: resource.listKind, apiVersion, metadata: meta });
      const items = result.items.map(custom === undefined ? itemText : textOf);
      return `${head.slice(0, -1)},"items":[${items.join(",")}]}`;
    },
  };
}

const itemTexts = new WeakMap<KubeObject, string>();

/** An object without its type, which the list says once for all. */
function itemText(object: KubeObject): string {
  const known = itemTexts.get(object);
  if (known !== undefined) return known;
  const { apiVersion: _version, kind: _kind, ...rest } = object;
  const text = JSON.stringify(rest);
  itemTexts.set(object, text);
  return text;
}

const metadataWriter: ObjectWriter = {
  contentType: JSON_TYPE,
  watchContentType: JSON_TYPE,
  object: (object) => JSON.stringify(partialMetadata(object)),
  event: (object) => JSON.stringify(partialMetadata(object)),
  bookmark: partialMetadata,
  list: (result) =>
    JSON.stringify({
      kind: "PartialObjectMetadataList",
      apiVersion: META_VERSION,
      metadata: listMeta(result),
      items: result.items.map(partialMetadata),
    }),
};

function tableWriter(site: Site, kind: ServedKind, { query }: ApiRequest): ObjectWriter {
  const include = query.get("includeObject") ?? "Metadata";
  const now = () => site.clock.now();
  const one = (object: KubeObject, hasColumns: boolean): Json =>
    tableOf([object], { kind, include, now: now(), hasColumns, meta: versionOf(object) });
  let isFirst = true;
  return {
    contentType: JSON_TYPE,
    watchContentType: JSON_TYPE,
    object: (object) => JSON.stringify(one(object, true)),
    // Only the first event of a watch carries the column definitions.
    event(object) {
      const text = JSON.stringify(one(object, isFirst));
      isFirst = false;
      return text;
    },
    bookmark: (object) => one(object, false),
    list: (result) =>
      JSON.stringify(
        tableOf(result.items, {
          kind,
          include,
          now: now(),
          hasColumns: true,
          meta: listMeta(result),
        }),
      ),
  };
}

function versionOf({ metadata }: KubeObject): JsonObject {
  const { resourceVersion } = metadata;
  return resourceVersion === undefined ? {} : { resourceVersion };
}
