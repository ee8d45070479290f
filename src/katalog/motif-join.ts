/**
 * CRD entries laid one over the other, as Motifs and their users are: maps key by key, children by
 * kind and name, status fields by path, rules one after the other, any other list as a whole. Nodes
 * travel as they are, so that every value still knows the file that it stands in.
 */
import type { Issue } from "../std/issue.ts";
import { isUnset, nodeAt, type YamlEntry, type YamlMap, type YamlNode } from "../std/yaml-node.ts";
import { isChildKey, LANGUAGE_KINDS } from "./child-keys.ts";
import type { NormalisedDocument } from "./normalise.ts";

type SourcePaths = NormalisedDocument["sourcePaths"];

export interface JoinOptions {
  readonly sourcePaths: SourcePaths;
  readonly report: (issue: Issue) => void;
}

/** `over` wins. Both are entries in the canonical layout. */
export function joinEntries(base: YamlNode, over: YamlNode, options: JoinOptions): YamlNode {
  const { sourcePaths } = options;
  const [first, second] = [base, over].map((entry) => withOwnConditions(entry, options));
  return first && second ? join(first, second, { path: [], sourcePaths }) : over;
}

interface Place {
  readonly path: readonly string[];
  readonly sourcePaths: SourcePaths;
}

function join(base: YamlNode, over: YamlNode, place: Place): YamlNode {
  if (isUnset(over)) return base;
  if (base.kind === "list" && over.kind === "list") return joinLists(base, over, place);
  if (base.kind !== "map" || over.kind !== "map") return over;
  const entries = new Map(base.entries);
  for (const [key, entry] of over.entries) {
    const before = entries.get(key);
    entries.set(
      key,
      before ? joined(before, entry, { ...place, path: [...place.path, key] }) : entry,
    );
  }
  const result: YamlMap = { ...over, entries };
  const path = place.sourcePaths.get(over) ?? place.sourcePaths.get(base);
  if (path) place.sourcePaths.set(result, path);
  return result;
}

function joined(before: YamlEntry, entry: YamlEntry, place: Place): YamlEntry {
  return { keyPosition: entry.keyPosition, value: join(before.value, entry.value, place) };
}

type List = Extract<YamlNode, { kind: "list" }>;

function joinLists(base: List, over: List, place: Place): YamlNode {
  const { path } = place;
  const key = path.at(-1) ?? "";
  if (isChildList(path)) return byIdentity(base, over, { ...place, identity: childIdentity(key) });
  if (key === "fields" && path.includes("status")) {
    return byIdentity(base, over, { ...place, identity: (node) => textAt(node, "path") });
  }
  const isSequence = key === "rules" || key === "groups" || key === "external";
  return isSequence ? { ...over, items: [...base.items, ...over.items] } : over;
}

/** `operatorBox.reconcile.<phase>.<kind>`. */
function isChildList(path: readonly string[]): boolean {
  return (
    path.length === 4 && path[1] === "reconcile" && Object.hasOwn(LANGUAGE_KINDS, path[3] ?? "")
  );
}

interface Identified extends Place {
  identity(node: YamlNode): string | undefined;
}

/** What both have is joined where the first has it; what only one has stays. */
function byIdentity(base: List, over: List, place: Identified): YamlNode {
  const items = [...base.items];
  for (const item of over.items) {
    const own = place.identity(item);
    const index = own === undefined ? -1 : items.findIndex((one) => place.identity(one) === own);
    const before = items[index];
    if (before) items[index] = join(before, item, { ...place, path: [...place.path, "*"] });
    else items.push(item);
  }
  return { ...over, items };
}

/** The name as it is written; children of a condition or a loop are told apart by it alone. */
function childIdentity(key: string): (node: YamlNode) => string | undefined {
  return (node) => {
    const name = textAt(node, "name") ?? textAt(node, "metadata", "name");
    const isPlain = ["when", "or", "forEach"].every((one) => isUnset(nodeAt(node, [one])));
    if (name === undefined && !isPlain) return undefined;
    const kind = key === "custom" ? textAt(node, "kind") : "";
    const namespace = textAt(node, "namespace") ?? textAt(node, "metadata", "namespace");
    return JSON.stringify([kind, namespace ?? "", name ?? ""]);
  };
}

function textAt(node: YamlNode, ...path: readonly string[]): string | undefined {
  const found = nodeAt(node, path);
  return found?.kind === "scalar" && found.value !== null ? found.text : undefined;
}

const PHASES = ["onCreate", "onReconcile", "onDelete"];

/** Conditions of a whole phase go to what it holds: in the joined one they must not hold for others. */
function withOwnConditions(entry: YamlNode, { report }: JoinOptions): YamlNode {
  const change = (phase: YamlNode) => pushDown(phase, report);
  return PHASES.reduce(
    (node, phase) => changed(node, ["operatorBox", "reconcile", phase], change),
    entry,
  );
}

/** The phase without conditions of its own: each of its children has them instead. */
export function pushDown(phase: YamlNode, report: JoinOptions["report"]): YamlNode {
  if (phase.kind !== "map") return phase;
  const when = phase.entries.get("when");
  const or = phase.entries.get("or");
  if (!when && !or) return phase;
  const entries = new Map<string, YamlEntry>();
  for (const [key, entry] of phase.entries) {
    if (key === "when" || key === "or") continue;
    const holdsItems = isChildKey(key) || key === "groups" || key === "external";
    const value =
      holdsItems && entry.value.kind === "list"
        ? eachUnder(entry.value, { when, or, report })
        : entry.value;
    entries.set(key, { ...entry, value });
  }
  return { ...phase, entries };
}

/** (a or b) and (c or d): a child has room for one. */
const TWO_ORS = {
  code: "two-ors",
  severity: "error",
  message: 'An "or" inside a block that has an "or" is not supported by this build',
  hint: 'Move one of the two into "when"',
} as const;

interface Conditions {
  readonly when: YamlEntry | undefined;
  readonly or: YamlEntry | undefined;
  readonly report: JoinOptions["report"];
}

function eachUnder(list: List, { when, or, report }: Conditions): YamlNode {
  const items = list.items.map((item) => {
    if (item.kind !== "map") return item;
    const entries = new Map(item.entries);
    if (when) entries.set("when", both(when, entries.get("when")));
    const own = entries.get("or");
    if (or && own) report({ ...TWO_ORS, position: own.keyPosition });
    else if (or) entries.set("or", or);
    return { ...item, entries };
  });
  return { ...list, items };
}

function both(first: YamlEntry, second: YamlEntry | undefined): YamlEntry {
  if (!second) return first;
  const items = [first.value, second.value].flatMap((one) =>
    one.kind === "list" ? one.items : [one],
  );
  return { ...second, value: { kind: "list", position: second.value.position, items } };
}

function changed(
  node: YamlNode,
  path: readonly string[],
  change: (node: YamlNode) => YamlNode,
): YamlNode {
  const [key, ...rest] = path;
  if (key === undefined) return change(node);
  const entry = node.kind === "map" ? node.entries.get(key) : undefined;
  if (node.kind !== "map" || !entry) return node;
  const value = changed(entry.value, rest, change);
  if (value === entry.value) return node;
  return { ...node, entries: new Map(node.entries).set(key, { ...entry, value }) };
}
