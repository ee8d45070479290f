/** Lists of conditions as written → their canonical form, with an issue for each that has none. */
import { canonicalCondition } from "../katalog/conditions.ts";
import type { Conditional, ConditionEntry } from "../katalog/resolved.ts";
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
    for (const issue of issues) scope.report(issue, [...own, ...(issue.path ?? [])]);
    return entry ?? [];
  });
}
