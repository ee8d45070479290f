/** The own fields of a child entry against the table of its kind: problems → issues with places. */
import { COMMON_CHILD_FIELDS } from "../katalog/child-entry.ts";
import { checkFields, type FieldProblem } from "../katalog/children/check.ts";
import { childFields } from "../katalog/children/children.ts";
import { homeHint } from "../katalog/homes.ts";
import type { ChildKey } from "../katalog/resolved.ts";
import { describeJson, formatPath, unknownKeyHint } from "../katalog/validate.ts";
import { formatPosition } from "../std/issue.ts";
import type { JsonObject, PathSegment } from "../std/json.ts";
import type { EntryScope } from "./entry.ts";

export interface FieldsSource {
  readonly key: ChildKey;
  readonly entry: { readonly fields: JsonObject };
  readonly path: readonly PathSegment[];
  readonly id: string;
}

export function checkChildFields(scope: EntryScope, source: FieldsSource): void {
  for (const problem of checkFields(source.entry.fields, childFields[source.key])) {
    const path = [...source.path, ...problem.path];
    const key = String(problem.path.at(-1));
    const place = placeOf(source, problem.path.slice(0, -1));
    switch (problem.kind) {
      case "unknown-key": {
        const block = ["spec", "crds", scope.declared.name, ...path.slice(0, -1)];
        const hint = homeHint(key, block) ?? unknownKeyHint(key, knownKeys(problem));
        const at = scope.position(path, "key");
        const message = `Unknown key "${key}" in ${place}`;
        scope.report({ code: "unknown-key", message, hint, at }, path);
        break;
      }
      case "missing-key": {
        // Nothing, or empty text: the key is there, as its author sees.
        const isThere = scope.node(path)?.kind === "scalar";
        const message = isThere
          ? `The key "${key}" is empty in ${place}: expected a value`
          : `The key "${key}" is missing in ${place}`;
        const hint = replacedHint(scope, path);
        const code = isThere ? "empty-value" : "missing-key";
        scope.report({ code, message, ...(hint !== undefined && { hint }) }, path);
        break;
      }
      case "wrong-type": {
        const what = placeOf(source, problem.path);
        const message = `Cannot use ${what}: found ${describeJson(problem.value)}, expected ${problem.expected}`;
        scope.report({ code: "wrong-type", message }, path);
        break;
      }
      case "unsupported": {
        const at = scope.position(path, "key");
        const message = `Cannot act on "${key}" in ${place}: ${problem.say}`;
        scope.report({ code: "unsupported", message, at }, path);
        break;
      }
      default:
        problem satisfies never;
    }
  }
}

/** An overlay that names one field of an element leaves the others of the import behind. */
function replacedHint(scope: EntryScope, path: readonly PathSegment[]): string | undefined {
  for (let length = path.length - 1; length > 0; length--) {
    const node = scope.node(path.slice(0, length));
    if (node?.kind !== "list" || !node.replaces) continue;
    const name = path.slice(0, length).findLast((step) => typeof step === "string");
    const there = formatPosition(node.replaces);
    return `The list "${name}" here replaces the one imported at ${there}, element by element nothing is joined: repeat all of what is to stay`;
  }
  return undefined;
}

/** `onReconcile.deployments[0].probes.liveness`. */
function placeOf({ id }: FieldsSource, path: readonly PathSegment[]): string {
  const inner = formatPath(path);
  if (path.length === 0) return id;
  return inner.startsWith("[") ? `${id}${inner}` : `${id}.${inner}`;
}

function knownKeys(problem: Extract<FieldProblem, { kind: "unknown-key" }>): readonly string[] {
  const isTop = problem.path.length === 1;
  return isTop ? [...problem.known, ...COMMON_CHILD_FIELDS] : problem.known;
}
