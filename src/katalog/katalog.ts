/**
 * The door of the document vocabulary: one YAML document → one Katalog in its canonical layout.
 *
 * Flow: what kind of document is it · older layouts (`normalise`) · what this build does not act on
 * (`unsupported`) · the schema (`validate`). Issues of all steps are told together.
 */
import type { Issue, SourcePosition } from "../std/issue.ts";
import type { JsonObject, PathSegment } from "../std/json.ts";
import { suggest } from "../std/suggest.ts";
import { nodeAt, positionOf, type YamlNode, YamlScalar } from "../std/yaml-node.ts";
import type { KatalogDocument } from "./document.ts";
import { API_VERSION, API_VERSION_ALIASES } from "./layouts.ts";
import { type NormalisedDocument, normalise } from "./normalise.ts";
import type { MotifInputs } from "./resolved.ts";
import { type KeptBlock, setAside } from "./set-aside.ts";
import { UNSUPPORTED_KINDS } from "./unsupported.ts";
import { describe, validate } from "./validate.ts";

export interface ReadOptions {
  /** Leave entries out that need compiled Go code, instead of refusing the document. */
  readonly skipUnsupported: boolean;
}

/** A Katalog as declared, and the tree that its positions come from. */
export interface KatalogSource {
  readonly document: KatalogDocument;
  readonly source: NormalisedDocument;
  /** Blocks that concern other processes, as written. */
  readonly other: JsonObject;
  readonly kept: readonly KeptBlock[];
  /** Canonical paths of settings that are not in `document`, because an issue refuses them. */
  readonly refused: readonly (readonly PathSegment[])[];
  /** Inputs of Motifs, by the CRD entry that uses them. */
  readonly inputs?: ReadonlyMap<string, readonly MotifInputs[]>;
  /** Where those were given: by the `values` of each use. */
  readonly inputPlaces?: InputPlaces;
  /** The import of a Komposer that brought it. */
  readonly importedBy?: ImportPlace;
}

export type InputPlaces = WeakMap<MotifInputs["values"], PlacedInputs>;

export interface PlacedInputs {
  /** The import of the Motif. */
  readonly use: SourcePosition;
  /** Where the Motif says its name. */
  readonly motif: SourcePosition;
  /** What it says of each input. */
  readonly declared: ReadonlyMap<string, YamlNode>;
  /** Where its values stand, in `with` or in the Motif; absent for what nobody gives. */
  readonly values: ReadonlyMap<string, YamlNode>;
}

/** One entry of `imports`, for messages. */
export interface ImportPlace {
  /** `file:…`, `helm:<repo>/<chart>@<version>` or `registry:…`, without anything secret. */
  readonly origin: string;
  readonly position: SourcePosition;
  /** The import of the Komposer in which it stands, when that was imported itself. */
  readonly through?: ImportPlace;
}

export interface ReadKatalog {
  /**
   * Absent when too little could be read. Beside errors: what is left without the refused parts, so
   * that it can be checked, too.
   */
  readonly katalog?: KatalogSource;
  readonly issues: readonly Issue[];
}

/** A document that this build reads, or why it is none. */
export type DocumentKind = { readonly kind: "Katalog" | "Komposer" | "Motif" } | RefusedDocument;

interface RefusedDocument {
  readonly kind: "refused";
  readonly issue: Issue;
}

export function documentKind(root: YamlNode): DocumentKind {
  const issue = refuse(root);
  if (issue) return { kind: "refused", issue };
  const kind = scalarAt(root, "kind");
  return { kind: kind === "Komposer" || kind === "Motif" ? kind : "Katalog" };
}

/** `root` is of kind Katalog: {@link documentKind} said so. */
export function readKatalog(root: YamlNode, options: ReadOptions): ReadKatalog {
  return readNormalised(normalise(root), options);
}

/** The steps after the layouts. */
export function readNormalised(normalised: NormalisedDocument, options: ReadOptions): ReadKatalog {
  const { root: rest, other, kept, issues: unsupported, refused } = setAside(normalised, options);
  const source = { ...normalised, root: rest };
  const validated = validate(source);
  const issues = [...normalised.issues, ...unsupported, ...validated.issues];
  const { document } = validated;
  if (!document) return { issues };
  const allRefused = [...refused, ...validated.refused];
  const katalog = { document, source, other, kept, refused: allRefused };
  return { katalog, issues };
}

/** Kinds that `refuseKind` lets pass. */
const RUNNABLE_KINDS: readonly string[] = ["Katalog", "Komposer", "Motif"];
const OWN_KINDS = [...RUNNABLE_KINDS, ...UNSUPPORTED_KINDS];

/** Why a document is not a Katalog that can be read at all. */
function refuse(root: YamlNode): Issue | undefined {
  if (root.kind !== "map") {
    const message = `Cannot read the document: found ${describe(root.kind === "list" ? [] : root)}, expected a mapping with apiVersion and kind`;
    return { code: "not-a-katalog", severity: "error", message, position: root.position };
  }
  const apiVersion = scalarAt(root, "apiVersion");
  const position = positionOf(root, ["apiVersion"]);
  if (apiVersion !== API_VERSION && !API_VERSION_ALIASES.includes(apiVersion ?? "")) {
    const found = apiVersion === undefined ? "no apiVersion" : `apiVersion "${apiVersion}"`;
    const message = `Cannot read the document: found ${found}, expected "${API_VERSION}"`;
    const hint = hintFor(apiVersion, scalarAt(root, "kind"));
    const path = ["apiVersion"];
    return { code: "not-a-katalog", severity: "error", message, ...hint, path, position };
  }
  return refuseKind(root) ?? refuseResolved(root);
}

/** Objects for the cluster stand beside most Katalogs. */
function hintFor(
  apiVersion: string | undefined,
  kind: string | undefined,
): { readonly hint?: string } {
  if (apiVersion === undefined || kind === undefined || OWN_KINDS.includes(kind)) return {};
  if (kind === "CustomResourceDefinition") {
    return { hint: 'This defines a kind: name its file in "crdFile" of an entry of the Katalog' };
  }
  return { hint: `This is an object for the cluster, of kind ${kind}: kubectl apply -f takes it` };
}

/** What `ork template` prints has the entries as a list, and every default written out: nothing reads it again. */
function refuseResolved(root: YamlNode): Issue | undefined {
  if (nodeAt(root, ["spec"]) || nodeAt(root, ["crds"])?.kind !== "list") return undefined;
  const message =
    'Cannot read the document: it is the resolved form, as "ork template" prints it, expected the documents that it was made of';
  const hint = "The resolved form shows what would run; it is no source";
  const position = positionOf(root, ["crds"], "key");
  return { code: "resolved-document", severity: "error", message, hint, path: ["crds"], position };
}

function refuseKind(root: YamlNode): Issue | undefined {
  const kind = scalarAt(root, "kind");
  if (kind !== undefined && RUNNABLE_KINDS.includes(kind)) return undefined;
  const position = positionOf(root, ["kind"]);
  if (kind !== undefined && UNSUPPORTED_KINDS.includes(kind)) {
    const message = `This build does not support kind "${kind}" yet: it runs kinds "Katalog" and "Komposer"`;
    return { code: "unsupported-kind", severity: "error", message, path: ["kind"], position };
  }
  const near =
    kind === undefined ? undefined : suggest(kind, ["Katalog", "Komposer", ...UNSUPPORTED_KINDS]);
  const found = kind === undefined ? "no kind" : `kind "${kind}"`;
  const message = `Cannot read the document: found ${found}, expected "Katalog" or "Komposer"`;
  const hint = near ? { hint: `Did you mean "${near}"?` } : {};
  return { code: "not-a-katalog", severity: "error", message, ...hint, path: ["kind"], position };
}

function scalarAt(root: YamlNode, key: string): string | undefined {
  const node = nodeAt(root, [key]);
  return node instanceof YamlScalar && node.value !== null ? node.text : undefined;
}
