/**
 * What a handler gave back → JSON, or an error that names the place of what JSON cannot say. `JSON.stringify` would
 * drop that, or write something else for it, in silence.
 *
 * | value | carried as |
 * |---|---|
 * | `undefined` as a field of an object | nothing: the field is not there |
 * | what has a `toJSON`, such as a valid `Date` | what that gives |
 * | an object of an author's class | its own fields |
 * | a function, a symbol, a BigInt, `NaN`, an infinity | error |
 * | `undefined` and holes in a list | error |
 * | `Map`, `Set`, `Promise`, `RegExp`, `Error`, buffers, boxed values … | error |
 * | a cycle | error |
 */
import type { Json } from "../std/json.ts";
import { describeValue } from "./error-data.ts";

/** Throws a `TypeError`. Nothing is `null`. */
export function carriedResult(result: unknown): Json {
  return carry(result ?? null, { path: "", above: new Set() });
}

interface Place {
  /** `status.list[2]`; empty for the whole. */
  readonly path: string;
  /** What holds it. */
  readonly above: Set<object>;
}

function carry(given: unknown, { path, above }: Place): Json {
  if (given instanceof Date && Number.isNaN(given.getTime())) throw refusal("no valid Date", path);
  const value = afterToJson(given);
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (typeof value !== "object") throw refusal(describeValue(value), path);
  if (above.has(value)) throw refusal("an object that holds itself", path);
  above.add(value);
  const carried = Array.isArray(value)
    ? Array.from(value, (item: unknown, index) => carry(item, { path: `${path}[${index}]`, above }))
    : carryFields(value, { path, above });
  above.delete(value);
  return carried;
}

function carryFields(object: object, { path, above }: Place): Json {
  const tag = Object.prototype.toString.call(object).slice("[object ".length, -1);
  if (tag !== "Object") throw refusal(`a value of the class ${tag}`, path);
  const fields = Object.entries(object).flatMap(([key, field]: [string, unknown]) => {
    if (field === undefined) return [];
    const own = path === "" ? key : `${path}.${key}`;
    return [[key, carry(field, { path: own, above })] as const];
  });
  return Object.fromEntries(fields);
}

function afterToJson(value: unknown): unknown {
  const toJson = (value as { toJSON?: unknown } | null | undefined)?.toJSON;
  if (typeof value !== "object" || typeof toJson !== "function") return value;
  return toJson.call(value) as unknown;
}

function refusal(found: string, path: string): TypeError {
  const message =
    path === ""
      ? `it returned ${found}, expected an object or nothing`
      : `it returned ${found} at "${path}", expected what JSON can carry`;
  return new TypeError(message);
}
