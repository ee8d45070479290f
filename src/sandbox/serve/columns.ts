/**
 * Which columns a kind's Table has. Built-in kinds have the columns that `kubectl get` is known
 * for, custom ones those of their CRD; kinds without any show name and creation time.
 */
import type { CrdVersion } from "../../schema/crd.ts";
import type { Json, JsonObject } from "../../std/json.ts";
import type { ServedKind } from "../kinds/kind.ts";
import { age, type Column, column, nameColumn } from "./column.ts";
import { CONFIG_COLUMNS } from "./columns-config.ts";
import { WORKLOAD_COLUMNS } from "./columns-workload.ts";
import { ageOf } from "./duration.ts";
import { findAll, parseJsonPath } from "./json-path.ts";

const BUILTIN: Readonly<Record<string, readonly Column[]>> = {
  ...WORKLOAD_COLUMNS,
  ...CONFIG_COLUMNS,
};

const UNKNOWN: readonly Column[] = [
  nameColumn,
  column("Created At", ({ metadata }) => metadata.creationTimestamp ?? null, { type: "date" }),
];

export function columnsOf({ apiVersion, resource, custom }: ServedKind): readonly Column[] {
  if (custom === undefined) return BUILTIN[`${apiVersion} ${resource.kind}`] ?? UNKNOWN;
  const { printerColumns } = custom.version;
  if (printerColumns.length === 0) return [nameColumn, { ...age, type: "date" }];
  return [nameColumn, ...printerColumns.map(customColumn)];
}

function customColumn(printer: CrdVersion["printerColumns"][number]): Column {
  const { name, type, jsonPath, format = "", description, priority } = printer;
  const path = parseJsonPath(jsonPath);
  return {
    name,
    type,
    format,
    description:
      description || `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    priority,
    cell: (object, now) => {
      const found = path === undefined ? [] : findAll(path, object as unknown as JsonObject);
      return customCell(type, found, now);
    },
  };
}

function customCell(type: string, found: readonly Json[], now: number): Json {
  const [first] = found;
  if (first === undefined || first === null) return null;
  switch (type) {
    case "integer":
      return typeof first === "number" ? Math.trunc(first) : null;
    case "number":
      return typeof first === "number" ? first : null;
    case "boolean":
      return typeof first === "boolean" ? first : null;
    case "date":
      return typeof first === "string" ? ageOf(first, now) : null;
    default:
      return found.map((one) => (typeof one === "string" ? one : JSON.stringify(one))).join(" ");
  }
}
