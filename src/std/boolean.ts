/** Booleans as people write them: `true` and `false`, and the other words of YAML 1.1. */

const WORDS: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["yes", true],
  ["on", true],
  ["false", false],
  ["no", false],
  ["off", false],
]);

/** In any case, with space around it; `undefined` for any other word. */
export function parseBoolean(text: string): boolean | undefined {
  return WORDS.get(text.trim().toLowerCase());
}
