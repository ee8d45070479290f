/**
 * Where the values of a resolved entry came from: a walk over what was resolved, beside the tree
 * that it was resolved from. Kept apart from the document, whose digest must not depend on lines.
 *
 * Every value has an origin: a place in a document (of `crdFile` in that file, of an input of a Motif in
 * the `with` that gives it), or what gave it where no document does.
 */
import type { BoxPlaces, CrdType, Origin, Origins, ResolvedCrd } from "../katalog/resolved.ts";
import type { JsonObject, PathSegment } from "../std/json.ts";
import { nodeAt, stepInto, type YamlNode } from "../std/yaml-node.ts";
import { DEFAULT, recordChild, recordConditions, recordDeletion } from "./child-origins.ts";
import { entryPath } from "./child-path.ts";
import type { Defaults } from "./defaults.ts";
import { type EntryScope, escapePointer } from "./entry.ts";
import { addedFields } from "./ingress-backend.ts";
import type { ObjectFiles } from "./object-files.ts";

const BOX = ["operatorBox"];
const STATUS = [...BOX, "emit", "status"];
const RUNTIME = [...BOX, "runtime"];
const RECONCILE = [...BOX, "reconcile"];
const QUEUE = [...RECONCILE, "queue"];

interface Setting {
  readonly pointer: string;
  /** In the document; the first that is there. */
  readonly path: readonly string[];
  /** The setting of the environment that stands in. */
  readonly variable?: keyof Defaults;
}

/** Settings of an entry: where they stand in the resolved one, and in the document. */
const SETTINGS: readonly Setting[] = [
  { pointer: "/isEnabled", path: ["enabled"] },
  { pointer: "/description", path: ["description"] },
  { pointer: "/customResources", path: ["crFiles"] },
  { pointer: "/namespace", path: ["namespace"] },
  { pointer: "/labels", path: ["labels"] },
  { pointer: "/labelSelector", path: ["labelSelector"] },
  { pointer: "/fieldSelector", path: ["fieldSelector"] },
  { pointer: "/dependsOn", path: ["dependsOn"] },
  { pointer: "/workers", path: [...RECONCILE, "workers"], variable: "workers" },
  { pointer: "/resyncMs", path: [...RECONCILE, "resync"], variable: "resyncMs" },
  { pointer: "/queue", path: QUEUE },
  { pointer: "/queue/maxDepth", path: [...QUEUE, "maxDepth"], variable: "maxDepth" },
  {
    pointer: "/queue/failureThreshold",
    path: [...QUEUE, "failureThreshold"],
    variable: "failureThreshold",
  },
  { pointer: "/queue/retryBackoffMs", path: [...QUEUE, "retryBackoff"] },
  { pointer: "/allowedNamespaces", path: [...RUNTIME, "allowedNamespaces"] },
  { pointer: "/box/onDelete", path: [...RECONCILE, "onDelete"] },
  { pointer: "/box/onDelete/timeoutMs", path: [...RECONCILE, "onDelete", "timeout"] },
  { pointer: "/box/status", path: STATUS },
  { pointer: "/box/status/hasConditions", path: [...STATUS, "conditions"] },
  { pointer: "/box/normalize", path: [...RECONCILE, "normalize", "spec"] },
];

/** A JSON pointer (RFC 6901), the form of the keys of origins. */
export function toPointer(path: readonly PathSegment[]): string {
  return path.map((step) => `/${escapePointer(String(step))}`).join("");
}

/** What the value at `path` came from: its own origin, or that of the nearest block around it which has one. */
export function originOf(origins: Origins, path: readonly PathSegment[]): Origin | undefined {
  for (let length = path.length; length >= 0; length--) {
    const origin = origins.get(toPointer(path.slice(0, length)));
    if (origin) return origin;
  }
  return undefined;
}

export interface OriginSources {
  readonly files: ObjectFiles;
  /** Variables of the environment that gave a default. */
  readonly variables: ReadonlyMap<keyof Defaults, string>;
}

export function recordOrigins(
  scope: EntryScope,
  crd: ResolvedCrd,
  { files, variables }: OriginSources,
): void {
  recordEntry(scope);
  for (const { pointer, path, variable } of SETTINGS) {
    const name = variable && variables.get(variable);
    scope.origin(pointer, path, name ? `${name} of the environment` : DEFAULT);
  }
  recordFiles(scope, crd, files);
  recordType(scope, crd.type, crd.crd && files.nodeOf(crd.crd));
  recordSorted(scope, crd);
  const { box } = crd;
  if (box.children.length === 0) scope.originBy("/box/children", DEFAULT);
  for (const [index, child] of box.children.entries()) {
    const { id } = child;
    const path = entryPath(id);
    const around = [path.slice(0, -2)];
    recordChild(scope, `/box/children/${index}`, { path, around, isMade: true });
    for (const key of addedFields(child).filter((name) => !scope.node([...path, name]))) {
      scope.originBy(`/box/children/${index}/fields/${key}`, DEFAULT);
    }
  }
  recordDeletion(scope, box.onDelete);
  recordStatus(scope, box.status.fields.length);
  if (box.requeue) recordWhole(scope, "/box/requeue", [...RECONCILE, "requeue"]);
  recordCode(scope, crd);
  recordNormalize(scope);
  recordInputs(scope, crd);
}

/** The few places that are worth keeping while a Katalog runs. */
export function boxPlaces(scope: EntryScope, { box }: ResolvedCrd): BoxPlaces {
  return {
    children: box.children.map(({ id }) => scope.position(entryPath(id))),
    statusFields: box.status.fields.map((_, index) => scope.position([...STATUS, "fields", index])),
  };
}

/** The lines that name it, and its box. */
function recordEntry(scope: EntryScope): void {
  const { source } = scope.declared.katalog;
  scope.origins.set(scope.pointer, scope.position([], "key"));
  scope.origins.set(`${scope.pointer}/name`, scope.position([], "key"));
  const katalog = nodeAt(source.root, ["metadata", "name"]);
  if (katalog) scope.originAt("/katalog", katalog);
  if (scope.node(BOX)) scope.originOf("/box", BOX);
}

/** What stands in `crdFile` and `crFiles` has its place there. */
function recordFiles(scope: EntryScope, crd: ResolvedCrd, files: ObjectFiles): void {
  const record = (pointer: string, object: JsonObject) => {
    const node = files.nodeOf(object);
    if (node) scope.originAt(pointer, node);
  };
  if (crd.crd) record("/crd", crd.crd);
  for (const [index, one] of crd.customResources.entries()) {
    record(`/customResources/${index}`, one);
  }
}

/** Where a definition says it. */
const IN_DEFINITION: Readonly<Record<string, readonly string[]>> = {
  group: ["spec", "group"],
  kind: ["spec", "names", "kind"],
  plural: ["spec", "names", "plural"],
  namespaced: ["spec", "scope"],
};

function recordType(scope: EntryScope, type: CrdType, definition: YamlNode | undefined): void {
  scope.originOf("/type", scope.node(["apiTypes"]) ? ["apiTypes"] : ["crdFile"]);
  for (const key of ["group", "version", "kind", "plural", "namespaced"]) {
    const said = definition && (IN_DEFINITION[key] ?? versionPath(definition, type.version));
    const node = definition && said && nodeAt(definition, said);
    if (node) scope.originAt(`/type/${key}`, node);
    else scope.origin(`/type/${key}`, ["apiTypes", key]);
  }
}

function versionPath(definition: YamlNode, version: string): readonly PathSegment[] {
  const versions = nodeAt(definition, ["spec", "versions"]);
  const names = versions?.kind === "list" ? versions.items.map((one) => nodeAt(one, ["name"])) : [];
  const index = names.findIndex((one) => one?.kind === "scalar" && one.text === version);
  return ["spec", "versions", Math.max(0, index), "name"];
}

/** Lists that are not in the order of the document: each item is found by what it says. */
function recordSorted(scope: EntryScope, { dependsOn, allowedNamespaces, box }: ResolvedCrd): void {
  const record = (pointer: string, text: string, lists: readonly (YamlNode | undefined)[]) => {
    const node = lists.map((list) => list && saying(list, text)).find(Boolean);
    if (node) scope.originAt(pointer, node);
  };
  for (const [index, { crd }] of dependsOn.entries()) {
    const node = scope.node(["dependsOn"]);
    record(`/dependsOn/${index}`, crd, [node]);
    const key = node?.kind === "map" ? stepInto(node, crd)?.keyPosition : undefined;
    if (key) scope.origins.set(`${scope.pointer}/dependsOn/${index}/crd`, key);
  }
  for (const [index, name] of allowedNamespaces.entries()) {
    record(`/allowedNamespaces/${index}`, name, [scope.node([...RUNTIME, "allowedNamespaces"])]);
  }
  const { root } = scope.declared.katalog.source;
  const lists = [nodeAt(root, ["spec", "finalizers"]), scope.node([...RUNTIME, "finalizers"])];
  const first = lists.find(Boolean);
  if (first) scope.originAt("/box/finalizers", first);
  else scope.originBy("/box/finalizers", DEFAULT);
  for (const [index, name] of box.finalizers.entries()) {
    record(`/box/finalizers/${index}`, name, lists);
  }
}

function saying(node: YamlNode, text: string): YamlNode | undefined {
  switch (node.kind) {
    case "scalar":
      return node.text === text ? node : undefined;
    case "list":
      return node.items.find((item) => item.kind === "scalar" && item.text === text);
    case "map":
      return stepInto(node, text)?.value;
    default:
      return node satisfies never;
  }
}

function recordStatus(scope: EntryScope, count: number): void {
  if (count === 0) scope.originBy("/box/status/fields", DEFAULT);
  for (let index = 0; index < count; index++) {
    const path = [...STATUS, "fields", index];
    const pointer = `/box/status/fields/${index}`;
    scope.origin(pointer, path);
    for (const key of ["type", "clearOnFalse"]) {
      scope.origin(`${pointer}/${key}`, [...path, key], DEFAULT);
    }
    recordConditions(scope, pointer, [path]);
  }
}

/** A block whose conditions are read into another form. */
function recordWhole(scope: EntryScope, pointer: string, path: readonly PathSegment[]): void {
  scope.origin(pointer, path);
  recordConditions(scope, pointer, [path]);
}

/** Of code: what the document may leave out. */
const CODE_DEFAULTS = [
  ["timeoutMs", "timeout"],
  ["managedResources", "managedResources"],
  ["args", "args"],
] as const;

function recordCode(scope: EntryScope, { box: { hooks, remote } }: ResolvedCrd): void {
  const blocks = [
    hooks && { pointer: "/box/hooks", path: [...RECONCILE, hooks.role], own: "runHooksFirst" },
    remote && { pointer: "/box/remote", path: [...RECONCILE, "remote"], own: "payload" },
  ];
  for (const block of blocks) {
    if (!block) continue;
    const { pointer, path, own } = block;
    scope.origin(pointer, path);
    for (const [key, said] of [...CODE_DEFAULTS, [own, own]]) {
      scope.origin(`${pointer}/${key}`, [...path, said ?? ""], DEFAULT);
    }
  }
  if (hooks) scope.origin("/box/hooks/files", [...RECONCILE, hooks.role, "module"]);
  if (remote?.auth)
    scope.origin("/box/remote/auth/header", [...RECONCILE, "remote", "auth", "header"], DEFAULT);
}

function recordNormalize(scope: EntryScope): void {
  const path = [...RECONCILE, "normalize", "spec"];
  const node = scope.node(path);
  if (node?.kind !== "map") return;
  for (const key of node.entries.keys()) {
    const own = key.replace(/^spec\./, "");
    scope.origin(`/box/normalize/${escapePointer(own)}`, [...path, key]);
  }
}

function recordInputs(scope: EntryScope, { box: { inputs = [] } }: ResolvedCrd): void {
  const { inputPlaces } = scope.declared.katalog;
  for (const [index, { values }] of inputs.entries()) {
    const places = inputPlaces?.get(values);
    if (!places) continue;
    const pointer = `${scope.pointer}/box/inputs`;
    if (index === 0) scope.origins.set(pointer, places.use);
    scope.origins.set(`${pointer}/${index}`, places.use);
    scope.origins.set(`${pointer}/${index}/motif`, places.motif);
    for (const name of Object.keys(values)) {
      recordInput(scope, `/box/inputs/${index}/values/${escapePointer(name)}`, {
        given: places.values.get(name),
        declared: places.declared.get(name),
      });
    }
  }
}

interface InputNodes {
  /** What stands in `with`, or the default. */
  readonly given: YamlNode | undefined;
  readonly declared: YamlNode | undefined;
}

function recordInput(scope: EntryScope, pointer: string, { given, declared }: InputNodes): void {
  const place = given ?? declared;
  if (place) scope.origins.set(`${scope.pointer}${pointer}`, place.position);
  if (given) scope.originAt(`${pointer}/value`, given);
  else scope.originBy(`${pointer}/value`, DEFAULT);
  const type = declared && nodeAt(declared, ["type"]);
  if (type) scope.originAt(`${pointer}/type`, type);
}
