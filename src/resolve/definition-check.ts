/**
 * A definition that a `crdFile` brought, as the API server will judge it: problems → issues with their
 * places in that file. What knows the rules is loaded only where there is a definition.
 */
import type { DefinitionProblem } from "../schema/definition-problem.ts";
import type { JsonObject } from "../std/json.ts";
import { positionOf } from "../std/yaml-node.ts";
import type { EntryScope } from "./entry.ts";
import type { ObjectFiles } from "./object-files.ts";

export interface PlacedDefinition {
  readonly definition: JsonObject;
  /** All of its file, as they were read. */
  readonly objects: readonly JsonObject[];
}

/** Reports once, however many entries name the file. */
export async function checkDefinition(
  scope: EntryScope,
  { definition, objects }: PlacedDefinition,
  files: ObjectFiles,
): Promise<void> {
  if (!files.isFirstToJudge(definition)) return;
  const { definitionProblems } = await import("../schema/definition.ts");
  const problems = definitionProblems(definition);
  if (problems.length === 0) return;
  const root = await files.findNode(definition, objects);
  for (const problem of problems) {
    const { path, fault, message, hint } = problem;
    const severity = fault === "advice" ? "warning" : "error";
    const at = root && positionOf(root, path, partOf(problem));
    scope.report({ code: "bad-definition", severity, message, hint, at }, ["crdFile"]);
  }
}

/** What is missing is shown at the key that it is missing below. */
function partOf({ fault }: DefinitionProblem): "key" | "value" {
  return fault === "invalid" || fault === "unsupported" ? "value" : "key";
}
