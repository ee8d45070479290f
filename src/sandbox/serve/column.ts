/** One column of a Table, and the ones that many kinds share. */
import type { KubeObject } from "../../schema/object.ts";
import { isJsonObject, type Json, type JsonObject } from "../../std/json.ts";
import { objectIn } from "../kinds/strategies-workload.ts";
import { ageOf } from "./duration.ts";

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  /** 0 is always shown, 1 with `-o wide`. */
  readonly priority: number;
  readonly cell: (object: KubeObject, now: number) => Json;
}

export function column(
  name: string,
  cell: Column["cell"],
  options: Partial<Pick<Column, "type" | "format" | "priority">> = {},
): Column {
  const { type = "string", format = "", priority = 0 } = options;
  return { name, type, format, description: "", priority, cell };
}

export const INTEGER = { type: "integer" } as const;
export const WIDE = { priority: 1 } as const;

export const nameColumn: Column = column("Name", ({ metadata }) => metadata.name, {
  format: "name",
});
export const age: Column = column("Age", ({ metadata }, now) =>
  ageOf(metadata.creationTimestamp, now),
);
export const createdAt: Column = column(
  "Created At",
  ({ metadata }) => metadata.creationTimestamp ?? null,
  {
    type: "date",
  },
);

/** The items of a list that are objects. */
export function itemsOf(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

export const containers: readonly Column[] = [
  column("Containers", (object) => templateContainers(object, "name"), WIDE),
  column("Images", (object) => templateContainers(object, "image"), WIDE),
];

function templateContainers({ spec }: KubeObject, field: string): string {
  const job = objectIn(spec, "jobTemplate", "spec");
  const template = objectIn(Object.keys(job).length > 0 ? job : spec, "template", "spec");
  return itemsOf(template["containers"])
    .map((container) => String(container[field] ?? ""))
    .join(",");
}

export const selector: Column = column(
  "Selector",
  ({ spec }) => printSelector(objectIn(spec)["selector"]),
  WIDE,
);

/** `a=b,c in (d,e)`, as label selectors print. */
export function printSelector(value: Json | undefined): string {
  if (!isJsonObject(value)) return "<none>";
  const labels = isJsonObject(value["matchLabels"]) ? value["matchLabels"] : {};
  const equal = Object.keys(labels)
    .sort()
    .map((key) => `${key}=${labels[key]}`);
  const sets = itemsOf(value["matchExpressions"]).map(printExpression);
  const all = [...equal, ...sets];
  return all.length === 0 ? "<none>" : all.join(",");
}

function printExpression({ key, operator, values }: JsonObject): string {
  const list = Array.isArray(values) ? `(${[...values].map(String).sort().join(",")})` : "";
  switch (operator) {
    case "In":
      return `${key} in ${list}`;
    case "NotIn":
      return `${key} notin ${list}`;
    case "DoesNotExist":
      return `!${key}`;
    default:
      return String(key);
  }
}

/** `a=b,c=d` of a plain map of labels. */
export function printLabels(value: Json | undefined): string {
  if (!isJsonObject(value) || Object.keys(value).length === 0) return "<none>";
  return Object.keys(value)
    .sort()
    .map((key) => `${key}=${value[key]}`)
    .join(",");
}
