/**
 * Who set which field, from the `managedFields` of an object
 * (https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management). Pure.
 */

import type { KubeObject } from "../schema/object.ts";
import { isDeepEqual, isJsonObject, type Json, type JsonObject } from "../std/json.ts";
import { FIELD_MANAGER } from "./kube-client.ts";

/** What somebody else set. */
export interface ManagerEntry {
  readonly manager: string;
  /** `status` and others; absent: the object itself. */
  readonly subresource?: string;
  /** Nested keys such as `f:spec`, `k:{"name":"web"}`; absent where nobody needs it. */
  readonly fields?: JsonObject;
}

/** An object after a write, and before it. */
export interface Written {
  readonly object: KubeObject;
  readonly previous: KubeObject;
}

/**
 * Who, other than we, wrote last. Times have whole seconds, in which several may write: so whoever holds a
 * field that is another one now comes first, and the object itself before its subresources.
 */
export function lastManager(
  managedFields: readonly JsonObject[],
  written?: Written,
): ManagerEntry | undefined {
  const others = managedFields.filter(
    ({ manager }) => typeof manager === "string" && manager !== FIELD_MANAGER,
  );
  const holders = written ? others.filter((entry) => holdsChange(entry, written)) : [];
  const ofObject = holders.filter(({ subresource }) => !subresource);
  const last = latest([ofObject, holders, others].find(({ length }) => length > 0) ?? []);
  if (last === undefined) return undefined;
  const { manager, subresource, fieldsV1 } = last;
  return {
    manager: String(manager),
    ...(typeof subresource === "string" && subresource !== "" && { subresource }),
    ...(isJsonObject(fieldsV1) && { fields: fieldsV1 }),
  };
}

/** Of one second, the last that is of the object itself. */
function latest(entries: readonly JsonObject[]): JsonObject | undefined {
  const rank = ({ time, subresource }: JsonObject) => `${time} ${subresource ? 0 : 1}`;
  let last: JsonObject | undefined;
  for (const entry of entries) if (!last || rank(entry) >= rank(last)) last = entry;
  return last;
}

function holdsChange({ fieldsV1 }: JsonObject, { object, previous }: Written): boolean {
  if (!isJsonObject(fieldsV1)) return false;
  return holdsDifference(fieldsV1, previous as unknown as Json, object as unknown as Json);
}

function holdsDifference(
  node: JsonObject,
  before: Json | undefined,
  after: Json | undefined,
): boolean {
  if (isDeepEqual(before, after)) return false;
  if (isWhole(node)) return true;
  return Object.entries(node).some(
    ([key, inner]) =>
      isJsonObject(inner) &&
      key !== "." &&
      holdsDifference(inner, valueAt(before, key), valueAt(after, key)),
  );
}

/** What a key of `fieldsV1` stands for: a member (`f:`), an item by its keys (`k:`), value (`v:`) or index (`i:`). */
function valueAt(value: Json | undefined, key: string): Json | undefined {
  const [kind, text] = [key.slice(0, 2), key.slice(2)];
  if (kind === "f:") return isJsonObject(value) ? value[text] : undefined;
  if (!Array.isArray(value)) return undefined;
  const items = value as readonly Json[];
  if (kind === "i:") return items[Number(text)];
  const wanted = JSON.parse(text) as Json;
  if (kind === "v:") return items.find((item) => isDeepEqual(item, wanted));
  const keys = isJsonObject(wanted) ? Object.entries(wanted) : [];
  return items.find(
    (item) => isJsonObject(item) && keys.every(([name, held]) => isDeepEqual(item[name], held)),
  );
}

/** Names of those, other than we, who hold the field at `path` of an object as the server told it. */
export function holdersOf({ metadata }: KubeObject, path: string): readonly string[] {
  const { managedFields } = metadata as { readonly managedFields?: readonly JsonObject[] };
  return (managedFields ?? []).flatMap(({ manager, fieldsV1 }) => {
    if (typeof manager !== "string" || manager === FIELD_MANAGER) return [];
    return isJsonObject(fieldsV1) && holdsField({ manager, fields: fieldsV1 }, path)
      ? [manager]
      : [];
  });
}

/** `spec`, `[name=web]`, `[app.kubernetes.io/name]`: the parts of a path of `schema/field-path.ts`. */
const PATH_PART = /\[([^\]]*)\]|[^.[\]]+/g;

/** Does the entry hold the field at `path`, as in `spec.containers[name=web].image`, or one around it? */
export function holdsField({ fields }: ManagerEntry, path: string): boolean {
  let node: Json | undefined = fields;
  for (const [text, inBrackets] of path.matchAll(PATH_PART)) {
    if (!isJsonObject(node)) return false;
    const next: Json | undefined = memberOf(node, text, inBrackets);
    // A value that is held as a whole has no members of its own.
    if (next === undefined) return node !== fields && isWhole(node);
    node = next;
  }
  return node !== undefined && node !== fields;
}

function memberOf(node: JsonObject, text: string, inBrackets: string | undefined) {
  if (inBrackets === undefined) return node[`f:${text}`];
  return (
    node[`f:${inBrackets}`] ?? Object.entries(node).find(([key]) => isItem(key, inBrackets))?.[1]
  );
}

/** `k:{"name":"web"}` is the item `name=web`. */
function isItem(key: string, item: string): boolean {
  if (!key.startsWith("k:")) return false;
  const keys: unknown = JSON.parse(key.slice(2));
  if (!isJsonObject(keys as Json)) return false;
  const held = Object.entries(keys as JsonObject).map(([name, value]) => `${name}=${value}`);
  return item.split(",").every((part) => held.includes(part));
}

function isWhole(node: JsonObject): boolean {
  return Object.keys(node).every((key) => key === ".");
}
