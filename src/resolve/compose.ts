/**
 * A Komposer → the Katalogs that it is made of: its own entries first, then what it imports, in the
 * order of its list, whatever came first over the wire.
 *
 * Guarantees: every import is tried and all that is wrong is told together; each issue names the
 * import and its line, or the line in the imported document. A part that is missing never looks like
 * a part that was not asked for: entries that a failed import may have brought are left alone.
 */
import { documentKind, type ImportPlace, type KatalogSource } from "../katalog/katalog.ts";
import {
  composedKatalog,
  entryNames,
  type Komposer,
  normaliseImported,
  ownKatalog,
  type PlacedImport,
  readKomposer,
} from "../katalog/komposer.ts";
import type { NormalisedDocument } from "../katalog/normalise.ts";
import { formatPosition, type Issue } from "../std/issue.ts";
import { mapParallel } from "../std/parallel.ts";
import { positionOf } from "../std/yaml-node.ts";
import { importTargets, type ReportImport, SECRET_IN_URL } from "./import-targets.ts";
import { type LoadedDocument, loadDocuments } from "./load.ts";
import type { DocumentOptions, ReadDocuments, ReadImport } from "./read-documents.ts";
import type { Target } from "./reader.ts";

/** Imports read at once. */
const LANES = 16;

export async function compose(
  document: LoadedDocument,
  options: DocumentOptions,
): Promise<ReadDocuments> {
  const { komposer, issues } = readKomposer(document.root);
  const imports = await mapParallel(komposer.imports, LANES, (one) =>
    new Import(one, { document, komposer, options }).read(),
  );
  const isPartial = [issues, ...imports.map((one) => one.issues)].some(hasError);
  const parts = imports.flatMap((one) => one.parts);
  const brought = new Set(parts.flatMap((part) => entryNames(part.normalised)));
  const own = ownKatalog(komposer, (name) => !isPartial && !brought.has(name), options);
  const composed = parts.map((part) => {
    const read = composedKatalog(part.normalised, komposer, options);
    return { part, ...read };
  });
  const katalogs = composed.flatMap(({ part, katalog }): KatalogSource[] =>
    katalog ? [{ ...katalog, importedBy: part.importedBy }] : [],
  );
  return {
    katalogs: own.katalog ? [own.katalog, ...katalogs] : katalogs,
    imports: composed.flatMap(({ part, katalog }) => (katalog ? [record(part, katalog)] : [])),
    issues: [
      ...issues,
      ...own.issues,
      ...imports.flatMap((one) => one.issues),
      ...composed.flatMap((one) => one.issues),
    ],
  };
}

function hasError(issues: readonly Issue[]): boolean {
  return issues.some(({ severity }) => severity === "error");
}

/** One Katalog that an import brought. */
interface Part {
  readonly document: LoadedDocument;
  readonly normalised: NormalisedDocument;
  readonly importedBy: ImportPlace;
}

function record({ document }: Part, { document: { metadata } }: KatalogSource): ReadImport {
  return {
    from: document.file,
    origin: `file:${document.file}`,
    katalog: metadata.name,
    ...(metadata.version !== undefined && { version: metadata.version }),
    digest: document.digest,
  };
}

interface Surroundings {
  readonly document: LoadedDocument;
  readonly komposer: Komposer;
  readonly options: DocumentOptions;
}

/** One entry of `imports` while it is read. */
class Import {
  readonly #one: PlacedImport;
  readonly #around: Surroundings;
  readonly #issues: Issue[] = [];

  constructor(one: PlacedImport, around: Surroundings) {
    this.#one = one;
    this.#around = around;
  }

  async read(): Promise<{ readonly parts: readonly Part[]; readonly issues: readonly Issue[] }> {
    const { document, options } = this.#around;
    const report: ReportImport = (issue, below = []) => this.#report(issue, below);
    const targets = await importTargets(this.#one, {
      env: options.env,
      reader: options.reader,
      file: document.file,
      report,
    });
    const parts = await Promise.all(targets.map((target) => this.#readTarget(target)));
    return { parts: parts.flat(), issues: this.#issues };
  }

  async #readTarget(target: Target): Promise<readonly Part[]> {
    const { documents, issues } = await loadDocuments(target, this.#around.options.reader);
    for (const issue of issues) {
      if (issue.position) this.#issues.push(issue);
      else this.#report(issue);
    }
    return documents.flatMap((document) => this.#part(document, target));
  }

  #part(document: LoadedDocument, { name }: Target): readonly Part[] {
    const found = documentKind(document.root);
    switch (found.kind) {
      case "refused": {
        const hint = `It is imported at ${formatPosition(this.#position())}: name files of kind Katalog`;
        this.#issues.push({ ...found.issue, hint });
        return [];
      }
      case "Komposer":
        this.#refuseKomposer(document, name);
        return [];
      case "Katalog": {
        const normalised = normaliseImported(document.root, this.#around.komposer);
        if (entryNames(normalised).length === 0) {
          const message = `Cannot import "${name}": it brings no CRD`;
          this.#report({ code: "empty-import", severity: "error", message });
        }
        return [{ document, normalised, importedBy: { name, position: this.#position() } }];
      }
      default:
        return found satisfies never;
    }
  }

  #refuseKomposer({ file }: LoadedDocument, name: string): void {
    const isSelf = file === this.#around.document.file;
    const message = isSelf
      ? `Cannot import "${name}": a Komposer imports itself`
      : `Cannot import "${name}": it is a Komposer, and a Komposer imports Katalogs only`;
    const hint = isSelf
      ? "Name the files one by one, or keep them in a folder of their own"
      : "Import what it imports";
    this.#report({
      code: isSelf ? "import-cycle" : "nested-komposer",
      severity: "error",
      message,
      hint,
    });
  }

  #report(issue: Omit<Issue, "position">, below: Parameters<ReportImport>[1] = []): void {
    const path = [...this.#one.path, ...below];
    const position = positionOf(this.#around.komposer.document.root, path);
    if (issue.code === SECRET_IN_URL) {
      // With a position the line itself would be shown, and the secret with it.
      const message = `${issue.message}, at ${formatPosition(position)}`;
      this.#issues.push({ ...issue, message, path });
    } else this.#issues.push({ ...issue, path, position });
  }

  #position() {
    return positionOf(this.#around.komposer.document.root, this.#one.path);
  }
}
