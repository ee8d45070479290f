/** Entry documents on their way to Katalogs: what reading them takes, and what it gives. */
import type { KatalogSource } from "../katalog/katalog.ts";
import type { ImportedKatalog } from "../katalog/resolved.ts";
import type { Issue } from "../std/issue.ts";
import type { Dialect } from "../template/template.ts";
import type { PlacedRule, VerifiedKatalog } from "./accepted-by.ts";
import type { DocumentReader } from "./reader.ts";

export interface DocumentOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly reader: DocumentReader;
  readonly skipUnsupported: boolean;
  readonly dialect: Dialect;
  /** Told as imports begin and end: how many have ended, of how many that are known. */
  readonly onImport?: ((done: number, total: number) => void) | undefined;
}

/** One import before the files that its entries name are read. */
export interface ReadImport extends Omit<ImportedKatalog, "files"> {
  /** The document, as positions name it. */
  readonly from: string;
  /** What the chart that brought it was held against. */
  readonly verified?: VerifiedKatalog;
}

export interface ReadDocuments {
  /** A Komposer stands before what it imports. */
  readonly katalogs: readonly KatalogSource[];
  readonly imports: readonly ReadImport[];
  /** Motifs that were named themselves: they are checked, and nothing runs. */
  readonly motifs: readonly CheckedMotif[];
  /** What artifacts are held against. */
  readonly rules: readonly PlacedRule[];
  readonly issues: readonly Issue[];
}

export interface CheckedMotif {
  readonly name: string;
  readonly inputs: number;
}
