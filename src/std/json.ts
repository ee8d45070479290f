/**
 * JSON values as the rest of the code passes them: read-only trees.
 *
 * Every walk here ignores the prototype chain: documents from outside may hold an own key named
 * `__proto__`, and a merge or lookup must never follow it.
 */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** One step into a JSON tree: a key of an object or an index of a list. */
export type PathSegment = string | number;

/** Tells an object from lists, scalars and `null`. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at `path`, or `undefined` when any step is missing. Own keys only. */
export function getPath(value: unknown, path: readonly PathSegment[]): Json | undefined {
  let current: unknown = value;
  for (const segment of path) {
    if (typeof current !== "object" || current === null) return undefined;
    if (!Object.hasOwn(current, segment)) return undefined;
    current = (current as Record<PathSegment, unknown>)[segment];
  }
  return current as Json | undefined;
}

/** Structural equality. Key order does not matter; a key that is `undefined` equals an absent one. */
export function isDeepEqual(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) {
    return false;
  }
  if (Array.isArray(left) || Array.isArray(right)) return areListsEqual(left, right);
  return areObjectsEqual(left as JsonObject, right as JsonObject);
}

function areListsEqual(left: unknown, right: unknown): boolean {
  if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
  return left.every((item, index) => isDeepEqual(item, right[index]));
}

function areObjectsEqual(left: JsonObject, right: JsonObject): boolean {
  let count = 0;
  for (const key of Object.keys(left)) {
    const value = left[key];
    if (value === undefined) continue;
    count++;
    if (!Object.hasOwn(right, key) || !isDeepEqual(value, right[key])) return false;
  }
  let others = 0;
  for (const key of Object.keys(right)) if (right[key] !== undefined) others++;
  return count === others;
}

/** Freezes a tree in place, all the way down, and returns it. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const child of Object.values(value)) deepFreeze(child);
  }
  return value;
}

/**
 * The canonical text of a value: keys sorted by code unit, no white space, `undefined` left out.
 * Equal values give equal bytes, so that a digest of the text identifies the value (RFC 8785 in
 * spirit; numbers print as ECMAScript prints them, which is what that RFC asks for).
 */
export function canonicalJson(value: Json): string {
  const pieces: string[] = [];
  writeCanonicalJson(value, (piece) => pieces.push(piece));
  return pieces.join("");
}

/** {@link canonicalJson} in pieces, for what is too large to be one string. */
export function writeCanonicalJson(value: Json, write: (piece: string) => void): void {
  if (Array.isArray(value)) {
    let before = "[";
    for (const item of value as readonly Json[]) {
      write(before);
      writeCanonicalJson(item, write);
      before = ",";
    }
    write(before === "[" ? "[]" : "]");
  } else if (isJsonObject(value)) {
    let before = "{";
    for (const key of Object.keys(value).sort()) {
      const member = value[key];
      if (member === undefined) continue;
      write(before);
      write(JSON.stringify(key));
      write(":");
      writeCanonicalJson(member, write);
      before = ",";
    }
    write(before === "{" ? "{}" : "}");
  } else write(JSON.stringify(value));
}
