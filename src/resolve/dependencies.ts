/** `dependsOn` over all loaded documents: unknown names and cycles. */
import type { Issue } from "../std/issue.ts";
import type { PathSegment } from "../std/json.ts";
import { suggest } from "../std/suggest.ts";
import { nodeAt, positionOf } from "../std/yaml-node.ts";
import type { DeclaredCrd } from "./entry.ts";
import { importedIssue } from "./imported-issue.ts";

/**
 * An unknown name is a notice: the CRD stays pending until it is there. One that is nearly that of an entry is a
 * warning, a cycle an error.
 */
export function checkDependencies(declared: readonly DeclaredCrd[]): readonly Issue[] {
  const byName = new Map(declared.map((one) => [one.name, one]));
  const unknown = declared.flatMap((one) =>
    (one.entry.dependsOn ?? [])
      .filter(({ crd }) => !byName.has(crd))
      .map(({ crd }) => unknownName(one, crd, byName.keys())),
  );
  return [...unknown, ...findCycles(byName).map((cycle) => cycleIssue(cycle, byName))];
}

function unknownName(one: DeclaredCrd, crd: string, known: Iterable<string>): Issue {
  const near = suggest(
    crd,
    [...known].filter((name) => name !== one.name),
  );
  const issue: Issue = {
    code: "unknown-dependency",
    severity: near === undefined ? "notice" : "warning",
    message: `"${one.name}" depends on "${crd}", which no loaded document declares: it stays pending`,
    ...(near && { hint: `Did you mean "${near}"?` }),
    ...place(one, crd),
  };
  return importedIssue(issue, one.katalog.importedBy);
}

function cycleIssue(cycle: readonly string[], byName: ReadonlyMap<string, DeclaredCrd>): Issue {
  const [first = ""] = cycle;
  const one = byName.get(first);
  const message = `The CRDs depend on each other in a circle: ${[...cycle, first].join(" → ")}`;
  const issue: Issue = { code: "dependency-cycle", severity: "error", message };
  return one ? importedIssue({ ...issue, ...place(one) }, one.katalog.importedBy) : issue;
}

/** The place of `dependsOn`, or of one name in it. */
function place({ name, katalog }: DeclaredCrd, crd?: string): Pick<Issue, "path" | "position"> {
  const { root } = katalog.source;
  const path: PathSegment[] = ["spec", "crds", name, "dependsOn"];
  const node = nodeAt(root, path);
  if (node?.kind === "map" && crd !== undefined) path.push(crd);
  if (node?.kind === "list") {
    const index = node.items.findIndex((item) => item.kind === "scalar" && item.text === crd);
    if (index >= 0) path.push(index);
  }
  return { path, position: positionOf(root, path, node?.kind === "map" ? "key" : "value") };
}

/** Each cycle once, from its first name in the alphabet. */
function findCycles(byName: ReadonlyMap<string, DeclaredCrd>): readonly (readonly string[])[] {
  const cycles: string[][] = [];
  const done = new Set<string>();
  const visit = (name: string, trail: readonly string[]): void => {
    const start = trail.indexOf(name);
    if (start >= 0) {
      cycles.push(rotate(trail.slice(start)));
      return;
    }
    if (done.has(name)) return;
    for (const { crd } of byName.get(name)?.entry.dependsOn ?? []) visit(crd, [...trail, name]);
    done.add(name);
  };
  for (const name of [...byName.keys()].sort()) visit(name, []);
  return cycles;
}

function rotate(cycle: readonly string[]): string[] {
  const first = [...cycle].sort()[0] ?? "";
  const at = cycle.indexOf(first);
  return [...cycle.slice(at), ...cycle.slice(0, at)];
}
