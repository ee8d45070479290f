/**
 * Structural sharing of JSON trees: equal parts of two objects become one and the same part.
 *
 * Ten thousand Deployments of one Katalog differ in names and little else, and an update leaves most
 * of an object as it was. Sharing makes both cheap to keep, and lets comparisons end at `===`.
 */

/**
 * Replaces every part of `value` that equals the part of `reference` at the same place by that
 * part, and returns the result: `reference` itself when all of it is equal. Changes `value` in
 * place; neither may be changed afterwards, since parts belong to both.
 */
export function shareWith<T>(value: T, reference: T): T;
export function shareWith(value: unknown, reference: unknown): unknown {
  // Equal text becomes one text, too.
  if (value === reference) return reference;
  if (typeof value !== "object" || value === null) return value;
  if (typeof reference !== "object" || reference === null) return value;
  if (Array.isArray(value)) {
    return Array.isArray(reference) ? shareList(value, reference) : value;
  }
  return Array.isArray(reference) ? value : shareObject(value as Tree, reference as Tree);
}

type Tree = Record<string, unknown>;

function shareList(value: unknown[], reference: readonly unknown[]): readonly unknown[] {
  let isSame = value.length === reference.length;
  const length = Math.min(value.length, reference.length);
  for (let index = 0; index < length; index++) {
    value[index] = shareWith(value[index], reference[index]);
    if (value[index] !== reference[index]) isSame = false;
  }
  return isSame ? reference : value;
}

function shareObject(value: Tree, reference: Tree): Tree {
  let isSame = true;
  let keys = 0;
  for (const key in value) {
    keys++;
    // An own key of this name is legal JSON; the reference's would be its prototype.
    if (key === "__proto__" || !Object.hasOwn(reference, key)) {
      isSame = false;
      continue;
    }
    const shared = shareWith(value[key], reference[key]);
    value[key] = shared;
    if (shared !== reference[key]) isSame = false;
  }
  return isSame && keys === countKeys(reference) ? reference : value;
}

function countKeys(value: Tree): number {
  let keys = 0;
  for (const _ in value) keys++;
  return keys;
}
