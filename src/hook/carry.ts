/**
 * What a handler gives back, or sends by `kube` → JSON, or an error that names the place of what JSON cannot say.
 * `JSON.stringify` would drop that, or write something else for it, in silence.
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
  const place = {
    found: "it returned",
    wanted: "an object or nothing",
    path: "",
    above: new Set<object>(),
  };
  return carry(result ?? null, place);
}

/** As {@link carriedResult}, of what is sent; `to`: as in `kube.apply()`. */
export function carriedArgument(value: unknown, to: string): Json {
  return carry(value, {
    found: `${to} was given`,
    wanted: "an object",
    path: "",
    above: new Set(),
  });
}

interface Place {
  /** How the sentence begins that says what is wrong. */
  readonly found: string;
  /** What the whole should be. */
  readonly wanted: string;
  /** `status.list[2]`; empty for the whole. */
  readonly path: string;
  /** What holds it. */
  readonly above: Set<object>;
}

function carry(given: unknown, place: Place): Json {
  const { path, above } = place;
  if (given instanceof Date && Number.isNaN(given.getTime())) throw refusal("no valid Date", place);
  const value = afterToJson(given);
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (typeof value !== "object") throw refusal(describeValue(value), place);
  if (above.has(value)) throw refusal("an object that holds itself", place);
  above.add(value);
  const carried = Array.isArray(value)
    ? Array.from(value, (item: unknown, index) =>
        carry(item, { ...place, path: `${path}[${index}]` }),
      )
    : carryFields(value, place);
  above.delete(value);
  return carried;
}

function carryFields(object: object, place: Place): Json {
  const { path } = place;
  const tag = Object.prototype.toString.call(object).slice("[object ".length, -1);
  if (tag !== "Object") throw refusal(`a value of the class ${tag}`, place);
  const fields = Object.entries(object).flatMap(([key, field]: [string, unknown]) => {
    if (field === undefined) return [];
    const own = path === "" ? key : `${path}.${key}`;
    return [[key, carry(field, { ...place, path: own })] as const];
  });
  return Object.fromEntries(fields);
}

function afterToJson(value: unknown): unknown {
  const toJson = (value as { toJSON?: unknown } | null | undefined)?.toJSON;
  if (typeof value !== "object" || typeof toJson !== "function") return value;
  return toJson.call(value) as unknown;
}

function refusal(value: string, { found, wanted, path }: Place): TypeError {
  const message =
    path === ""
      ? `${found} ${value}, expected ${wanted}`
      : `${found} ${value} at "${path}", expected what JSON can carry`;
  return new TypeError(message);
}
