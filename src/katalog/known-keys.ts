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

/** Blocks of which this build acts on nothing. */
const EMPTY_BLOCKS: readonly string[] = ["observe", "preReconcile"].map(
  (block) => `${ENTRY}.operatorBox.${block}`,
);

const REFUSED: ReadonlySet<string> = new Set([
  ...UNSUPPORTED.map(({ path }) => path),
  ...EMPTY_BLOCKS,
  `${ENTRY}.admission`,
]);

const MOVED: ReadonlyMap<string, string> = new Map([
  ...DOCUMENT_MOVES.map(({ from, to }) => [from, to] as const),
  ...ENTRY_MOVES.map(({ from, to }) => [`${ENTRY}.${from}`, `${ENTRY}.${to}`] as const),
]);

/** Whether this build does something with the key of the block, so that it may be offered. */
export function isOffered(block: readonly PathSegment[], key: string): boolean {
  const steps = [...block.map(String), key];
  if (steps[0] === "spec" && steps[1] === "crds" && steps.length > 2) steps[2] = "*";
  let path = steps.map((step) => (/^\d+$/.test(step) ? "*" : step)).join(".");
  for (let count = 0; count < MOVED.size; count++) {
    if (REFUSED.has(path) || EMPTY_BLOCKS.some((one) => path.startsWith(`${one}.`))) return false;
    const next = MOVED.get(path);
    if (next === undefined) return true;
    path = next;
  }
  return true;
}

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
