/**
 * JSON Patch (RFC 6902) and JSON Merge Patch (RFC 7386) over read-only trees.
 */
import { isDeepEqual, isJsonObject, type Json, type JsonObject } from "../../std/json.ts";

export class PatchError extends Error {}

/** @throws PatchError when a test fails, a path is missing, or an operation cannot be read. */
export function applyJsonPatch(target: Json, patch: readonly Json[]): Json {
  let result = target;
  for (const operation of patch) {
    if (!isJsonObject(operation)) throw new PatchError("an operation is not an object");
    result = applyOperation(result, operation);
  }
  return result;
}

function applyOperation(target: Json, operation: JsonObject): Json {
  const path = pointer(operation["path"]);
  switch (operation["op"]) {
    case "add":
      return edit(target, path, { kind: "add", value: givenValue(operation) });
    case "replace":
      return edit(target, path, { kind: "replace", value: givenValue(operation) });
    case "remove":
      return edit(target, path, { kind: "remove" });
    case "test":
      if (isDeepEqual(lookUp(target, path) ?? null, operation["value"] ?? null)) return target;
      throw new PatchError("testing value failed");
    case "copy":
      return edit(target, path, { kind: "add", value: source(target, operation) });
    case "move": {
      const value = source(target, operation);
      const without = edit(target, pointer(operation["from"]), { kind: "remove" });
      return edit(without, path, { kind: "add", value });
    }
    default:
      throw new PatchError(`operation ${JSON.stringify(operation["op"])} is not known`);
  }
}

type Edit =
  | { readonly kind: "add" | "replace"; readonly value: Json }
  | { readonly kind: "remove" };

function edit(target: Json, path: readonly string[], change: Edit): Json {
  const [step, ...rest] = path;
  if (step === undefined) {
    if (change.kind === "remove") throw new PatchError("the root cannot be removed");
    return change.value;
  }
  if (Array.isArray(target)) return editList(target, { step, rest }, change);
  if (!isJsonObject(target)) throw new PatchError(`path "${step}" is not in an object`);
  const present = Object.hasOwn(target, step) ? target[step] : undefined;
  if (rest.length > 0) {
    if (present === undefined) throw new PatchError(`path "${step}" is missing`);
    return withKey(target, step, edit(present, rest, change));
  }
  // A replace of a missing member adds it, as the server's library has it (RFC 6902 says no).
  if (present === undefined && change.kind === "remove")
    throw new PatchError(`"${step}" is missing`);
  if (change.kind !== "remove") return withKey(target, step, change.value);
  return Object.fromEntries(Object.entries(target).filter(([key]) => key !== step));
}

/** `fromEntries` defines own keys, `__proto__` too, where an assignment would not. */
function withKey(object: JsonObject, key: string, value: Json): JsonObject {
  const others = Object.entries(object).filter(([name]) => name !== key);
  return Object.fromEntries([...others, [key, value]]);
}

function editList(
  list: readonly Json[],
  { step, rest }: { readonly step: string; readonly rest: readonly string[] },
  change: Edit,
): Json {
  const isInsert = rest.length === 0 && change.kind === "add";
  const index = indexOf(step, list.length, isInsert);
  if (rest.length > 0) return list.with(index, edit(list[index] as Json, rest, change));
  switch (change.kind) {
    case "add":
      return list.toSpliced(index, 0, change.value);
    case "replace":
      return list.with(index, change.value);
    case "remove":
      return list.toSpliced(index, 1);
    default:
      return change satisfies never;
  }
}

function indexOf(step: string, length: number, isInsert: boolean): number {
  if (step === "-" && isInsert) return length;
  const index = /^-?\d+$/.test(step) ? Number(step) : Number.NaN;
  // Negative indexes count from the end, as the server's library has it.
  const from = index < 0 ? index + length : index;
  if (Number.isNaN(from) || from < 0 || from >= length + (isInsert ? 1 : 0)) {
    throw new PatchError(`index "${step}" is out of bounds`);
  }
  return from;
}

function lookUp(target: Json, path: readonly string[]): Json | undefined {
  let current: Json | undefined = target;
  for (const step of path) {
    if (Array.isArray(current)) current = current[indexOf(step, current.length, false)];
    else if (isJsonObject(current) && Object.hasOwn(current, step)) current = current[step];
    else return undefined;
  }
  return current;
}

function source(target: Json, operation: JsonObject): Json {
  const value = lookUp(target, pointer(operation["from"]));
  if (value === undefined) throw new PatchError('"from" is missing');
  return value;
}

function givenValue(operation: JsonObject): Json {
  if (!Object.hasOwn(operation, "value")) throw new PatchError('"value" is missing');
  return operation["value"] ?? null;
}

/** RFC 6901. */
function pointer(text: Json | undefined): string[] {
  if (typeof text !== "string" || (text !== "" && !text.startsWith("/"))) {
    throw new PatchError(`path ${JSON.stringify(text)} is no JSON pointer`);
  }
  if (text === "") return [];
  return text
    .slice(1)
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

export function applyMergePatch(target: Json | undefined, patch: Json): Json {
  if (!isJsonObject(patch)) return patch;
  const result = new Map(Object.entries(isJsonObject(target) ? target : {}));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || value === undefined) result.delete(key);
    else result.set(key, applyMergePatch(result.get(key), value));
  }
  return Object.fromEntries(result);
}
