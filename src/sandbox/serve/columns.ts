/** Which columns a kind's Table has. */
import type { KubeObject } from "../../schema/object.ts";
import type { Json } from "../../std/json.ts";
import type { ServedKind } from "../kinds/kind.ts";

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
  readonly cell: (object: KubeObject, now: number) => Json;
}

export function columnsOf(_kind: ServedKind): readonly Column[] {
  return [{ name: "Name", type: "string", format: "name", description: "", priority: 0, cell: (o) => o.metadata.name }];
}
