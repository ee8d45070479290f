/**
 * What would have to change in `live` so that it has every field that `desired` names: the drift
 * of a child, and the text of a plan. Fields that `desired` does not name belong to others.
 */
import { isJsonObject, type Json, type JsonObject } from "../std/json.ts";
import { findKeyed, isCovered, memberNode, own } from "./equality.ts";
import { fieldPath, itemPath } from "./field-path.ts";
import type { ListNode, SchemaNode } from "./node.ts";

/** `path` as in `spec.template.spec.containers[name=web].image`. */
export interface FieldDifference {
  readonly path: string;
  readonly before?: Json;
  readonly after?: Json;
}

const NONE: readonly FieldDifference[] = Object.freeze([]);

/**
 * The fields of `desired` that differ in `live`, deepest first found, in the order of `desired`.
 * Allocates nothing when there is no difference. `node` is the schema of the whole kind; without
 * one (a kind that is not known) lists are compared as a whole.
 */
export function fieldDifferences(
  desired: JsonObject,
  live: JsonObject,
  node: SchemaNode = UNTYPED,
): readonly FieldDifference[] {
  if (isCovered(desired, live, node)) return NONE;
  const found: FieldDifference[] = [];
  collect({ desired, live, node, path: "" }, found);
  return found;
}

/** Objects merge member by member, all else is compared whole: what is known without a schema. */
const UNTYPED: SchemaNode = untyped();

function untyped(): SchemaNode {
  const node: { type: "map"; values: SchemaNode } = { type: "map", values: { type: "any" } };
  node.values = node;
  return node;
}

interface Pair {
  readonly desired: Json | undefined;
  readonly live: Json | undefined;
  readonly node: SchemaNode;
  readonly path: string;
}

function collect(pair: Pair, found: FieldDifference[]): void {
  const { desired, live, node, path } = pair;
  if (isCovered(desired, live, node)) return;
  if (isKeyedList(node) && Array.isArray(desired) && Array.isArray(live)) {
    collectItems({ desired, live, node, path }, found);
  } else if (isGranular(node) && isJsonObject(desired) && isJsonObject(live)) {
    collectMembers({ desired, live, node, path }, found);
  } else {
    const before = live !== undefined && { before: live };
    found.push({ path, ...before, ...(desired !== undefined && { after: desired }) });
  }
}

function isKeyedList(node: SchemaNode): node is ListNode {
  return node.type === "list" && node.listType === "map";
}

function isGranular(node: SchemaNode): boolean {
  return (node.type === "object" || node.type === "map") && node.atomic !== true;
}

function collectMembers(
  pair: Pair & { readonly desired: JsonObject; readonly live: JsonObject },
  found: FieldDifference[],
): void {
  for (const key of Object.keys(pair.desired)) {
    collect(
      {
        desired: pair.desired[key],
        live: own(pair.live, key),
        node: memberNode(pair.node, key),
        path: fieldPath(pair.path, key),
      },
      found,
    );
  }
}

function collectItems(
  pair: {
    readonly desired: readonly Json[];
    readonly live: readonly Json[];
    readonly node: ListNode;
    readonly path: string;
  },
  found: FieldDifference[],
): void {
  const { node } = pair;
  for (const [index, desired] of pair.desired.entries()) {
    if (!isJsonObject(desired)) continue;
    const live = findKeyed(pair.live, desired, { node, index });
    const path = itemPath(pair.path, node.keys ?? [], desired);
    collect({ desired, live, node: node.items, path }, found);
  }
}
