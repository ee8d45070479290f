/**
 * The type of a value in a Kubernetes object, in the little that apply, the template typing, the
 * sandbox and the schema verdicts need. Built-in kinds come from generated tables, custom ones
 * from their CRD's OpenAPI schema.
 */
import type { Json, JsonObject } from "../std/json.ts";

interface NodeBase {
  /** Value that the server fills in when the field is absent. */
  readonly default?: Json;
  readonly nullable?: boolean;
  /**
   * The server leaves the field out when it holds `""`, `0`, `false`, `[]` or `{}` (a Go field with
   * `omitempty` that is no pointer). Never set for custom resources, which are stored as sent.
   */
  readonly omitsZero?: boolean;
}

/**
 * A default that depends on the other fields of the same object. Built-in kinds only; filled after
 * the plain defaults, in order, each only while `field` is absent.
 */
export type DerivedDefault =
  | {
      readonly kind: "value";
      readonly field: string;
      readonly value: Json;
      /** Absent: always. */
      readonly when?: FieldTest;
    }
  /** `field` is the value of the field `from`. */
  | { readonly kind: "copy"; readonly field: string; readonly from: string }
  /** Absent members of the object in `field` are added; an absent object counts as empty. */
  | { readonly kind: "fill"; readonly field: string; readonly members: JsonObject }
  /** `field` is `value` when the object has no field but those in `besides`. */
  | {
      readonly kind: "alone";
      readonly field: string;
      readonly value: Json;
      readonly besides: readonly string[];
    }
  /** `Always` for an image in `from` with the tag `latest` or none, else `IfNotPresent`. */
  | { readonly kind: "pull-policy"; readonly field: string; readonly from: string };

export type FieldTest =
  | { readonly kind: "equals"; readonly field: string; readonly values: readonly Json[] }
  /** Holds something that is not empty. */
  | { readonly kind: "present"; readonly field: string }
  | { readonly kind: "absent"; readonly field: string };

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
  readonly derived?: readonly DerivedDefault[];
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
