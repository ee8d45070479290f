/** `/katalog/{crd}/cr…`: the custom resources of one entry, a page at a time, and one of them. */
import type { BoxView } from "../runtime/view.ts";
import { type KubeObject, objectKey } from "../schema/object.ts";
import { getPath, type Json } from "../std/json.ts";
import type { Answer } from "./answer.ts";
import { shownObject } from "./redacted.ts";
import { customResource } from "./views.ts";

/** Items of one answer, and the most that may be asked for. */
const MAX_ITEMS = 500;

/**
 * `?limit=` (1 to 500, 500 unless given) in the order of their keys; where there are more, `continue` of
 * the answer is what `?continue=` takes. `?field=` shows that field of each instead.
 */
export function listCustomResources(box: BoxView, query: URLSearchParams): Answer {
  const limit = Number(query.get("limit") ?? MAX_ITEMS);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_ITEMS) {
    return badRequest(`Cannot list "${query.get("limit")}" items: expected 1 to ${MAX_ITEMS}`);
  }
  const field = readField(query);
  if (field === "bad") return badField(query);
  const after = query.get("continue") ?? "";
  const rest = [...box.objects()]
    .map((object) => ({ key: objectKey(object.metadata), object }))
    .filter(({ key }) => key > after)
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const page = rest.slice(0, limit);
  const items = page.map(({ object }) =>
    field ? fieldOf(object, field) : customResource(box, object),
  );
  const last = rest.length > limit ? page.at(-1)?.key : undefined;
  const body = { crd: box.crd.name, count: box.resourceCount, items, continue: last };
  return { status: 200, body };
}

export function oneCustomResource(box: BoxView, key: string, query: URLSearchParams): Answer {
  const object = box.object(key);
  if (!object) return { status: 404, body: { error: `No ${box.crd.type.kind} "${key}"` } };
  const field = readField(query);
  if (field === "bad") return badField(query);
  if (field) return { status: 200, body: fieldOf(object, field) };
  return { status: 200, body: { ...customResource(box, object), object: shownObject(object) } };
}

/** `undefined`: not asked for. */
function readField(query: URLSearchParams): readonly string[] | undefined | "bad" {
  const text = query.get("field");
  if (text === null) return undefined;
  const path = text.replace(/^\./, "").split(".");
  return path.includes("") ? "bad" : path;
}

/** `value` is `null` where the object has no such field. */
function fieldOf(object: KubeObject, field: readonly string[]): Readonly<Record<string, unknown>> {
  const { name, namespace } = object.metadata;
  const value: Json = getPath(shownObject(object), field) ?? null;
  return { name, namespace, field: field.join("."), value };
}

function badField(query: URLSearchParams): Answer {
  return badRequest(`Cannot show the field "${query.get("field")}": expected a dotted path`);
}

function badRequest(error: string): Answer {
  return { status: 400, body: { error } };
}
