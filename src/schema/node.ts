/**
 * The type of a value in a Kubernetes object, in the little that apply, the template typing, the
 * sandbox and the schema verdicts need. Built-in kinds come from generated tables, custom ones
 * from their CRD's OpenAPI schema.
 */
import type { Json } from "../std/json.ts";

interface NodeBase {
  /** Value that the server fills in when the field is absent. */
  readonly default?: Json;
  readonly nullable?: boolean;
}

/** A structure with known fields. */
export interface ObjectNode extends NodeBase {
  readonly type: "object";
  readonly fields: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  /** Unknown fields are kept instead of pruned (`x-kubernetes-preserve-unknown-fields`). */
  readonly open?: boolean;
  /** `x-kubernetes-map-type: atomic`: replaced as a whole by server-side apply. */
  readonly atomic?: boolean;
  /** `x-kubernetes-embedded-resource`: holds apiVersion, kind and metadata of its own. */
  readonly embedded?: boolean;
}

/** A map from any key to values of one type (labels, data, limits). */
export interface MapNode extends NodeBase {
  readonly type: "map";
  readonly values: SchemaNode;
  readonly atomic?: boolean;
}

/** A list with its server-side apply merge strategy (`x-kubernetes-list-type`). */
export interface ListNode extends NodeBase {
  readonly type: "list";
  readonly items: SchemaNode;
  readonly listType: "atomic" | "set" | "map";
  /** Key fields of the items when `listType` is `map`. */
  readonly keys?: readonly string[];
}

/** Everything without children. `any` takes whatever is given, as it is. */
export interface ScalarNode extends NodeBase {
  readonly type:
    | "string"
    | "bytes"
    | "integer"
    | "number"
    | "boolean"
    | "quantity"
    | "int-or-string"
    | "timestamp"
    | "any";
}

export type SchemaNode = ObjectNode | MapNode | ListNode | ScalarNode;
