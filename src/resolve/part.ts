/** One Katalog in the canonical layout, alone or as a part of a composition → as it is declared. */
import { type KatalogSource, readNormalised } from "../katalog/katalog.ts";
import type { NormalisedDocument } from "../katalog/normalise.ts";
import type { Issue } from "../std/issue.ts";
import { applyMotifs } from "./motifs.ts";
import type { DocumentOptions, ReadImport } from "./read-documents.ts";

export interface ReadPart {
  readonly katalog?: KatalogSource;
  /** Motifs that it uses. */
  readonly imports: readonly ReadImport[];
  readonly issues: readonly Issue[];
}

export async function readPart(
  document: NormalisedDocument,
  options: DocumentOptions,
): Promise<ReadPart> {
  const applied = await applyMotifs(document, options);
  const { katalog, issues } = readNormalised(applied.document, options);
  const { inputs, inputPlaces } = applied;
  return {
    ...(katalog && { katalog: { ...katalog, inputs, inputPlaces } }),
    imports: applied.imports,
    issues: [...applied.issues, ...issues],
  };
}
