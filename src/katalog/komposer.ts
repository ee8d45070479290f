/**
 * A Komposer: the Katalogs that it imports, and what it lays over them. Pure; `resolve` fetches the
 * imports between the two halves of this module.
 */
import type { Issue, SourcePosition } from "../std/issue.ts";
import type { PathSegment } from "../std/json.ts";
import {
  isUnset,
  nodeAt,
  positionOf,
  type YamlEntry,
  type YamlMap,
  type YamlNode,
} from "../std/yaml-node.ts";
import {
  type ChartImport,
  type FileImport,
  importsDocument,
  type RegistryImport,
} from "./imports.ts";
import { type NormalisedDocument, normalise } from "./normalise.ts";
import { overlay } from "./overlay.ts";
import { validateAs } from "./validate.ts";

export interface Komposer {
  readonly imports: readonly PlacedImport[];
  /** In the canonical layout, with the `null`s that clear what is imported. */
  readonly document: NormalisedDocument;
}

/** One entry of `imports`, by the list that it stands in. */
export type PlacedImport =
  | ({ readonly kind: "file" } & FileImport & Placed)
  | ({ readonly kind: "chart" } & ChartImport & Placed)
  | ({ readonly kind: "registry" } & RegistryImport & Placed);

interface Placed {
  /** Its path in the document, for positions. */
  readonly place: readonly PathSegment[];
}

export interface ReadKomposer {
  readonly komposer: Komposer;
  readonly issues: readonly Issue[];
}

/** `root` is of kind Komposer. `sourcePaths` is shared with what it is imported by. */
export function readKomposer(
  root: YamlNode,
  sourcePaths?: NormalisedDocument["sourcePaths"],
): ReadKomposer {
  const document = normalise(root, { keepsNull: true, ...(sourcePaths && { sourcePaths }) });
  const head = { ...document, root: only(document.root, ["imports"], document.root.position) };
  const validated = validateAs(importsDocument, head);
  // With a part of an import missing, what is left of it means something else: nothing is asked for.
  const isSound = validated.issues.length === 0;
  const imports = isSound ? validated.document?.imports : undefined;
  const placed = <T>(list: string, items: readonly T[] = []) => {
    const path = ["imports", list];
    const isList = nodeAt(document.root, path)?.kind === "list";
    return items.map((item, index) => ({ ...item, place: isList ? [...path, index] : path }));
  };
  return {
    komposer: {
      document,
      imports: [
        ...placed("registry", imports?.registry).map((one) => ({
          kind: "registry" as const,
          ...one,
        })),
        ...placed("files", imports?.files).map((one) => ({ kind: "file" as const, ...one })),
        ...placed("helm", imports?.helm).map((one) => ({ kind: "chart" as const, ...one })),
      ],
    },
    issues: [...document.issues, ...validated.issues],
  };
}

const CRDS: readonly PathSegment[] = ["spec", "crds"];

/** Names of the entries of `spec.crds`. */
export function entryNames({ root }: NormalisedDocument): readonly string[] {
  const crds = nodeAt(root, CRDS);
  return crds?.kind === "map" ? [...crds.entries.keys()] : [];
}

/** The Komposer as a Katalog of the entries that no import brings. */
export function ownDocument(
  { document }: Komposer,
  isOwn: (name: string) => boolean,
): NormalisedDocument {
  const { root } = document;
  if (root.kind !== "map") return { ...document, issues: [] };
  const entries = new Map(root.entries);
  entries.delete("imports");
  const spec = entries.get("spec")?.value;
  const crds = nodeAt(root, CRDS);
  // What is no map there, the schema refuses.
  const isReadable = (node: YamlNode | undefined) => isUnset(node) || node?.kind === "map";
  if (isReadable(spec) && isReadable(crds)) {
    const own = only(crds, entryNames(document).filter(isOwn), root.position);
    const inner = new Map(spec?.kind === "map" ? spec.entries : []);
    inner.set("crds", { keyPosition: own.position, value: own });
    const value: YamlMap = {
      kind: "map",
      position: spec?.position ?? root.position,
      entries: inner,
    };
    const path = spec && document.sourcePaths.get(spec);
    if (path) document.sourcePaths.set(value, path);
    entries.set("spec", { keyPosition: positionOf(root, ["spec"], "key"), value });
  }
  return { ...document, issues: [], root: { ...root, entries } };
}

/** An imported Katalog in the canonical layout, ready to be laid over. */
export function normaliseImported(root: YamlNode, { document }: Komposer): NormalisedDocument {
  return normalise(root, { sourcePaths: document.sourcePaths });
}

/** An imported Katalog with everything that the Komposer says of its entries. */
export function composedDocument(
  imported: NormalisedDocument,
  { document }: Komposer,
): NormalisedDocument {
  const names = new Set(entryNames(imported));
  const crds = nodeAt(document.root, CRDS);
  const laid = entryNames(document).filter((name) => names.has(name));
  const overrides = only(crds, laid, imported.root.position);
  const spec = new Map([["crds", entryOf(overrides)]]);
  const finalizers = joinedFinalizers(imported.root, document.root);
  if (finalizers) spec.set("finalizers", entryOf(finalizers));
  const { position } = imported.root;
  const inner: YamlMap = { kind: "map", position, entries: spec };
  const over: YamlMap = { kind: "map", position, entries: new Map([["spec", entryOf(inner)]]) };
  const root =
    names.size === 0 ? imported.root : overlay(imported.root, over, imported.sourcePaths);
  return { ...imported, root };
}

/** `spec.finalizers` of a Komposer are for every entry, imported ones included. */
function joinedFinalizers(imported: YamlNode, own: YamlNode): YamlNode | undefined {
  const further = nodeAt(own, ["spec", "finalizers"]);
  if (!further) return undefined;
  const before = nodeAt(imported, ["spec", "finalizers"]);
  return {
    kind: "list",
    position: further.position,
    items: [...itemsOf(before), ...itemsOf(further)],
  };
}

function itemsOf(node: YamlNode | undefined): readonly YamlNode[] {
  if (!node || (node.kind === "scalar" && node.value === null)) return [];
  return node.kind === "list" ? node.items : [node];
}

/** The map with these keys of `node` alone; at `position` when it is no map. */
function only(
  node: YamlNode | undefined,
  keys: readonly string[],
  position: SourcePosition,
): YamlMap {
  const entries = new Map<string, YamlEntry>();
  if (node?.kind !== "map") return { kind: "map", position, entries };
  for (const key of keys) {
    const entry = node.entries.get(key);
    if (entry) entries.set(key, entry);
  }
  return { kind: "map", position: node.position, entries };
}

function entryOf(value: YamlNode): YamlEntry {
  return { keyPosition: value.position, value };
}
