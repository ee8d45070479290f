/**
 * Are two values of one type the same to the API server? Spellings that it rewrites (quantities,
 * timestamps), fields that it drops when zero and fields that it fills in are no difference.
 *
 * The hot path of every resync: nothing here allocates while values are equal as text.
 */
import { isDeepEqual, isJsonObject, type Json, type JsonObject } from "../std/json.ts";
import { derivedValue, fillDefaults, isZero } from "./defaults.ts";
import type { ListNode, ObjectNode, ScalarNode, SchemaNode } from "./node.ts";
import { compareQuantities, parseQuantity } from "./quantity.ts";

const ANY: ScalarNode = { type: "any" };

/**
 * Whether every field that `desired` names has its value in `live`. Maps and objects by member,
 * keyed lists by key, sets by content; atomic values as a whole.
 */
export function isCovered(
  desired: Json | undefined,
  live: Json | undefined,
  node: SchemaNode,
): boolean {
  if (desired === live || desired === undefined) return true;
  if (live === undefined || live === null) return isNothing(desired, node);
  if (desired === null) return node.nullable !== true && node.type !== "any";
  switch (node.type) {
    case "object":
      return isObjectCovered(desired, live, node);
    case "map":
      return node.atomic
        ? isSame(desired, live, node)
        : areMembersCovered(desired, live, node.values);
    case "list":
      return isListCovered(desired, live, node);
    default:
      return isScalarSame(desired, live, node);
  }
}

/** Whether `live` is `desired` and nothing else, but for what the server fills in by itself. */
export function isSame(
  desired: Json | undefined,
  live: Json | undefined,
  node: SchemaNode,
): boolean {
  if (desired === live) return true;
  if (desired === undefined || desired === null) {
    return live === undefined || live === null || isZero(live);
  }
  if (live === undefined || live === null) return isNothing(desired, node);
  if (node.type === "list") return areItemsSame(desired, live, node.items);
  if (node.type !== "object" && node.type !== "map") return isScalarSame(desired, live, node);
  return areMembersSame(desired, live, node);
}

/** The item of `items` with the same key values as `item`; `index` is where to look first. */
export function findKeyed(
  items: readonly Json[],
  item: JsonObject,
  options: { readonly node: ListNode; readonly index: number },
): JsonObject | undefined {
  const first = items[options.index];
  if (isJsonObject(first) && hasSameKeys(first, item, options.node)) return first;
  for (const candidate of items) {
    if (isJsonObject(candidate) && hasSameKeys(candidate, item, options.node)) return candidate;
  }
  return undefined;
}

/** The type of one member. Fields that the schema does not know take anything. */
export function memberNode(node: SchemaNode, key: string): SchemaNode {
  if (node.type === "map") return node.values;
  return node.type === "object" ? (node.fields[key] ?? ANY) : ANY;
}

/** An own member; `live["constructor"]` must not find the prototype's. */
export function own(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function areMembersSame(desired: Json, live: Json, node: SchemaNode): boolean {
  if (!isJsonObject(desired) || !isJsonObject(live)) return isDeepEqual(desired, live);
  for (const key in desired) {
    const isEqual = isSame(desired[key], own(live, key), memberNode(node, key));
    if (!isEqual && !isCompleted(key, { desired, live, node })) return false;
  }
  for (const key in live) {
    if (!Object.hasOwn(desired, key) && !isFilledIn(key, { desired, live, node })) return false;
  }
  return true;
}

function isObjectCovered(desired: Json, live: Json, node: ObjectNode): boolean {
  if (node.atomic) return isSame(desired, live, node);
  if (!isJsonObject(desired) || !isJsonObject(live)) return isDeepEqual(desired, live);
  for (const key in desired) {
    const wanted = desired[key];
    const present = live[key];
    if (wanted === present) continue;
    const child = node.fields[key];
    const isEqual = child ? isCovered(wanted, present, child) : isDeepEqual(wanted, own(live, key));
    if (!isEqual) return false;
  }
  return true;
}

function areMembersCovered(desired: Json, live: Json, values: SchemaNode): boolean {
  if (!isJsonObject(desired) || !isJsonObject(live)) return isDeepEqual(desired, live);
  for (const key in desired) {
    if (desired[key] === live[key]) continue;
    if (!Object.hasOwn(live, key)) {
      if (desired[key] !== undefined && desired[key] !== null) return false;
    } else if (!isCovered(desired[key], live[key], values)) return false;
  }
  return true;
}

function isListCovered(desired: Json, live: Json, node: ListNode): boolean {
  if (node.listType === "atomic") return areItemsSame(desired, live, node.items);
  if (!Array.isArray(desired) || !Array.isArray(live)) return isDeepEqual(desired, live);
  for (let index = 0; index < desired.length; index++) {
    const item: Json = desired[index];
    if (node.listType === "set" || !isJsonObject(item)) {
      if (!live.some((other) => isDeepEqual(other, item))) return false;
      continue;
    }
    const match = findKeyed(live, item, { node, index });
    if (!match || !isCovered(item, match, node.items)) return false;
  }
  return true;
}

function areItemsSame(desired: Json, live: Json, items: SchemaNode): boolean {
  if (!Array.isArray(desired) || !Array.isArray(live)) return isDeepEqual(desired, live);
  if (desired.length !== live.length) return false;
  for (let index = 0; index < desired.length; index++) {
    if (!isSame(desired[index], live[index], items)) return false;
  }
  return true;
}

/** Compared with a field that is not there: `null` always, zero where the server drops it. */
function isNothing(desired: Json, node: SchemaNode): boolean {
  return desired === null || (node.omitsZero === true && isZero(desired));
}

function isScalarSame(desired: Json, live: Json, node: ScalarNode | SchemaNode): boolean {
  if (desired === live) return true;
  // A zero that is not told from absent has become the default.
  if (node.omitsZero && node.default === live && isZero(desired)) return true;
  switch (node.type) {
    case "quantity":
      return isSameQuantity(desired, live);
    case "timestamp":
      return isSameSecond(desired, live);
    case "any":
      return isDeepEqual(desired, live);
    default:
      return typeof desired === "object" && isDeepEqual(desired, live);
  }
}

function isSameQuantity(desired: Json, live: Json): boolean {
  const left = isText(desired) ? parseQuantity(desired) : undefined;
  const right = isText(live) ? parseQuantity(live) : undefined;
  return left !== undefined && right !== undefined && compareQuantities(left, right) === 0;
}

function isText(value: Json): value is string | number {
  return typeof value === "string" || typeof value === "number";
}

/** Built-in kinds keep whole seconds; lease times, which keep more, are never compared here. */
function isSameSecond(desired: Json, live: Json): boolean {
  if (typeof desired !== "string" || typeof live !== "string") return false;
  return Math.floor(Date.parse(desired) / 1000) === Math.floor(Date.parse(live) / 1000);
}

/** A member that differs: has the server only completed it, as a rule of its parent says? */
function isCompleted(key: string, pair: MemberPair): boolean {
  const { desired, live, node } = pair;
  if (node.type !== "object" || !node.derived?.some((rule) => rule.field === key)) return false;
  const filled = fillDefaults(desired, node) as JsonObject;
  return isSame(filled[key], own(live, key), memberNode(node, key));
}

interface MemberPair {
  readonly desired: JsonObject;
  readonly live: JsonObject;
  readonly node: SchemaNode;
}

/** A member of `live` that `desired` does not name: is it only what the server adds? */
function isFilledIn(key: string, pair: MemberPair): boolean {
  const { desired, live, node } = pair;
  const value = live[key];
  if (node.type !== "object") return value === undefined;
  if (value === undefined || value === null || isZero(value)) return true;
  const child = node.fields[key];
  if (!child) return false;
  if (child.default !== undefined && isSame(fillDefaults(child.default, child), value, child)) {
    return true;
  }
  if (!node.derived) return false;
  // A rule may look at plain defaults (`type` decides `rollingUpdate`), so they are filled first.
  const filled = fillDefaults(desired, node) as JsonObject;
  return (
    isSame(own(filled, key), value, child) ||
    node.derived.some(
      (rule) => rule.field === key && isSame(derivedValue(rule, desired), value, child),
    )
  );
}

function hasSameKeys(left: JsonObject, right: JsonObject, node: ListNode): boolean {
  const keys = node.keys;
  if (!keys) return false;
  for (const key of keys) {
    if (left[key] === right[key]) continue;
    const fallback = memberNode(node.items, key).default;
    if ((left[key] ?? fallback) !== (right[key] ?? fallback)) return false;
  }
  return true;
}
