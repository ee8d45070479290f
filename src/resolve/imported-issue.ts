/** Issues in what was imported: each says by which line it came in, beside what to do. Pure. */
import type { ImportPlace } from "../katalog/katalog.ts";
import { formatPosition, type Issue } from "../std/issue.ts";

/** Once for each issue: an inner Komposer has said it for what it imports itself. */
const SAID = /\bit is imported at\b/i;

/**
 * The issue with the place of its import in the hint. What stands in the importing document itself (an overlay, an
 * `auth`) stays as it is, and so does what has no position.
 */
export function importedIssue(issue: Issue, by: ImportPlace | undefined): Issue {
  const { hint, position } = issue;
  if (!by || !position || position.file === by.position.file) return issue;
  if (hint !== undefined && SAID.test(hint)) return issue;
  const place = placeOf(by);
  if (hint === undefined) return { ...issue, hint: `It is imported at ${place}` };
  const joined = /[?.]$/.test(hint) ? `${hint} It` : `${hint}; it`;
  return { ...issue, hint: `${joined} is imported at ${place}` };
}

/** From the document itself out to the one that was started: `inner.yaml:3:5, from k.yaml:6:7`. */
function placeOf({ position, through }: ImportPlace): string {
  const own = formatPosition(position);
  return through ? `${own}, from ${placeOf(through)}` : own;
}
