/** Names as they are written, with templates in them: what can be said of them before anything is rendered. Pure. */

/** Whether two texts with templates in them may render to one name: nothing around the templates says otherwise. */
export function mayBeSame(left: string, right: string): boolean {
  const [first, second] = [normal(left), normal(right)];
  if (first === second) return true;
  // The same values in one order: what stands around them is all that differs.
  if (actionsOf(first) === actionsOf(second) && !BRANCH.test(first)) return false;
  const [one, other] = [first, second].map(endsOf) as [Ends, Ends];
  if (one.isLiteral && other.isLiteral) return one.start === other.start;
  if (one.isLiteral !== other.isLiteral) {
    const [literal, template] = one.isLiteral ? [one, other] : [other, one];
    return literal.start.startsWith(template.start) && literal.start.endsWith(template.end);
  }
  const starts = one.start.startsWith(other.start) || other.start.startsWith(one.start);
  return starts && (one.end.endsWith(other.end) || other.end.endsWith(one.end));
}

/** Whether they are the same text, but for the spaces inside of their templates. */
export function isSameName(left: string, right: string): boolean {
  return normal(left) === normal(right);
}

interface Ends {
  readonly isLiteral: boolean;
  /** What stands before the first template and behind the last one; all of it where there is none. */
  readonly start: string;
  readonly end: string;
}

function endsOf(text: string): Ends {
  const name = text.trim();
  const first = name.indexOf("{{");
  if (first < 0) return { isLiteral: true, start: name, end: name };
  const last = name.lastIndexOf("}}");
  return { isLiteral: false, start: name.slice(0, first), end: name.slice(last + 2) };
}

const ACTION = /\{\{-?\s*(.*?)\s*-?\}\}/gs;

/** What stands behind it may be left out. */
const BRANCH = /\{\{ (?:if|else|range|with|end|define|block)\b/;

/** `{{.metadata.name}}` is `{{ .metadata.name }}`. */
function normal(text: string): string {
  return text.trim().replace(ACTION, "{{ $1 }}");
}

/** Of a normal text. */
function actionsOf(text: string): string {
  return [...text.matchAll(ACTION)].map(([action]) => action).join("");
}
