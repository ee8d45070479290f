/** Names in `onDelete` that no entry gives a child: whoever deletes them deletes nothing. */
import { deleteStepsOf, makingEntriesOf } from "../katalog/box-entries.ts";
import type { ChildEntry, DeleteStep, ResolvedCrd } from "../katalog/resolved.ts";
import { suggest } from "../std/suggest.ts";
import { entryPath } from "./child-path.ts";
import { typeOfEntry } from "./child-type.ts";
import type { EntryScope } from "./entry.ts";
import { mayBeSame } from "./same-name.ts";

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
