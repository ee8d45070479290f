/** What the code or the service of a user says, in the form that a status, an Event or a line of a log can take. Pure. */

/** Longer ones are cut. */
const MAX_WORDS = 500;

/** One line, not too long. */
export function plainWords(text: string): string {
  const line = text
    .slice(0, 2 * MAX_WORDS)
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
  return line.length > MAX_WORDS ? `${line.slice(0, MAX_WORDS)}…` : line;
}
