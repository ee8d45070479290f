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
import { type FileImport, importsDocument } from "./imports.ts";
import { type ReadKatalog, type ReadOptions, readNormalised } from "./katalog.ts";
import { type NormalisedDocument, normalise } from "./normalise.ts";
import { overlay } from "./overlay.ts";
import { setAside } from "./set-aside.ts";
import { UNSUPPORTED_IMPORTS } from "./unsupported.ts";
import { validateAs } from "./validate.ts";

export interface Komposer {
  readonly imports: readonly PlacedImport[];
  /** In the canonical layout, with the `null`s that clear what is imported. */
  readonly document: NormalisedDocument;
}

export interface PlacedImport extends FileImport {
  /** Its path in the document, for positions. */
  readonly path: readonly PathSegment[];
}

export interface ReadKomposer {
  readonly komposer: Komposer;
  readonly issues: readonly Issue[];
}

/** `root` is of kind Komposer. */
export function readKomposer(root: YamlNode): ReadKomposer {
  const document = normalise(root, { keepsNull: true });
  const head = { ...document, root: only(document.root, ["imports"], document.root.position) };
  const aside = setAside(head, { skipUnsupported: false, settings: UNSUPPORTED_IMPORTS });
  const validated = validateAs(importsDocument, { ...document, root: aside.root });
  // With a part of an import missing, what is left of it means something else: nothing is asked for.
  const isSound = validated.issues.length === 0;
  const files = isSound ? (validated.document?.imports?.files ?? []) : [];
  const isList = nodeAt(document.root, FILES)?.kind === "list";
  return {
    komposer: {
      document,
      imports: files.map((file, index) => ({ ...file, path: isList ? [...FILES, index] : FILES })),
    },
    issues: [...document.issues, ...aside.issues, ...validated.issues],
  };
}

const FILES: readonly PathSegment[] = ["imports", "files"];
const CRDS: readonly PathSegment[] = ["spec", "crds"];

/** Names of the entries of `spec.crds`. */
export function entryNames({ root }: NormalisedDocument): readonly string[] {
  const crds = nodeAt(root, CRDS);
  return crds?.kind === "map" ? [...crds.entries.keys()] : [];
}

/** The Komposer as a Katalog of the entries that no import brings. */
export function ownKatalog(
  { document }: Komposer,
  isOwn: (name: string) => boolean,
  options: ReadOptions,
): ReadKatalog {
  const { root } = document;
  if (root.kind !== "map") return { issues: [] };
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
  return readNormalised({ ...document, issues: [], root: { ...root, entries } }, options);
}

/** An imported Katalog in the canonical layout, ready to be laid over. */
export function normaliseImported(root: YamlNode, { document }: Komposer): NormalisedDocument {
  return normalise(root, { sourcePaths: document.sourcePaths });
}

/** An imported Katalog with everything that the Komposer says of its entries. */
export function composedKatalog(
  imported: NormalisedDocument,
  { document }: Komposer,
  options: ReadOptions,
): ReadKatalog {
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
  return readNormalised({ ...imported, root }, options);
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
