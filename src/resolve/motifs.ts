/**
 * Motifs of CRD entries: each is read with the Motifs that it imports itself, gets its inputs, and is
 * joined with what uses it, in order, so that what stands nearer to the CRD wins.
 *
 * Guarantees: a Motif that is missing, a required input that is not given, a cycle: issues at the
 * line of the import. Nothing of a Motif is left where it was: the entry that comes out is one that
 * could have been written by hand, but for inputs that only a custom resource can fill.
 */
import { documentKind, type InputPlaces } from "../katalog/katalog.ts";
import { type Motif, type PlacedMotif, readMotif, readMotifImports } from "../katalog/motif.ts";
import { joinEntries } from "../katalog/motif-join.ts";
import type { NormalisedDocument } from "../katalog/normalise.ts";
import type { MotifInputs } from "../katalog/resolved.ts";
import { SourceError } from "../source/source-error.ts";
import { formatPosition, type Issue } from "../std/issue.ts";
import { isUnset, nodeAt, positionOf, type YamlEntry, type YamlNode } from "../std/yaml-node.ts";
import type { Dialect } from "../template/template.ts";
import { type ImportScope, SECRET_IN_URL } from "./import-scope.ts";
import { type LoadedDocument, loadDocuments, sourceIssue } from "./load.ts";
import { type InputUse, rewriteInputs } from "./motif-inputs.ts";
import { type FoundMotif, findMotif } from "./motif-source.ts";
import { usesOf } from "./motif-values.ts";
import type { ReadImport } from "./read-documents.ts";
import type { DocumentReader } from "./reader.ts";

export interface MotifOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly reader: DocumentReader;
  readonly dialect: Dialect;
}

export interface AppliedMotifs {
  readonly document: NormalisedDocument;
  /** By the name of the CRD entry. */
  readonly inputs: ReadonlyMap<string, readonly MotifInputs[]>;
  readonly inputPlaces: InputPlaces;
  readonly imports: readonly ReadImport[];
  readonly issues: readonly Issue[];
}

/** Motifs inside of Motifs. */
const MAX_DEPTH = 10;
/** Of one document. */
const MAX_MOTIFS = 100;

const IMPORTS = ["operatorBox", "reconcile", "imports"];

/** A Katalog in the canonical layout, with what its Motifs bring. */
export async function applyMotifs(
  document: NormalisedDocument,
  options: MotifOptions,
): Promise<AppliedMotifs> {
  const crds = nodeAt(document.root, ["spec", "crds"]);
  const work = new MotifWork(document, options);
  if (crds?.kind !== "map") return work.finish(document.root);
  const read = [...crds.entries].map(
    async ([name, entry]): Promise<readonly [string, YamlEntry]> => [
      name,
      { ...entry, value: await work.entry(name, entry.value) },
    ],
  );
  const entries = new Map(await Promise.all(read));
  const changed = replaced(document.root, ["spec", "crds"], { ...crds, entries });
  return work.finish(work.isUsed ? changed : document.root);
}

/** The way from a CRD entry to a Motif. */
interface Way {
  /** Documents, as positions name them. */
  readonly chain: readonly string[];
  readonly crd: string;
  /** What the Motif that imports this one reads as its inputs. */
  readonly outer?: InputUse;
}

interface ReadOne {
  readonly motif: Motif;
  /** As positions name it. */
  readonly file: string;
}

interface Use extends MotifInputs {
  isRead: boolean;
}

/** What the document holds itself by now is not needed again. */
function readAtRunTime(uses: readonly Use[]): readonly MotifInputs[] {
  return uses.filter((use) => use.isRead).map(({ isRead: _, ...inputs }) => inputs);
}

class MotifWork {
  isUsed = false;
  readonly #document: NormalisedDocument;
  readonly #options: MotifOptions;
  readonly #issues: Issue[] = [];
  readonly #inputs = new Map<string, Use[]>();
  readonly #inputPlaces: InputPlaces = new WeakMap();
  readonly #imports = new Map<string, ReadImport>();
  #count = 0;

  constructor(document: NormalisedDocument, options: MotifOptions) {
    this.#document = document;
    this.#options = options;
  }

  finish(root: YamlNode): AppliedMotifs {
    return {
      document: { ...this.#document, root },
      inputs: new Map([...this.#inputs].map(([crd, uses]) => [crd, readAtRunTime(uses)])),
      inputPlaces: this.#inputPlaces,
      imports: [...this.#imports.values()].sort((a, b) => (a.origin < b.origin ? -1 : 1)),
      issues: this.#issues,
    };
  }

  /** The entry with its Motifs below it. */
  async entry(crd: string, entry: YamlNode): Promise<YamlNode> {
    const node = nodeAt(entry, IMPORTS);
    if (!node || isUnset(node)) return entry;
    this.isUsed = true;
    const own = without(entry, IMPORTS);
    const { imports, issues } = readMotifImports(node, this.#document.sourcePaths);
    for (const issue of issues) this.#issues.push(issue);
    const brought = await this.#bring(imports, { chain: [node.position.file], crd });
    return brought ? this.#join(brought, own) : own;
  }

  /** All Motifs of one list, joined in its order. */
  async #bring(imports: readonly PlacedMotif[], way: Way): Promise<YamlNode | undefined> {
    const reads = await Promise.all(imports.map((one) => this.#read(one, way)));
    let joined: YamlNode | undefined;
    for (const [index, one] of imports.entries()) {
      const read = reads[index];
      const entry = read && (await this.#use(read, one, way));
      if (entry) joined = joined ? this.#join(joined, entry) : entry;
    }
    return joined;
  }

  #join(base: YamlNode, over: YamlNode): YamlNode {
    const { sourcePaths } = this.#document;
    return joinEntries(base, over, { sourcePaths, report: (issue) => this.#issues.push(issue) });
  }

  async #use({ motif, file }: ReadOne, one: PlacedMotif, way: Way): Promise<YamlNode> {
    const key = `m${this.#inputs.get(way.crd)?.length ?? 0}`;
    const used = usesOf(motif, { one, key, outer: way.outer, dialect: this.#options.dialect });
    for (const issue of used.issues) this.#issues.push(issue);
    this.#inputPlaces.set(used.inputs.values, used.places);
    // Its place is taken before those of the Motifs in it: they read what it was given.
    const place = this.#place(way.crd, used.inputs);
    const inner = { chain: [...way.chain, file], crd: way.crd, outer: used.use };
    const below = await this.#bring(motif.imports, inner);
    const { node, isRead, unknown } = rewriteInputs(motif.entry, used.use);
    for (const { name, scalar } of unknown) this.#issues.push(unknownInput(name, scalar, motif));
    place.isRead = isRead || (motif.imports.length > 0 && used.use.runtime.size > 0);
    return below ? this.#join(below, node) : node;
  }

  /** Kept for the number alone when nothing of it is read at run time. */
  #place(crd: string, inputs: MotifInputs): Use {
    const list = this.#inputs.get(crd) ?? [];
    this.#inputs.set(crd, list);
    const place = { ...inputs, isRead: false };
    list.push(place);
    return place;
  }

  async #read(one: PlacedMotif, { chain }: Way): Promise<ReadOne | undefined> {
    const report = (issue: Omit<Issue, "position">, below: readonly (string | number)[] = []) =>
      this.#report(one, issue, below);
    if (++this.#count > MAX_MOTIFS) {
      const message = `Cannot import the Motif "${one.motif}": the limit is ${MAX_MOTIFS} Motifs`;
      report({ code: "too-many-imports", severity: "error", message });
      return undefined;
    }
    const { env, reader } = this.#options;
    const scope: ImportScope = { env, reader, file: one.node.position.file, report };
    try {
      const found = await findMotif(one, scope);
      return found && (await this.#load(one, found, chain));
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      report(sourceIssue(error));
      return undefined;
    }
  }

  async #load(
    one: PlacedMotif,
    found: FoundMotif,
    chain: readonly string[],
  ): Promise<ReadOne | undefined> {
    const { name } = found.target;
    const tooFar = whyTooFar(name, chain);
    if (tooFar) {
      this.#report(one, tooFar);
      return undefined;
    }
    const { documents, issues } = await loadDocuments(found.target, this.#options.reader);
    for (const issue of issues) {
      if (issue.position) this.#issues.push(issue);
      else this.#report(one, issue);
    }
    const [document] = documents;
    if (!document) return undefined;
    const isNone = whyNoMotif(name, documents);
    if (isNone) {
      this.#report(one, isNone);
      return undefined;
    }
    const { motif, issues: own } = readMotif(document.root, this.#document.sourcePaths);
    for (const issue of own) this.#issues.push(issue);
    if (!motif) return undefined;
    this.#imports.set(found.origin, recordOf(motif, found, document));
    return { motif, file: document.file };
  }

  #report(
    { node }: PlacedMotif,
    issue: Omit<Issue, "position">,
    below: readonly (string | number)[] = [],
  ): void {
    const position = positionOf(node, below);
    const path = this.#document.sourcePaths.get(node);
    if (issue.code === SECRET_IN_URL) {
      this.#issues.push({ ...issue, message: `${issue.message}, at ${formatPosition(position)}` });
    } else this.#issues.push({ ...issue, ...(path && { path: [...path, ...below] }), position });
  }
}

function whyTooFar(name: string, chain: readonly string[]): Omit<Issue, "position"> | undefined {
  const isCycle = chain.includes(name);
  if (!isCycle && chain.length <= MAX_DEPTH) return undefined;
  const why = isCycle
    ? "it is imported by what it imports"
    : `Motifs lie ${MAX_DEPTH} deep at most`;
  const message = `Cannot import the Motif "${name}": ${why}`;
  const hint = [...chain, name].join(" → ");
  return { code: isCycle ? "import-cycle" : "too-many-imports", severity: "error", message, hint };
}

function whyNoMotif(
  name: string,
  [document, second]: readonly LoadedDocument[],
): Omit<Issue, "position"> | undefined {
  const kind = document && documentKind(document.root);
  if (!second && kind?.kind === "Motif") return undefined;
  const what = second ? "more than one document" : "no Motif";
  const message = `Cannot import the Motif "${name}": it holds ${what}`;
  const hint = kind?.kind === "refused" ? { hint: kind.issue.message } : {};
  return { code: "not-a-motif", severity: "error", message, ...hint };
}

function recordOf(
  motif: Motif,
  { origin, digest, version = motif.version }: FoundMotif,
  document: { readonly file: string; readonly digest: string },
): ReadImport {
  return {
    from: document.file,
    origin,
    katalog: motif.name,
    ...(version !== undefined && { version }),
    digest: digest ?? document.digest,
  };
}

function unknownInput(name: string, scalar: YamlNode, motif: Motif): Issue {
  const known = motif.inputs.map((one) => one.name).join(", ") || "none";
  return {
    code: "unknown-input",
    severity: "warning",
    message: `".inputs.${name}" is always empty: the Motif "${motif.name}" has no such input`,
    hint: `Its inputs: ${known}`,
    position: scalar.position,
  };
}

function without(node: YamlNode, path: readonly string[]): YamlNode {
  const [key, ...rest] = path;
  if (key === undefined || node.kind !== "map") return node;
  const entries = new Map(node.entries);
  const entry = entries.get(key);
  if (!entry) return node;
  if (rest.length === 0) entries.delete(key);
  else entries.set(key, { ...entry, value: without(entry.value, rest) });
  return { ...node, entries };
}

function replaced(node: YamlNode, path: readonly string[], value: YamlNode): YamlNode {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const entry = node.kind === "map" ? node.entries.get(key) : undefined;
  if (node.kind !== "map" || !entry) return node;
  const inner = { ...entry, value: replaced(entry.value, rest, value) };
  return { ...node, entries: new Map(node.entries).set(key, inner) };
}
