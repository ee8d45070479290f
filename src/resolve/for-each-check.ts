/**
 * What is wrong with a `forEach` that only a pass would find: it goes over something that has no
 * elements, or gives all of its children one name.
 */
import type { ChildEntry, ResolvedCrd } from "../katalog/resolved.ts";
import type { SchemaNode } from "../schema/node.ts";
import { compileTemplate } from "../template/compile.ts";
import type { Dialect } from "../template/template.ts";
import { entryPath } from "./child-path.ts";
import type { EntryScope } from "./entry.ts";
import type { KnownPaths } from "./known-paths.ts";
import { FOR_EACH_ROOTS, stepsOf } from "./template-places.ts";

export function checkForEach(
  scope: EntryScope,
  { box }: ResolvedCrd,
  { known, dialect }: { readonly known: KnownPaths; readonly dialect: Dialect },
): void {
  for (const child of box.children) {
    if (!child.forEach || scope.isRefused(entryPath(child.id))) continue;
    checkSource(scope, child, known);
    checkNames(scope, child, dialect);
  }
}

const WITHOUT_ELEMENTS: ReadonlyMap<SchemaNode["type"], string> = new Map([
  ["string", "text"],
  ["bytes", "text"],
  ["timestamp", "a time"],
  ["integer", "a number"],
  ["number", "a number"],
  ["quantity", "a quantity"],
  ["boolean", "true or false"],
]);

function checkSource(scope: EntryScope, { id, forEach }: ChildEntry, known: KnownPaths): void {
  const steps = forEach && stepsOf(forEach.field);
  const what = steps && WITHOUT_ELEMENTS.get(known.nodeAt(steps)?.type ?? "any");
  if (!what) return;
  const message = `forEach of ${id} goes over ".${steps.join(".")}", which is ${what} by the schema: expected a list or a mapping`;
  const hint =
    what === "text" ? "Name a list, or make one of it with `{{ split … }}`" : "Name a list";
  const path = [...entryPath(id), "forEach", "field"];
  scope.report({ code: "for-each-source", severity: "warning", message, hint }, path);
}

/** The name or the namespace has to read the element, or the second child is the first one again. */
function checkNames(scope: EntryScope, child: ChildEntry, dialect: Dialect): void {
  const { id, name, namespace, forEach } = child;
  const as = forEach?.as ?? "item";
  const roots = new Set([...FOR_EACH_ROOTS, as]);
  const texts = [name ?? "", namespace ?? ""];
  if (texts.some((text) => mayRead(text, { roots, dialect }))) return;
  const own = name === undefined ? "has no name of its own" : `is called "${name}"`;
  const message = `Each child of the forEach in ${id} ${own}: the second one would be the first again`;
  const hint = `Put something of the element into its name, such as "{{ .metadata.name }}-{{ .index }}"`;
  const path = entryPath(id);
  const place = [
    [...path, "name"],
    [...path, "metadata", "name"],
  ].find((one) => scope.node(one));
  scope.report({ code: "for-each-name", severity: "warning", message, hint }, place ?? path);
}

function mayRead(
  text: string,
  { roots, dialect }: { readonly roots: ReadonlySet<string>; readonly dialect: Dialect },
): boolean {
  if (!text.includes("{{")) return false;
  const result = compileTemplate(text, { dialect, extraRoots: [...roots] });
  // One that does not compile is reported where all templates are.
  if (result.kind === "failed") return true;
  return result.template.references.some(
    ({ path: [root] }) => root === undefined || roots.has(root),
  );
}
