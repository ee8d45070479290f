/**
 * `onDelete` → what happens between the deletion of a CR and the removal of our finalizer: groups
 * of steps. A bare name is a child to delete; anything with fields is made and awaited.
 */

import type { ChildEntryDocument, DeletePhaseDocument } from "../katalog/child-entry.ts";
import { CHILD_KEYS } from "../katalog/child-keys.ts";
import type {
  ChildKey,
  Conditional,
  DeleteGroup,
  DeletePlan,
  DeleteStep,
} from "../katalog/resolved.ts";
import type { PathSegment } from "../std/json.ts";
import { customIdentity, resolveChild, TWO_ORS } from "./children.ts";
import { type ConditionalDocument, resolveConditional, within } from "./conditions.ts";
import type { EntryScope } from "./entry.ts";
import { resolveCalls } from "./external-calls.ts";

const DEFAULT_TIMEOUT_MS = 5 * 60_000;

type KindLists = ConditionalDocument & {
  readonly [Key in ChildKey]?: readonly ChildEntryDocument[];
};

export function resolveDeletePlan(
  scope: EntryScope,
  phase: DeletePhaseDocument | undefined,
  path: readonly PathSegment[],
): DeletePlan {
  if (!phase) return { groups: [], timeoutMs: DEFAULT_TIMEOUT_MS };
  const groups: DeleteGroup[] = [];
  const own = steps(scope, { lists: phase, path, id: "onDelete", group: {} });
  if (own.length > 0) groups.push({ steps: own });
  for (const [index, group] of (phase.groups ?? []).entries()) {
    const place = [...path, "groups", index];
    const conditional = resolveConditional(scope, group, place);
    const id = `onDelete.groups[${index}]`;
    const inner = steps(scope, { lists: group, path: place, id, group: conditional });
    if (inner.length > 0) groups.push({ steps: inner });
  }
  // Groups run one after the other; only an explicit `ordered: false` lets them go together.
  const isOrdered = phase.ordered !== false;
  const external = resolveCalls(scope, phase.external ?? [], [...path, "external"]);
  return {
    ...resolveConditional(scope, phase, path),
    ...(external.length > 0 && { external }),
    groups: isOrdered ? groups : together(groups),
    timeoutMs: phase.timeout ?? DEFAULT_TIMEOUT_MS,
  };
}

function together(groups: readonly DeleteGroup[]): DeleteGroup[] {
  const all = groups.flatMap((group) => group.steps);
  return all.length === 0 ? [] : [{ steps: all }];
}

interface Listing {
  readonly lists: KindLists;
  readonly path: readonly PathSegment[];
  readonly id: string;
  /** Conditions of the group around the steps. */
  readonly group: Conditional;
}

function steps(scope: EntryScope, { lists, path, id, group }: Listing): DeleteStep[] {
  return CHILD_KEYS.flatMap((key) =>
    (lists[key] ?? []).flatMap((entry, index): DeleteStep[] => {
      const place = [...path, key, index];
      const own = { key, entry, path: place, id: `${id}.${key}[${index}]`, outer: group };
      if (!isBareName(key, entry)) {
        return [{ kind: "run", entry: resolveChild(scope, { ...own, mode: "create" }) }];
      }
      const step = deleteStep(scope, own);
      return step ? [step] : [];
    }),
  );
}

interface Step {
  readonly key: ChildKey;
  readonly entry: ChildEntryDocument;
  readonly path: readonly PathSegment[];
  readonly id: string;
  readonly outer: Conditional;
}

function deleteStep(scope: EntryScope, { key, entry, path, id, outer }: Step) {
  const identity = key === "custom" ? customIdentity(entry) : {};
  const name = entry.name ?? identity.name;
  if (name === undefined) {
    scope.report(
      { code: "missing-key", message: `${id} needs the name of the child to delete` },
      path,
    );
    return undefined;
  }
  const namespace = entry.namespace ?? identity.namespace;
  const conditional = within(outer, resolveConditional(scope, entry, path), () =>
    scope.report(TWO_ORS, path),
  );
  return {
    kind: "delete" as const,
    id,
    key,
    name,
    conditional,
    ...(namespace !== undefined && { namespace }),
    ...(identity.apiVersion !== undefined && { apiVersion: identity.apiVersion }),
    ...(identity.kind !== undefined && { objectKind: identity.kind }),
  };
}

/** Nothing but a name, where it is, and when: a child to delete. */
function isBareName(key: ChildKey, entry: ChildEntryDocument): boolean {
  const meaning = new Set(["name", "namespace", "crossNamespace", "when", "or", "fields"]);
  if (Object.keys(entry).some((field) => !meaning.has(field))) return false;
  const identity = new Set(key === "custom" ? ["apiVersion", "kind", "metadata"] : []);
  return Object.keys(entry.fields).every((field) => identity.has(field));
}
