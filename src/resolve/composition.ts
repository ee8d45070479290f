/** A Komposer on its way to Katalogs: what its parts are, and what is known on the way. */
import type { ImportPlace } from "../katalog/katalog.ts";
import type { NormalisedDocument } from "../katalog/normalise.ts";
import type { Issue } from "../std/issue.ts";
import type { FoundDocument } from "./import-scope.ts";
import type { LoadedDocument } from "./load.ts";
import type { DocumentOptions } from "./read-documents.ts";

/** One Katalog of a composition. */
export interface Part {
  readonly document: LoadedDocument;
  readonly normalised: NormalisedDocument;
  /** Absent for what a Komposer says itself. */
  readonly importedBy?: ImportPlace;
  readonly found?: FoundDocument;
  /** Its place in the lists of the documents, from the outermost in. */
  readonly order?: readonly number[];
}

/** What a Komposer on the way to another one knows of its way. */
export interface Way {
  readonly options: DocumentOptions;
  /** Komposers from the entry document down to this one, as positions name them. */
  readonly chain: readonly string[];
  /** The import that brought this one; absent for the entry document. */
  readonly importedBy?: ImportPlace;
  /** Shared by all Komposers of one entry document. */
  readonly budget: { imports: number; done: number };
  readonly sourcePaths?: NormalisedDocument["sourcePaths"];
}

export interface Gathered {
  /** The Komposer's own entries first; what is stronger before what is weaker. */
  readonly parts: readonly Part[];
  readonly issues: readonly Issue[];
}
