/** Names in `onDelete` that no entry gives a child: whoever deletes them deletes nothing. */
import { deleteStepsOf, makingEntriesOf } from "../katalog/box-entries.ts";
import type { ChildEntry, DeleteStep, ResolvedCrd } from "../katalog/resolved.ts";
import { suggest } from "../std/suggest.ts";
import { entryPath } from "./child-path.ts";
import { typeOfEntry } from "./child-type.ts";
import type { EntryScope } from "./entry.ts";

type DeleteNamed = Extract<DeleteStep, { kind: "delete" }>;

/** Only what the text says for certain; code may make children that no entry names. */
export function checkDeletions(scope: EntryScope, { box }: ResolvedCrd): void {
  if (box.hooks || box.remote) return;
  const made = makingEntriesOf(box);
  for (const step of deleteStepsOf(box)) {
    if (step.kind === "delete") checkStep(scope, step, made);
  }
}

function checkStep(scope: EntryScope, step: DeleteNamed, made: readonly ChildEntry[]): void {
  const sameKind = made.filter((entry) => isOfKind(entry, step));
  const templates = sameKind.map(({ name }) => name);
  if (templates.some((name) => name === undefined || mayBeSame(name, step.name))) return;
  const names = templates.filter((name) => name !== undefined);
  const near = suggest(step.name, names);
  const kind =
    step.key === "custom"
      ? (step.objectKind ?? "child")
      : typeOfEntry({ key: step.key, fields: {} }).kind;
  const message = `${step.id} deletes the ${kind} "${step.name}", which no entry makes`;
  const listed = names.length > 0 ? `The entries make: ${names.join(", ")}` : undefined;
  const hint = near === undefined ? listed : `Did you mean "${near}"?`;
  const own = [...entryPath(step.id), "name"];
  const path = scope.node(own) ? own : [...entryPath(step.id), "metadata", "name"];
  scope.report({ code: "unmade-child", severity: "warning", message, hint }, path);
}

function isOfKind(entry: ChildEntry, step: DeleteNamed): boolean {
  if (step.key !== "custom") {
    const { apiVersion, kind } = typeOfEntry(entry);
    const wanted = typeOfEntry({ key: step.key, fields: {} });
    return kind.includes("{{") || (kind === wanted.kind && apiVersion === wanted.apiVersion);
  }
  const { kind } = typeOfEntry(entry);
  return (
    step.objectKind === undefined ||
    `${kind}${step.objectKind}`.includes("{{") ||
    kind === step.objectKind
  );
}

/** Whether two texts with templates in them may render to one name: their ends do not contradict. */
function mayBeSame(left: string, right: string): boolean {
  const [one, other] = [left, right].map(endsOf) as [Ends, Ends];
  if (one.isLiteral && other.isLiteral) return one.start === other.start;
  if (one.isLiteral !== other.isLiteral) {
    const [literal, template] = one.isLiteral ? [one, other] : [other, one];
    return literal.start.startsWith(template.start) && literal.start.endsWith(template.end);
  }
  const starts = one.start.startsWith(other.start) || other.start.startsWith(one.start);
  return starts && (one.end.endsWith(other.end) || other.end.endsWith(one.end));
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
