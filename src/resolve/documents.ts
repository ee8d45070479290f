/**
 * The entry documents of a start, with everything that they import: paths → Katalogs, as declared.
 * What a Komposer imports becomes one Katalog each, with the Komposer's own word laid over it.
 */
import { documentKind, type ReadKatalog, readKatalog } from "../katalog/katalog.ts";
import { compose } from "./compose.ts";
import { type LoadedDocument, load } from "./load.ts";
import type { DocumentOptions, ReadDocuments } from "./read-documents.ts";

/** No paths: the current folder. */
export async function readDocuments(
  paths: readonly string[],
  options: DocumentOptions,
): Promise<ReadDocuments> {
  const loaded = await load(paths.length === 0 ? ["."] : paths, options.reader);
  const read = await Promise.all(loaded.documents.map((one) => readDocument(one, options)));
  return joined([{ katalogs: [], imports: [], issues: loaded.issues }, ...read]);
}

async function readDocument(
  document: LoadedDocument,
  options: DocumentOptions,
): Promise<ReadDocuments> {
  const found = documentKind(document.root);
  switch (found.kind) {
    case "Katalog":
      return alone(readKatalog(document.root, options));
    case "Komposer":
      return compose(document, options);
    case "refused":
      return { katalogs: [], imports: [], issues: [found.issue] };
    default:
      return found satisfies never;
  }
}

function alone({ katalog, issues }: ReadKatalog): ReadDocuments {
  return { katalogs: katalog ? [katalog] : [], imports: [], issues };
}

function joined(all: readonly ReadDocuments[]): ReadDocuments {
  return {
    katalogs: all.flatMap((one) => one.katalogs),
    imports: all.flatMap((one) => one.imports),
    issues: all.flatMap((one) => one.issues),
  };
}
