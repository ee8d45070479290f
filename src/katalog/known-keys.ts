/**
 * Keys that may stand in a block besides those of its schema: older spellings and settings that this
 * build only knows. A misspelt one of them deserves its suggestion, too.
 */
import type { PathSegment } from "../std/json.ts";
import { DOCUMENT_MOVES, ENTRY_MOVES, RENAMES } from "./layouts.ts";
import { UNSUPPORTED } from "./unsupported.ts";

const ENTRY = "spec.crds.*";

/** Canonical paths of everything that the language knows beyond the schemas; `*` is any step. */
const KNOWN_PATHS: readonly (readonly string[])[] = [
  ...UNSUPPORTED.map(({ path }) => path),
  ...DOCUMENT_MOVES.map(({ from }) => from),
  ...ENTRY_MOVES.map(({ from }) => `${ENTRY}.${from}`),
  ...RENAMES.filter(({ below }) => below !== "").map(
    ({ below, from }) => `${ENTRY}.${below}.${from}`,
  ),
].map((path) => path.split("."));

/** Further keys of the block at a canonical path. */
export function furtherKeys(block: readonly PathSegment[]): readonly string[] {
  const keys = new Set<string>();
  for (const path of KNOWN_PATHS) {
    const next = path[block.length];
    if (next === undefined || next === "*") continue;
    if (block.every((step, index) => path[index] === "*" || path[index] === String(step))) {
      keys.add(next);
    }
  }
  return [...keys];
}
