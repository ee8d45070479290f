/**
 * Every template of a CRD entry with its place: the scalars of the canonical tree that hold `{{`,
 * and the bare paths that conditions and `forEach` read. What a place means (a condition, the roots
 * that a `forEach` adds) travels along.
 */
import type { PathSegment } from "../std/json.ts";
import { stepInto, type YamlMap, type YamlNode, YamlScalar } from "../std/yaml-node.ts";
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
  readonly forEach?: PlacedForEach;
}

export interface PlacedForEach {
  /** Name of the element, beside `item`. */
  readonly as: string;
  /** Steps to what it goes over; absent where only a pass can tell, of a template that computes it. */
  readonly over?: readonly string[];
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
  const found: (readonly PathSegment[])[] = [];
  for (const path of TEMPLATED) collectKeys(scope.node(path), [...path], found);
  return found;
}

/** `path` changes on the way: almost every way leads nowhere. */
function collectKeys(
  node: YamlNode | undefined,
  path: PathSegment[],
  found: (readonly PathSegment[])[],
): void {
  if (node === undefined || node.kind === "scalar") return;
  const steps = node.kind === "list" ? node.items.keys() : node.entries.keys();
  for (const step of steps) {
    path.push(step);
    if (typeof step === "string" && step.includes("{{")) found.push([...path]);
    collectKeys(stepInto(node, step)?.value, path, found);
    path.pop();
  }
}

type Surroundings = Omit<TemplatePlace, "scalar" | "isBarePath">;

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
  } else collectEntries(node, around, places);
}

function collectEntries(map: YamlMap, around: Surroundings, places: TemplatePlace[]): void {
  const inner = within(map, around);
  for (const [key, { value }] of map.entries) {
    if (!mayBePlace(value, key)) continue;
    const isCondition = around.isCondition || key === "when" || key === "or";
    // The list itself is read before there is an element.
    const place = key === "forEach" ? around : inner;
    collect(value, { ...place, path: [...around.path, key], isCondition }, places);
  }
}

/** Most scalars are neither templates nor paths, and need no surroundings. */
function mayBePlace(node: YamlNode, key: string): boolean {
  return node.kind !== "scalar" || key === "field" || node.text.includes("{{");
}

/** What a `forEach` of the map adds. */
function within(node: Extract<YamlNode, { kind: "map" }>, around: Surroundings): Surroundings {
  const forEach = node.entries.get("forEach")?.value;
  if (forEach?.kind !== "map") return around;
  const [as, field] = ["as", "field"].map((key) => forEach.entries.get(key)?.value);
  const name = as instanceof YamlScalar ? as.text : "item";
  const over = field instanceof YamlScalar ? stepsOf(field.text) : undefined;
  return {
    ...around,
    extraRoots: [...around.extraRoots, ...FOR_EACH_ROOTS, name],
    forEach: { as: name, ...(over && { over }) },
  };
}

/** Of `spec.regions` and `{{ .spec.regions }}`; what computes something has none. */
export function stepsOf(text: string): readonly string[] | undefined {
  const [, inner = text] = /^\s*\{\{-?\s*\.(.*?)\s*-?\}\}\s*$/s.exec(text) ?? [];
  const steps = inner.trim().replace(/^\./, "").split(".");
  return steps.every((step) => /^[\w-]+$/.test(step)) ? steps : undefined;
}

/** `field: spec.x` of a condition or a `forEach`. */
function isPathField(scalar: YamlScalar, { path, isCondition }: Surroundings): boolean {
  if (path.at(-1) !== "field" || scalar.text.includes("{{")) return false;
  return isCondition || path.at(-2) === "forEach";
}
