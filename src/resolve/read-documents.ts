/** Entry documents on their way to Katalogs: what reading them takes, and what it gives. */
import type { KatalogSource } from "../katalog/katalog.ts";
import type { ImportedKatalog } from "../katalog/resolved.ts";
import type { Issue } from "../std/issue.ts";
import type { DocumentReader } from "./reader.ts";

export interface DocumentOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly reader: DocumentReader;
  readonly skipUnsupported: boolean;
}

/** One import before the files that its entries name are read. */
export interface ReadImport extends Omit<ImportedKatalog, "files"> {
  /** The document, as positions name it. */
  readonly from: string;
}

export interface ReadDocuments {
  /** A Komposer stands before what it imports. */
  readonly katalogs: readonly KatalogSource[];
  readonly imports: readonly ReadImport[];
  readonly issues: readonly Issue[];
}
