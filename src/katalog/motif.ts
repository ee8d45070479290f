/**
 * A Motif: a fragment of an `operatorBox` with inputs. What the document says of itself is read here;
 * what it brings stays a tree, in the canonical layout of a CRD entry, ready to be joined with one.
 */
import * as v from "valibot";
import type { Issue, SourcePosition } from "../std/issue.ts";
import type { JsonObject, PathSegment } from "../std/json.ts";
import {
  isUnset,
  nodeAt,
  positionOf,
  type YamlEntry,
  type YamlMap,
  type YamlNode,
} from "../std/yaml-node.ts";
import {
  bool,
  json,
  jsonNative,
  listOf,
  listOrOne,
  oneOf,
  reading,
  strict,
  text,
  treeNative,
} from "./fields.ts";
import { type AuthDocument, auth } from "./imports.ts";
import { pushDown } from "./motif-join.ts";
import { type NormalisedDocument, normalise } from "./normalise.ts";
import { validateAs } from "./validate.ts";

/** What an input is turned into, whatever the text of its template; and the other words for it. */
const INPUT_TYPES = {
  string: "string",
  int: "int",
  integer: "int",
  float: "float",
  number: "float",
  bool: "bool",
  boolean: "bool",
  list: "list",
  array: "list",
  map: "map",
  object: "map",
} as const;

const inputType = v.pipe(
  oneOf(Object.keys(INPUT_TYPES) as (keyof typeof INPUT_TYPES)[]),
  v.transform((word) => INPUT_TYPES[word]),
);

const native = reading("a value", treeNative);

const input = strict({
  name: text("the name of an input"),
  description: v.exactOptional(text()),
  required: v.exactOptional(bool),
  type: v.exactOptional(inputType),
  default: v.exactOptional(native),
});

const motifImport = strict({
  motif: text("a file, a URL, a reference or a name"),
  version: v.exactOptional(text("a version")),
  oci: v.exactOptional(bool),
  auth: v.exactOptional(auth),
  with: v.exactOptional(jsonNative),
});

const motifImports = strict({ imports: v.exactOptional(listOrOne(motifImport)) });

const motifDocument = strict({
  apiVersion: text(),
  kind: text(),
  metadata: strict({
    name: text("the name of the Motif"),
    version: v.exactOptional(text()),
    description: v.exactOptional(text()),
    author: v.exactOptional(text()),
    license: v.exactOptional(text()),
    tags: v.exactOptional(listOrOne(text())),
  }),
  inputs: v.exactOptional(listOf(input)),
  imports: v.exactOptional(listOrOne(motifImport)),
  resources: v.exactOptional(json),
  status: v.exactOptional(json),
  admission: v.exactOptional(json),
  notes: v.exactOptional(json),
  profiles: v.exactOptional(json),
});

export type InputDocument = v.InferOutput<typeof input>;

export interface MotifImport {
  readonly motif: string;
  readonly version?: string;
  readonly oci?: boolean;
  readonly auth?: AuthDocument;
  readonly with?: JsonObject;
}

/** An import with its node, for positions and for the text of what it says. */
export interface PlacedMotif extends MotifImport {
  readonly node: YamlNode;
}

export interface Motif {
  readonly name: string;
  readonly version?: string;
  readonly inputs: readonly InputDocument[];
  /** Where its name stands. */
  readonly namePosition: SourcePosition;
  /** The inputs as they stand there, by name. */
  readonly inputNodes: ReadonlyMap<string, YamlNode>;
  readonly imports: readonly PlacedMotif[];
  /** What it brings, as a CRD entry. */
  readonly entry: YamlNode;
}

export interface ReadMotif {
  /** Absent when too little could be read. */
  readonly motif?: Motif;
  readonly issues: readonly Issue[];
}

/** Parts of a Motif that belong to a whole Katalog. */
const DOCUMENT_BLOCKS = ["notes", "profiles"] as const;

/** `root` is of kind Motif. */
export function readMotif(
  root: YamlNode,
  sourcePaths: NormalisedDocument["sourcePaths"],
): ReadMotif {
  const source: NormalisedDocument = { root, issues: [], sourcePaths };
  const { document, issues } = validateAs(motifDocument, source);
  const unsupported = DOCUMENT_BLOCKS.filter((key) => !isUnset(nodeAt(root, [key]))).map(
    (key): Issue => ({
      code: "unsupported",
      severity: "error",
      message: `Cannot act on "${key}" of a Motif: this build does not support it yet`,
      path: [key],
      position: nodeAt(root, [key])?.position ?? root.position,
    }),
  );
  const all: Issue[] = [...issues, ...unsupported];
  if (!document) return { issues: all };
  const { metadata, inputs = [], imports = [] } = document;
  const katalog = asKatalog(root, (issue) => all.push(issue));
  const { root: whole, issues: older } = normalise(katalog, { sourcePaths });
  const entry = nodeAt(whole, [...ENTRY]) ?? whole;
  return {
    motif: {
      name: metadata.name,
      namePosition: positionOf(root, ["metadata", "name"]),
      ...(metadata.version !== undefined && { version: metadata.version }),
      inputs,
      inputNodes: nodesOf(inputs, nodeAt(root, ["inputs"])),
      imports: placed(imports, nodeAt(root, ["imports"])),
      entry,
    },
    issues: [...all, ...older],
  };
}

function nodesOf(inputs: readonly InputDocument[], node: YamlNode | undefined) {
  return new Map(
    inputs.flatMap(({ name }, index): [string, YamlNode][] => {
      const own = node && nodeAt(node, [index]);
      return own ? [[name, own]] : [];
    }),
  );
}

/** `imports` of a CRD entry or of a Motif. */
export function readMotifImports(
  node: YamlNode,
  sourcePaths: NormalisedDocument["sourcePaths"],
): { readonly imports: readonly PlacedMotif[]; readonly issues: readonly Issue[] } {
  const entries = new Map([["imports", { keyPosition: node.position, value: node }]]);
  const root: YamlMap = { kind: "map", position: node.position, entries };
  const { document, issues } = validateAs(motifImports, { root, issues: [], sourcePaths });
  const sound = issues.length === 0 ? (document?.imports ?? []) : [];
  return { imports: placed(sound, node), issues };
}

function placed(
  imports: readonly MotifImport[],
  node: YamlNode | undefined,
): readonly PlacedMotif[] {
  return imports.flatMap((one, index) => {
    const own = node?.kind === "list" ? node.items[index] : node;
    return own ? [{ ...one, node: own }] : [];
  });
}

const ENTRY: readonly PathSegment[] = ["spec", "crds", "motif"];
const PHASES = ["onCreate", "onDelete"];

type Named = readonly [key: string, node: YamlNode];

/** The Motif's blocks where a Katalog has them; children that stand alone are of `onReconcile`. */
function asKatalog(root: YamlNode, report: (issue: Issue) => void): YamlNode {
  const resources = entriesOf(nodeAt(root, ["resources"]));
  const phases = resources.filter(([key]) => PHASES.includes(key));
  const own = resources.find(([key]) => key === "onReconcile")?.[1];
  const inline = resources.filter(([key]) => key !== "onReconcile" && !PHASES.includes(key));
  // Its conditions hold for what it lists, not for what stands beside it.
  const listed = own && (inline.length > 0 ? pushDown(own, report) : own);
  const onReconcile = inline.length > 0 ? joinedPhase(listed, inline, root) : listed;
  const reconcile = mapOf(root, [...phases, ...named("onReconcile", onReconcile)]);
  const emit = named("status", nodeAt(root, ["status"]));
  const box = mapOf(root, [
    ["reconcile", reconcile],
    ["emit", mapOf(root, emit)],
  ]);
  const admission = named("admission", nodeAt(root, ["admission"]));
  const crds = mapOf(root, [["motif", mapOf(root, [["operatorBox", box], ...admission])]]);
  return mapOf(root, [["spec", mapOf(root, [["crds", crds]])]]);
}

/** A phase that is no map is told by its schema. */
function joinedPhase(
  own: YamlNode | undefined,
  inline: readonly Named[],
  root: YamlNode,
): YamlNode {
  return mapOf(own ?? root, [...inline, ...entriesOf(own)]);
}

function entriesOf(node: YamlNode | undefined): readonly Named[] {
  if (node?.kind !== "map") return [];
  return [...node.entries].map(([key, { value }]): Named => [key, value]);
}

function named(key: string, node: YamlNode | undefined): readonly Named[] {
  return node ? [[key, node]] : [];
}

function mapOf(at: YamlNode, entries: readonly Named[]): YamlMap {
  const map = new Map<string, YamlEntry>();
  for (const [key, value] of entries) {
    const before = map.get(key);
    const joined = before ? joinLists(before.value, value) : value;
    map.set(key, { keyPosition: value.position, value: joined });
  }
  return { kind: "map", position: at.position, entries: map };
}

/** One kind both inline and below `onReconcile`. */
function joinLists(first: YamlNode, second: YamlNode): YamlNode {
  if (first.kind !== "list" || second.kind !== "list") return second;
  return { ...first, items: [...first.items, ...second.items] };
}
