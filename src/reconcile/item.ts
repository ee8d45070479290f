/** The rounds of a `forEach`: what their templates see beside the usual context. */
import type { Json } from "../std/json.ts";
import type { Scope } from "../template/template.ts";

/** One round of a `forEach`. */
export interface Item {
  readonly as: string;
  /** Element of a list, or key of a map. */
  readonly item: Json;
  readonly index: number;
  /** Value under the key, of a map. */
  readonly value?: Json | undefined;
}

/** `scope` with the roots of one round: `.item`, `.<as>`, `.index`, `.value`. */
export function withItem(scope: Scope, { as, item, index, value }: Item): Scope {
  return Object.defineProperties(
    { item, [as]: item, index, value },
    // Descriptors, not values: a spread would run the getters.
    Object.getOwnPropertyDescriptors(scope),
  );
}

/** Names that {@link withItem} adds. */
export function itemRoots(as: string): readonly string[] {
  return ["item", as, "index", "value"];
}
