/** Lists of conditions as written → their canonical form, with an issue for each that has none. */
import { canonicalCondition, findOperator } from "../katalog/conditions.ts";
import type { Conditional, ConditionEntry } from "../katalog/resolved.ts";
import type { Issue } from "../std/issue.ts";
import type { JsonObject, PathSegment } from "../std/json.ts";
import type { EntryScope } from "./entry.ts";

export interface ConditionalDocument {
  readonly when?: readonly JsonObject[];
  readonly or?: readonly JsonObject[];
}

/** `when` and `or` of the block at `path`, below those of the blocks around it. */
export function resolveConditional(
  scope: EntryScope,
  block: ConditionalDocument,
  path: readonly PathSegment[],
): Conditional {
  const when = conditionList(scope, block.when, [...path, "when"]);
  const or = conditionList(scope, block.or, [...path, "or"]);
  return { ...(when && { when }), ...(or && { or }) };
}

/** What must hold for a block inside a block that has conditions of its own. */
export function within(
  outer: Conditional,
  inner: Conditional,
  onConflict: () => void,
): Conditional {
  const when = [...(outer.when ?? []), ...(inner.when ?? [])];
  if (outer.or && inner.or) onConflict();
  const or = inner.or ?? outer.or;
  return { ...(when.length > 0 && { when }), ...(or && { or }) };
}

function conditionList(
  scope: EntryScope,
  list: readonly JsonObject[] | undefined,
  path: readonly PathSegment[],
): readonly ConditionEntry[] | undefined {
  if (list === undefined || list.length === 0) return undefined;
  const isList = scope.node(path)?.kind === "list";
  return list.flatMap((written, index) => {
    const own = isList ? [...path, index] : path;
    const { entry, issues } = canonicalCondition(written);
    for (const issue of issues) {
      const place = [...own, ...(issue.path ?? [])];
      const at = scope.position(place, isAboutKey(issue) ? "key" : "value");
      scope.report({ ...issue, at }, place);
    }
    if (entry) checkOperand(scope, { entry, written, path: own });
    return entry ?? [];
  });
}

/** Whether the key at the issue's path is wrong, and not the value that it has. */
function isAboutKey({ code, path }: Issue): boolean {
  return path?.at(-1) !== "operator" && /-operators?$/.test(code);
}

interface WrittenCondition {
  readonly entry: ConditionEntry;
  readonly written: JsonObject;
  readonly path: readonly PathSegment[];
}

/**
 * A pattern, number or time that can never be read is told here, not when the first CR meets it.
 * Faults of templates in a condition are warnings, which the static check has with their places.
 */
function checkOperand(scope: EntryScope, { entry, written, path }: WrittenCondition): void {
  for (const { code, severity, message } of scope.settings.templates.checkCondition(entry)) {
    if (severity !== "error") continue;
    const key = code === "bad-field" ? "field" : operandKey(entry, written);
    scope.report({ code, message }, key === undefined ? path : [...path, key]);
  }
}

function operandKey(entry: ConditionEntry, written: JsonObject): string | undefined {
  const isOwn = (key: string) => findOperator(key)?.name === entry.operator;
  return Object.keys(written).find(isOwn) ?? ("value" in written ? "value" : undefined);
}
