/** The place of a kind in the order of children: that of the language's list of kinds. */
import { LANGUAGE_KINDS } from "../child-keys.ts";
import type { ChildKey } from "../resolved.ts";

const RANKS = new Map(Object.keys(LANGUAGE_KINDS).map((key, rank) => [key, rank]));

/** Lower first. */
export function rankOf(key: ChildKey): number {
  return RANKS.get(key) ?? RANKS.size;
}
