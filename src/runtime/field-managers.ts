/**
 * Who set which field, from the `managedFields` of an object
 * (https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management). Pure.
 */
import { FIELD_MANAGER } from "../kube/kube-client.ts";
import { isJsonObject, type Json, type JsonObject } from "../std/json.ts";

/** What somebody else set. */
export interface ManagerEntry {
  readonly manager: string;
  /** `status` and others; absent: the object itself. */
  readonly subresource?: string;
  /** Nested keys such as `f:spec`, `k:{"name":"web"}`; absent where nobody needs it. */
  readonly fields?: JsonObject;
}

/** Who, other than we, wrote last. Times have whole seconds; of equal ones the last entry counts. */
export function lastManager(managedFields: readonly JsonObject[]): ManagerEntry | undefined {
  let last: JsonObject | undefined;
  for (const entry of managedFields) {
    if (entry["manager"] === FIELD_MANAGER || typeof entry["manager"] !== "string") continue;
    if (last === undefined || String(entry["time"]) >= String(last["time"])) last = entry;
  }
  if (last === undefined) return undefined;
  const { manager, subresource, fieldsV1 } = last;
  return {
    manager: String(manager),
    ...(typeof subresource === "string" && subresource !== "" && { subresource }),
    ...(isJsonObject(fieldsV1) && { fields: fieldsV1 }),
  };
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
