/** Where the values of children came from, and of their conditions: a part of `origins`. */
import { COMMON_CHILD_FIELDS } from "../katalog/child-entry.ts";
import { findOperator } from "../katalog/conditions.ts";
import type { DeletePlan, DeleteStep } from "../katalog/resolved.ts";
import type { PathSegment } from "../std/json.ts";
import type { YamlNode } from "../std/yaml-node.ts";
import { entryPath } from "./child-path.ts";
import { type EntryScope, escapePointer } from "./entry.ts";

/** Of what no document says. */
export const DEFAULT = "default";

/** Says how a child is treated where nothing else does. */
const TREATMENT = ["adopt", "recreate", "whenFalse", "labels", "annotations"];

interface ChildPlace {
  /** In the document. */
  readonly path: readonly PathSegment[];
  /** Blocks whose conditions are its own, too. */
  readonly around: readonly (readonly PathSegment[])[];
  /** Kept by the box, and not a step of its deletion. */
  readonly isMade: boolean;
}

/** Own fields of the kind stand below `fields` in the resolved entry. */
export function recordChild(
  scope: EntryScope,
  pointer: string,
  { path, around, isMade }: ChildPlace,
): void {
  const node = scope.node(path);
  if (node?.kind !== "map") return;
  scope.originOf(pointer, path);
  for (const key of TREATMENT) scope.originBy(`${pointer}/${key}`, DEFAULT);
  recordBoxDefaults(scope, pointer, isMade);
  const isCommon = (key: string) => COMMON_CHILD_FIELDS.includes(key);
  for (const key of node.entries.keys()) {
    const place = isCommon(key) ? pointer : `${pointer}/fields`;
    scope.origin(`${place}/${escapePointer(key)}`, [...path, key]);
  }
  if (scope.node([...path, "forEach"])) {
    scope.origin(`${pointer}/forEach/as`, [...path, "forEach", "as"], DEFAULT);
  }
  scope.origin(`${pointer}/mode`, [...path, "reconcile"]);
  // The metadata of a whole object is lifted to the entry.
  for (const key of ["name", "namespace", "labels", "annotations"]) {
    scope.origin(`${pointer}/${key}`, [...path, "metadata", key]);
  }
  recordConditions(scope, pointer, [...around, path]);
}

/** What the whole box or the command line may say instead. */
function recordBoxDefaults(scope: EntryScope, pointer: string, isMade: boolean): void {
  const force = `${pointer}/forceConflict`;
  scope.originBy(force, DEFAULT);
  if (isMade) scope.origin(force, ["operatorBox", "reconcile", "forceConflict"]);
  const isAllowed = scope.settings.allowCrossNamespace;
  scope.originBy(`${pointer}/crossNamespace`, isAllowed ? "--allow-cross-namespace" : DEFAULT);
}

export function recordDeletion(scope: EntryScope, { groups, external = [] }: DeletePlan): void {
  for (const [index, { id }] of external.entries()) {
    scope.origin(`/box/onDelete/external/${index}`, entryPath(id));
  }
  if (groups.length === 0) scope.originBy("/box/onDelete/groups", DEFAULT);
  recordConditions(scope, "/box/onDelete", [["operatorBox", "reconcile", "onDelete"]]);
  for (const [group, { steps }] of groups.entries()) {
    const pointer = `/box/onDelete/groups/${group}`;
    const [first] = steps;
    if (first) scope.originOf(pointer, stepPath(first).slice(0, -2));
    for (const [index, step] of steps.entries()) {
      recordStep(scope, `${pointer}/steps/${index}`, step);
    }
  }
}

function stepPath(step: DeleteStep): readonly PathSegment[] {
  return entryPath(step.kind === "run" ? step.entry.id : step.id);
}

function recordStep(scope: EntryScope, pointer: string, step: DeleteStep): void {
  const path = stepPath(step);
  const around = path.includes("groups") ? [path.slice(0, -2)] : [];
  if (step.kind === "run") {
    scope.originOf(pointer, path);
    recordChild(scope, `${pointer}/entry`, { path, around, isMade: false });
  } else {
    scope.origin(pointer, path);
    recordConditions(scope, `${pointer}/conditional`, [...around, path]);
  }
}

/** Of blocks around and inside each other: of `when` all count, of `or` the innermost. */
export function recordConditions(
  scope: EntryScope,
  pointer: string,
  paths: readonly (readonly PathSegment[])[],
): void {
  const all = paths.flatMap((path) => itemsAt(scope, [...path, "when"]));
  const any = paths
    .map((path) => itemsAt(scope, [...path, "or"]))
    .findLast((one) => one.length > 0);
  recordList(scope, `${pointer}/when`, all);
  recordList(scope, `${pointer}/or`, any ?? []);
}

function itemsAt(scope: EntryScope, path: readonly PathSegment[]): readonly YamlNode[] {
  const node = scope.node(path);
  if (node?.kind === "list") return node.items;
  return node?.kind === "map" ? [node] : [];
}

function recordList(scope: EntryScope, pointer: string, items: readonly YamlNode[]): void {
  const [first] = items;
  if (first) scope.origins.set(`${scope.pointer}${pointer}`, first.position);
  for (const [index, node] of items.entries()) {
    if (node.kind === "map") recordCondition(scope, `${pointer}/${index}`, node);
  }
}

type MapNode = Extract<YamlNode, { kind: "map" }>;

/** In its canonical form: the operator is a value of its own, and so is what is compared with. */
function recordCondition(scope: EntryScope, pointer: string, node: MapNode): void {
  scope.originAt(pointer, node);
  const keys = [...node.entries.keys()];
  const operand = node.entries.get(keys.find((key) => findOperator(key)) ?? "value");
  if (operand) {
    scope.originAt(`${pointer}/operand`, operand.value);
    scope.origins.set(`${scope.pointer}${pointer}/operator`, operand.keyPosition);
  }
  const operator = node.entries.get("operator");
  if (operator) scope.originAt(`${pointer}/operator`, operator.value);
  const negate = node.entries.get("negate");
  if (negate) scope.originAt(`${pointer}/isNegated`, negate.value);
  else scope.originBy(`${pointer}/isNegated`, DEFAULT);
}
