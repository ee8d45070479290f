/** Objects as a Table: the rows that `kubectl get` prints. */
import type { KubeObject } from "../../schema/object.ts";
import type { Json, JsonObject } from "../../std/json.ts";
import type { ServedKind } from "../kinds/kind.ts";
import type { Column } from "./column.ts";
import { columnsOf } from "./columns.ts";
import { partialMetadata } from "./metadata.ts";

export interface TableOptions {
  readonly kind: ServedKind;
  /** `includeObject` of the request. */
  readonly include: string;
  readonly now: number;
  readonly hasColumns: boolean;
  readonly meta: JsonObject;
}

export function tableOf(objects: readonly KubeObject[], options: TableOptions): JsonObject {
  const columns = columnsOf(options.kind);
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata: options.meta,
    columnDefinitions: options.hasColumns ? columns.map(definitionOf) : null,
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.cell(object, options.now)),
      object: included(object, options.include),
    })),
  };
}

function definitionOf({ name, type, format, description, priority }: Column): JsonObject {
  return { name, type, format, description, priority };
}

function included(object: KubeObject, include: string): Json {
  if (include === "Object") return object as unknown as Json;
  return include === "None" ? null : partialMetadata(object);
}
