/**
 * The entry documents of a start, with everything that they import: paths → Katalogs, as declared.
 * What a Komposer imports becomes one Katalog each, with the Komposer's own word laid over it.
 */
import { documentKind } from "../katalog/katalog.ts";
import { normalise } from "../katalog/normalise.ts";
import { compose } from "./compose.ts";
import { type LoadedDocument, load } from "./load.ts";
import { checkMotif } from "./motif-check.ts";
import { readPart } from "./part.ts";
import { readPolicy } from "./policy.ts";
import type { DocumentOptions, ReadDocuments } from "./read-documents.ts";

/** No paths: the current folder. */
export async function readDocuments(
  paths: readonly string[],
  options: DocumentOptions,
): Promise<ReadDocuments> {
  const { reader } = options;
  const loaded = await load(paths.length === 0 ? ["."] : paths, reader);
  const policies = await Promise.all(loaded.documents.map((one) => readPolicy(one, reader)));
  const unread = policies.flatMap(({ issues }) => issues);
  // With a part of the policy missing, what it asks for cannot be held.
  if (unread.length > 0) return { ...NOTHING, issues: [...loaded.issues, ...unread] };
  const rules = policies.flatMap((policy) => policy.rules);
  reader.requireSignatures(rules.map(({ rule }) => rule));
  const read = await Promise.all(loaded.documents.map((one) => readDocument(one, options)));
  return joined([{ ...NOTHING, rules, issues: loaded.issues }, ...read]);
}

const NOTHING: ReadDocuments = { katalogs: [], imports: [], motifs: [], rules: [], issues: [] };

async function readDocument(
  document: LoadedDocument,
  options: DocumentOptions,
): Promise<ReadDocuments> {
  const found = documentKind(document.root);
  switch (found.kind) {
    case "Katalog": {
      const { katalog, imports, issues } = await readPart(normalise(document.root), options);
      return { ...NOTHING, katalogs: katalog ? [katalog] : [], imports, issues };
    }
    case "Komposer":
      return { ...NOTHING, ...(await compose(document, options)) };
    case "Motif":
      return { ...NOTHING, ...(await checkMotif(document, options)) };
    case "refused":
      return { ...NOTHING, issues: [found.issue] };
    default:
      return found satisfies never;
  }
}

function joined(all: readonly ReadDocuments[]): ReadDocuments {
  return {
    katalogs: all.flatMap((one) => one.katalogs),
    imports: all.flatMap((one) => one.imports),
    motifs: all.flatMap((one) => one.motifs),
    rules: all.flatMap((one) => one.rules),
    issues: all.flatMap((one) => one.issues),
  };
}
