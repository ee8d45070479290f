/**
 * Deno gives a program no rights but those of its command line, and refuses whatever needs another one by an
 * error of the name `NotCapable` (https://docs.deno.com/runtime/fundamentals/security/).
 */

export const MISSING_RIGHT_HINT =
  'Deno gives a program no rights by itself: start it with -A, as in "deno run -A dist/ork.js"';

const MAX_CAUSES = 10;

/** The refusal that an error is, or that caused it. */
export function missingRight(error: unknown): Error | undefined {
  for (let current = error, depth = 0; depth < MAX_CAUSES; depth++) {
    if (!(current instanceof Error)) return undefined;
    if (current.name === "NotCapable") return current;
    current = current.cause;
  }
  return undefined;
}
