/**
 * Strategic merge patch of built-in kinds: like a merge patch, but keyed lists are merged by key and
 * sets as sets, with `$patch`, `$setElementOrder/…`, `$deleteFromPrimitiveList/…` and
 * `$retainKeys`. Source:
 * https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/.
 */
import type { ListNode, SchemaNode } from "../../schema/node.ts";
import { isDeepEqual, isJsonObject, type Json, type JsonObject } from "../../std/json.ts";
import { PatchError } from "./json-patch.ts";

const ORDER = "$setElementOrder/";
const DELETE_FROM = "$deleteFromPrimitiveList/";

/** @throws PatchError when a directive is unknown or a list item lacks its merge key. */
export function applyStrategicPatch(node: SchemaNode, target: Json, patch: Json): Json {
  return mergeValue(node, target, patch);
}

function mergeValue(node: SchemaNode, target: Json | undefined, patch: Json): Json {
  if (Array.isArray(patch)) return mergeList(node, { target, patch, order: undefined });
  return isJsonObject(patch) ? mergeObject(node, target, patch) : patch;
}

function mergeObject(node: SchemaNode, target: Json | undefined, patch: JsonObject): Json {
  const { $patch: directive, $retainKeys: retained, ...fields } = patch;
  if (directive === "replace") return fields as JsonObject;
  if (directive === "delete") return {};
  if (directive !== undefined && directive !== "merge") {
    throw new PatchError(`directive ${JSON.stringify(directive)} is not known`);
  }
  const before = isJsonObject(target) ? Object.entries(target) : [];
  const keep = Array.isArray(retained) ? new Set(retained) : undefined;
  const result = new Map(before.filter(([key]) => keep === undefined || keep.has(key)));
  mergeFields(result, { node, fields, patch });
  arrangeFields(result, { node, fields, patch });
  return Object.fromEntries(result) as JsonObject;
}

type Members = Map<string, Json | undefined>;

interface FieldsPatch {
  readonly node: SchemaNode;
  readonly fields: JsonObject;
  readonly patch: JsonObject;
}

function mergeFields(result: Members, { node, fields, patch }: FieldsPatch): void {
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined || key.startsWith(ORDER) || key.startsWith(DELETE_FROM)) continue;
    if (value === null) result.delete(key);
    else result.set(key, mergeField({ node, key, patch }, result.get(key), value));
  }
}

/** Directives that stand beside the lists that they are about. */
function arrangeFields(result: Members, { node, fields, patch }: FieldsPatch): void {
  for (const [key, value] of Object.entries(fields)) {
    if (key.startsWith(DELETE_FROM)) deleteItems(result, key.slice(DELETE_FROM.length), value);
    else if (key.startsWith(ORDER)) reorder(result, { node, key: key.slice(ORDER.length), patch });
  }
}

interface Field {
  readonly node: SchemaNode;
  readonly key: string;
  readonly patch: JsonObject;
}

function mergeField({ node, key, patch }: Field, target: Json | undefined, value: Json): Json {
  const child = childNode(node, key);
  if (!Array.isArray(value)) return mergeValue(child, target, value);
  return mergeList(child, { target, patch: value, order: patch[ORDER + key] });
}

function childNode(node: SchemaNode, key: string): SchemaNode {
  if (node.type === "map") return node.values;
  if (node.type === "object" && Object.hasOwn(node.fields, key)) {
    return node.fields[key] ?? { type: "any" };
  }
  return { type: "any" };
}

interface ListMerge {
  readonly target: Json | undefined;
  readonly patch: readonly Json[];
  readonly order: Json | undefined;
}

function mergeList(node: SchemaNode, { target, patch, order }: ListMerge): Json {
  const before = Array.isArray(target) ? target : [];
  const isReplaced = patch.some((item) => isJsonObject(item) && item["$patch"] === "replace");
  if (isReplaced)
    return patch.filter((item) => !isJsonObject(item) || item["$patch"] === undefined);
  if (node.type !== "list" || node.listType === "atomic") return patch;
  const guide = Array.isArray(order) ? order : patch;
  if (node.listType === "set") {
    const added = patch.filter((item) => !before.some((old) => isDeepEqual(old, item)));
    return arrange([...before, ...added], before, { guide, idOf: (item) => item });
  }
  const key = mergeKey(node);
  const idOf = (item: Json) => (isJsonObject(item) ? item[key] : item);
  return arrange(mergeKeyed({ node, key }, before, patch), before, { guide, idOf });
}

/** The older single merge key: the first of the list keys (`containerPort`, not its protocol). */
function mergeKey({ keys = [] }: ListNode): string {
  return keys.find((key) => key !== "protocol") ?? "name";
}

function mergeKeyed(
  { node, key }: { readonly node: ListNode; readonly key: string },
  before: readonly Json[],
  patch: readonly Json[],
): Json[] {
  let result = [...before];
  for (const item of patch) {
    if (!isJsonObject(item)) throw new PatchError("an item of a keyed list is not an object");
    const id = item[key];
    if (id === undefined) {
      throw new PatchError(
        `map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`,
      );
    }
    const at = result.findIndex((old) => isJsonObject(old) && isDeepEqual(old[key], id));
    if (item["$patch"] === "delete") {
      result = result.filter((old) => !(isJsonObject(old) && isDeepEqual(old[key], id)));
    } else if (at < 0) result.push(mergeValue(node.items, {}, item));
    else result[at] = mergeValue(node.items, result[at], item);
  }
  return result;
}

interface Guide {
  readonly guide: readonly Json[];
  readonly idOf: (item: Json) => Json | undefined;
}

/**
 * Items that the guide names follow its order. The others come between them: before the first named
 * item that stood behind them in the list as it was.
 */
function arrange(items: readonly Json[], before: readonly Json[], { guide, idOf }: Guide): Json[] {
  const indexIn = (list: readonly Json[], item: Json) =>
    list.findIndex((one) => isDeepEqual(idOf(one), idOf(item)));
  const named = items
    .filter((item) => indexIn(guide, item) >= 0)
    .sort((left, right) => indexIn(guide, left) - indexIn(guide, right));
  const others = items.filter((item) => indexIn(guide, item) < 0);
  const result: Json[] = [];
  for (const item of named) {
    const place = indexIn(before, item);
    while (others[0] !== undefined && place >= 0 && indexIn(before, others[0]) < place) {
      result.push(...others.splice(0, 1));
    }
    result.push(item);
  }
  return [...result, ...others];
}

function deleteItems(result: Map<string, Json | undefined>, key: string, values: Json | undefined) {
  const list = result.get(key);
  if (!Array.isArray(list) || !Array.isArray(values)) return;
  result.set(
    key,
    list.filter((item) => !values.some((value) => isDeepEqual(value, item))),
  );
}

/** An order may come alone, when a patch only moves items. */
function reorder(result: Map<string, Json | undefined>, { node, key, patch }: Field): void {
  const list = result.get(key);
  const order = patch[ORDER + key];
  const child = childNode(node, key);
  if (!Array.isArray(list) || !Array.isArray(order) || patch[key] !== undefined) return;
  const name = child.type === "list" && child.listType === "map" ? mergeKey(child) : undefined;
  const idOf = (item: Json) => (name !== undefined && isJsonObject(item) ? item[name] : item);
  result.set(key, arrange(list, list, { guide: order, idOf }));
}
