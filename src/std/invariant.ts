/** For what can only be false when this program itself is wrong. */

/** Throws when `condition` is false. `message` names the promise that was broken. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`Broken invariant: ${message}`);
}
