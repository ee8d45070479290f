/**
 * Whether values have the JSON types that a built-in kind declares. A real server finds this out
 * while it decodes; the sandbox walks the schema. Custom kinds are checked by their own schema,
 * except for `metadata`, which is built in everywhere.
 */
import type { SchemaNode } from "../../schema/node.ts";
import { isJsonObject, type Json, type JsonObject } from "../../std/json.ts";
import type { ServedKind } from "./kind.ts";

/** What is wrong with the first value of a wrong type, in the words of the server's decoder. */
export function findTypeError(object: JsonObject, kind: ServedKind): string | undefined {
  const struct = kind.resource.kind;
  if (kind.custom === undefined) return find(object, { node: kind.schema, struct, path: "" });
  if (kind.schema.type !== "object") return undefined;
  const node = kind.schema.fields["metadata"];
  const metadata = object["metadata"];
  if (node === undefined || metadata === undefined) return undefined;
  return find(metadata, { node, struct: "ObjectMeta", path: "metadata" });
}

interface Place {
  readonly node: SchemaNode;
  readonly struct: string;
  readonly path: string;
}

function find(value: Json, place: Place): string | undefined {
  if (value === null) return undefined;
  const { node } = place;
  switch (node.type) {
    case "object":
    case "map":
      return isJsonObject(value) ? findInObject(value, place) : mismatch(value, place);
    case "list": {
      if (!Array.isArray(value)) return mismatch(value, place);
      return first(value, (item) => find(item, { ...place, node: node.items }));
    }
    default:
      return isScalarRight(value, node.type) ? undefined : mismatch(value, place);
  }
}

function findInObject(object: JsonObject, { node, struct, path }: Place): string | undefined {
  return first(Object.keys(object), (key) => {
    const child =
      node.type === "map"
        ? node.values
        : node.type === "object" && Object.hasOwn(node.fields, key)
          ? node.fields[key]
          : undefined;
    const value = object[key];
    if (child === undefined || value === undefined) return undefined;
    const below = node.type === "map" ? path : path === "" ? key : `${path}.${key}`;
    return find(value, { node: child, struct, path: below });
  });
}

function isScalarRight(value: Json, type: SchemaNode["type"]): boolean {
  switch (type) {
    case "string":
    case "bytes":
    case "timestamp":
      return typeof value === "string";
    case "boolean":
      return typeof value === "boolean";
    case "integer":
      return typeof value === "number" && Number.isInteger(value);
    case "number":
      return typeof value === "number";
    case "quantity":
    case "int-or-string":
      return typeof value === "string" || typeof value === "number";
    default:
      return true;
  }
}

const GO_TYPES: Readonly<Record<string, string>> = {
  string: "string",
  bytes: "[]uint8",
  timestamp: "string",
  boolean: "bool",
  integer: "int32",
  number: "float64",
  object: "struct",
  map: "map[string]string",
  list: "slice",
};

function mismatch(value: Json, { node, struct, path }: Place): string {
  const type = GO_TYPES[node.type] ?? node.type;
  return `json: cannot unmarshal ${jsonType(value)} into Go struct field ${structAt(struct, path)}.${path} of type ${type}`;
}

/** The Go type that holds the field, as far as it follows from the kind's name. */
function structAt(struct: string, path: string): string {
  const [section = "", ...rest] = path.split(".");
  if (rest.length === 0 || struct === "ObjectMeta") return struct;
  if (section === "metadata") return "ObjectMeta";
  return `${struct}${section.charAt(0).toUpperCase()}${section.slice(1)}`;
}

function jsonType(value: Json): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "boolean") return "bool";
  return typeof value;
}

function first<T>(items: readonly T[], test: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = test(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
