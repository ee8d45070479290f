/**
 * A Komposer → the Katalogs that it is made of: its own entries first, then what it imports, the
 * stronger before the weaker, whatever came first over the wire.
 *
 * Guarantees: every import is tried and all that is wrong is told together; each issue names the
 * import and its line, or the line in the imported document. A part that is missing never looks like
 * a part that was not asked for: entries that a failed import may have brought are left alone. A
 * Komposer that a registry brings is composed first, by the same rules, and laid over like the rest.
 */
import type { KatalogSource } from "../katalog/katalog.ts";
import {
  composedDocument,
  entryNames,
  type Komposer,
  ownDocument,
  type PlacedImport,
  readKomposer,
} from "../katalog/komposer.ts";
import type { Issue } from "../std/issue.ts";
import { mapParallel } from "../std/parallel.ts";
import { positionOf } from "../std/yaml-node.ts";
import type { Gathered, Part, Way } from "./composition.ts";
import { Import } from "./import.ts";
import { importedIssue } from "./imported-issue.ts";
import type { LoadedDocument } from "./load.ts";
import { readPart } from "./part.ts";
import type { DocumentOptions, ReadDocuments, ReadImport } from "./read-documents.ts";

/** Imports read at once. */
const LANES = 32;
/** Imports of one start, those of imported Komposers included. */
const MAX_IMPORTS = 100;
/** Komposers inside of Komposers. */
const MAX_DEPTH = 10;

export async function compose(
  document: LoadedDocument,
  options: DocumentOptions,
): Promise<Omit<ReadDocuments, "motifs" | "rules">> {
  const whole = await gather(document, {
    options,
    chain: [document.file],
    budget: { imports: 0, done: 0 },
  });
  const read = await Promise.all(
    whole.parts.map(async (part) => ({ part, ...(await readPart(part.normalised, options)) })),
  );
  const brought = read.flatMap(({ part, katalog }) => (katalog ? record(part, katalog) : []));
  return {
    katalogs: read.flatMap(({ part, katalog }): KatalogSource[] => {
      if (!katalog) return [];
      return [part.importedBy ? { ...katalog, importedBy: part.importedBy } : katalog];
    }),
    imports: [...inListOrder(brought), ...uniqueMotifs(read.flatMap((one) => one.imports))],
    issues: [
      ...whole.issues,
      ...read.flatMap(({ part, issues }) =>
        issues.map((issue) => importedIssue(issue, part.importedBy)),
      ),
    ],
  };
}

/** One Motif that several Katalogs use was read once. */
function uniqueMotifs(imports: readonly ReadImport[]): readonly ReadImport[] {
  return [...new Map(imports.map((one) => [one.origin, one])).values()];
}

async function gather(document: LoadedDocument, way: Way): Promise<Gathered> {
  const { komposer, issues } = readKomposer(document.root, way.sourcePaths);
  const { sourcePaths } = komposer.document;
  const refused = refuseTooMany(document, komposer, way);
  const wanted = refused.length === 0 ? komposer.imports : [];
  const inner = { ...way, sourcePaths };
  const { budget, options } = way;
  const imports = await mapParallel(wanted, LANES, async (one) => {
    const read = await new Import(one, { document, komposer, way: inner, gather }).read();
    options.onImport?.(++budget.done, budget.imports);
    return read;
  });
  const all = [...issues, ...refused, ...imports.flatMap((one) => one.issues)];
  const brought = inStrength(wanted, imports).map((part) => ({
    ...part,
    normalised: composedDocument(part.normalised, komposer),
  }));
  const names = new Set(brought.flatMap((part) => entryNames(part.normalised)));
  const isPartial = all.some(({ severity }) => severity === "error");
  const own = ownDocument(komposer, (name) => !isPartial && !names.has(name));
  return { parts: [{ document, normalised: own }, ...brought], issues: all };
}

/** Helm before files before registry, each list in its order. */
function inStrength(
  imports: readonly PlacedImport[],
  read: readonly { readonly parts: readonly Part[] }[],
): readonly Part[] {
  const strength = { chart: 0, file: 1, registry: 2 } as const;
  return imports
    .map((one, index) => ({ rank: strength[one.kind], index, parts: read[index]?.parts ?? [] }))
    .sort((a, b) => a.rank - b.rank || a.index - b.index)
    .flatMap(({ parts }) => parts);
}

function refuseTooMany(
  { file }: LoadedDocument,
  { imports, document }: Komposer,
  { chain, budget }: Way,
): readonly Issue[] {
  budget.imports += imports.length;
  const position = positionOf(document.root, ["imports"], "key");
  const issue = (found: string): Issue => ({
    code: "too-many-imports",
    severity: "error",
    message: `Cannot import what "${file}" asks for: ${found}`,
    hint: "Compose less at a time, or join what belongs together into one artifact",
    path: ["imports"],
    position,
  });
  if (budget.imports > MAX_IMPORTS) {
    return [issue(`that makes ${budget.imports} imports, the limit is ${MAX_IMPORTS}`)];
  }
  if (chain.length > MAX_DEPTH) {
    return [issue(`it is a Komposer in ${chain.length - 1} others, the limit is ${MAX_DEPTH}`)];
  }
  return [];
}

interface Recorded extends ReadImport {
  readonly order: readonly number[];
}

function record(
  { document, found, importedBy, order = [] }: Part,
  { document: { metadata } }: KatalogSource,
): readonly Recorded[] {
  if (!importedBy) return [];
  const bundle = found?.bundle;
  const version = bundle?.version ?? metadata.version;
  const keyring = found?.keyring;
  const { position } = importedBy;
  return [
    {
      from: document.file,
      origin: importedBy.origin,
      katalog: metadata.name,
      ...(version !== undefined && { version }),
      digest: bundle?.digest ?? document.digest,
      ...(keyring !== undefined && { verified: { katalog: metadata.name, keyring, position } }),
      order,
    },
  ];
}

/** As the documents list them. */
function inListOrder(imports: readonly Recorded[]): readonly ReadImport[] {
  return [...imports]
    .sort((a, b) => compareOrders(a.order, b.order))
    .map(({ order: _, ...one }) => one);
}

function compareOrders(a: readonly number[], b: readonly number[]): number {
  for (const [index, step] of a.entries()) {
    const other = b[index];
    if (other === undefined) return 1;
    if (step !== other) return step - other;
  }
  return a.length - b.length;
}
