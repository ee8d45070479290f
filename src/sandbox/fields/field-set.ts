/**
 * Sets of field paths, the currency of field management, as a trie of path elements.
 *
 * An element is the key that the FieldsV1 format writes: `f:spec` for a field, `k:{"name":"web"}` for
 * an item of a keyed list, `v:"a"` for a member of a set. A node can be a member of the set itself,
 * have members below it, or both. Source of the format: `FieldsV1` in
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/.
 */
import { isJsonObject, type JsonObject } from "../../std/json.ts";

export type FieldPath = readonly string[];

export class FieldSet {
  #isMember = false;
  readonly #children = new Map<string, FieldSet>();

  static fromJson(fields: JsonObject): FieldSet {
    const set = new FieldSet();
    for (const [element, below] of Object.entries(fields)) {
      if (element === ".") {
        set.#isMember = true;
        continue;
      }
      const child = FieldSet.fromJson(isJsonObject(below) ? below : {});
      if (child.#children.size === 0) child.#isMember = true;
      set.#children.set(element, child);
    }
    return set;
  }

  static of(...paths: FieldPath[]): FieldSet {
    const set = new FieldSet();
    for (const path of paths) set.insert(path);
    return set;
  }

  /** The FieldsV1 value; elements in the order that the API server writes them. */
  toJson(): JsonObject {
    const fields: Record<string, JsonObject> = {};
    if (this.#isMember && this.#children.size > 0) fields["."] = {};
    for (const element of [...this.#children.keys()].sort(compareElements)) {
      fields[element] = this.#children.get(element)?.toJson() ?? {};
    }
    return fields;
  }

  clone(): FieldSet {
    const result = new FieldSet();
    result.#isMember = this.#isMember;
    for (const [element, child] of this.#children) result.#children.set(element, child.clone());
    return result;
  }

  get isEmpty(): boolean {
    if (this.#isMember) return false;
    for (const child of this.#children.values()) if (!child.isEmpty) return false;
    return true;
  }

  insert(path: FieldPath): void {
    let node: FieldSet = this;
    for (const element of path) {
      let next = node.#children.get(element);
      if (next === undefined) {
        next = new FieldSet();
        node.#children.set(element, next);
      }
      node = next;
    }
    node.#isMember = true;
  }

  has(path: FieldPath): boolean {
    let node: FieldSet | undefined = this;
    for (const element of path) node = node?.below(element);
    return node?.isMember ?? false;
  }

  /** What lies below one element; `undefined` when nothing does. */
  below(element: string): FieldSet | undefined {
    return this.#children.get(element);
  }

  get isMember(): boolean {
    return this.#isMember;
  }

  elements(): IterableIterator<string> {
    return this.#children.keys();
  }

  union(other: FieldSet): FieldSet {
    const result = new FieldSet();
    result.#isMember = this.#isMember || other.#isMember;
    for (const [element, child] of this.#children) {
      const twin = other.#children.get(element);
      result.#children.set(element, twin === undefined ? child : child.union(twin));
    }
    for (const [element, child] of other.#children) {
      if (!this.#children.has(element)) result.#children.set(element, child);
    }
    return result;
  }

  /** Members of this set that are not members of `other`; fields below a removed one stay. */
  difference(other: FieldSet): FieldSet {
    const result = new FieldSet();
    result.#isMember = this.#isMember && !other.#isMember;
    for (const [element, child] of this.#children) {
      const twin = other.#children.get(element);
      const rest = twin === undefined ? child : child.difference(twin);
      if (!rest.isEmpty) result.#children.set(element, rest);
    }
    return result;
  }

  /** Like {@link difference}, and without everything below a member of `other`. */
  without(other: FieldSet): FieldSet {
    const result = new FieldSet();
    if (other.#isMember) return result;
    result.#isMember = this.#isMember;
    for (const [element, child] of this.#children) {
      const twin = other.#children.get(element);
      const rest = twin === undefined ? child : child.without(twin);
      if (!rest.isEmpty) result.#children.set(element, rest);
    }
    return result;
  }

  intersection(other: FieldSet): FieldSet {
    const result = new FieldSet();
    result.#isMember = this.#isMember && other.#isMember;
    for (const [element, child] of this.#children) {
      const twin = other.#children.get(element);
      if (twin === undefined) continue;
      const shared = child.intersection(twin);
      if (!shared.isEmpty) result.#children.set(element, shared);
    }
    return result;
  }

  equals(other: FieldSet): boolean {
    return this.difference(other).isEmpty && other.difference(this).isEmpty;
  }

  /** All member paths; of each level first the members, then what is below. */
  *paths(prefix: FieldPath = []): Generator<FieldPath> {
    const elements = [...this.#children.keys()].sort(compareElements);
    for (const element of elements) {
      if (this.#children.get(element)?.isMember) yield [...prefix, element];
    }
    for (const element of elements) {
      yield* this.#children.get(element)?.paths([...prefix, element]) ?? [];
    }
  }
}

const ELEMENT_ORDER = "fkvi";

/** Fields, then keyed items, then set members, then indexes; by code unit within each. */
function compareElements(left: string, right: string): number {
  const byType = ELEMENT_ORDER.indexOf(left[0] ?? "") - ELEMENT_ORDER.indexOf(right[0] ?? "");
  if (byType !== 0) return byType;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** `.spec.containers[name="web"].image`, as error messages write a path. */
export function printPath(path: FieldPath): string {
  return path.map(printElement).join("");
}

function printElement(element: string): string {
  const body = element.slice(2);
  switch (element[0]) {
    case "f":
      return `.${body}`;
    case "v":
      return `[=${body}]`;
    case "k": {
      const key = JSON.parse(body) as JsonObject;
      const parts = Object.keys(key).map((name) => `${name}=${JSON.stringify(key[name])}`);
      return `[${parts.join(",")}]`;
    }
    default:
      return `[${body}]`;
  }
}
