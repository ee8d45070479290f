/**
 * Every template of a CRD entry with its place: the scalars of the canonical tree that hold `{{`,
 * and the bare paths that conditions and `forEach` read. What a place means (a condition, the roots
 * that a `forEach` adds) travels along.
 */
import type { PathSegment } from "../std/json.ts";
import { type YamlNode, YamlScalar } from "../std/yaml-node.ts";
import type { EntryScope } from "./entry.ts";

export interface TemplatePlace {
  readonly scalar: YamlScalar;
  /** Below the CRD entry. */
  readonly path: readonly PathSegment[];
  /** Inside `when` or `or`: a fault there is a warning, and the condition unknown. */
  readonly isCondition: boolean;
  /** A path without braces, as conditions and `forEach` take them. */
  readonly isBarePath: boolean;
  /** Names that the `forEach` around it brings. */
  readonly extraRoots: readonly string[];
}

/** The blocks of an entry in which text is a template. */
const TEMPLATED: readonly (readonly string[])[] = [["labels"], ["operatorBox"]];

/** What every `forEach` brings beside the name of its element. */
export const FOR_EACH_ROOTS = ["item", "index", "value"];

export function templatePlaces(scope: EntryScope): readonly TemplatePlace[] {
  const places: TemplatePlace[] = [];
  for (const path of TEMPLATED) {
    const node = scope.node(path);
    if (node) collect(node, { path, isCondition: false, extraRoots: [] }, places);
  }
  return places;
}

/** Paths of keys that look like templates: keys are taken as they are. */
export function templatedKeys(scope: EntryScope): readonly (readonly PathSegment[])[] {
  return TEMPLATED.flatMap((path) => keysIn(scope.node(path), path));
}

function keysIn(
  node: YamlNode | undefined,
  path: readonly PathSegment[],
): readonly (readonly PathSegment[])[] {
  if (node?.kind === "list") {
    return node.items.flatMap((item, index) => keysIn(item, [...path, index]));
  }
  if (node?.kind !== "map") return [];
  return [...node.entries].flatMap(([key, { value }]) => [
    ...(key.includes("{{") ? [[...path, key]] : []),
    ...keysIn(value, [...path, key]),
  ]);
}

type Surroundings = Pick<TemplatePlace, "path" | "isCondition" | "extraRoots">;

function collect(node: YamlNode, around: Surroundings, places: TemplatePlace[]): void {
  if (node instanceof YamlScalar) {
    const isBarePath = isPathField(node, around);
    if (isBarePath || node.text.includes("{{")) {
      places.push({ scalar: node, ...around, isBarePath });
    }
  } else if (node.kind === "list") {
    for (const [index, item] of node.items.entries()) {
      collect(item, { ...around, path: [...around.path, index] }, places);
    }
  } else {
    const inner = { ...around, extraRoots: [...around.extraRoots, ...elementRoots(node)] };
    for (const [key, { value }] of node.entries) {
      const isCondition = around.isCondition || key === "when" || key === "or";
      // The list itself is read before there is an element.
      const extraRoots = key === "forEach" ? around.extraRoots : inner.extraRoots;
      collect(value, { path: [...around.path, key], isCondition, extraRoots }, places);
    }
  }
}

function elementRoots(node: Extract<YamlNode, { kind: "map" }>): readonly string[] {
  const forEach = node.entries.get("forEach")?.value;
  if (forEach?.kind !== "map") return [];
  const as = forEach.entries.get("as")?.value;
  return as instanceof YamlScalar ? [...FOR_EACH_ROOTS, as.text] : FOR_EACH_ROOTS;
}

/** `field: spec.x` of a condition or a `forEach`. */
function isPathField(scalar: YamlScalar, { path, isCondition }: Surroundings): boolean {
  if (path.at(-1) !== "field" || scalar.text.includes("{{")) return false;
  return isCondition || path.at(-2) === "forEach";
}
