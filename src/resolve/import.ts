/** One entry of `imports` while it is read: targets → documents → parts of the composition. */
import { documentKind, type ImportPlace } from "../katalog/katalog.ts";
import {
  entryNames,
  type Komposer,
  normaliseImported,
  type PlacedImport,
} from "../katalog/komposer.ts";
import { formatPosition, type Issue } from "../std/issue.ts";
import { nodeAt, positionOf, YamlScalar } from "../std/yaml-node.ts";
import type { Gathered, Part, Way } from "./composition.ts";
import type { ReportImport } from "./import-credentials.ts";
import { type FoundDocument, SECRET_IN_URL } from "./import-scope.ts";
import { importTargets } from "./import-targets.ts";
import { importedIssue } from "./imported-issue.ts";
import { type LoadedDocument, loadDocuments } from "./load.ts";
import { hasPolicy } from "./policy.ts";

export interface ImportSurroundings {
  readonly document: LoadedDocument;
  readonly komposer: Komposer;
  readonly way: Way;
  /** Composes a Komposer that the import brings. */
  gather(document: LoadedDocument, way: Way): Promise<Gathered>;
}

export class Import {
  readonly #one: PlacedImport;
  readonly #around: ImportSurroundings;
  readonly #issues: Issue[] = [];

  constructor(one: PlacedImport, around: ImportSurroundings) {
    this.#one = one;
    this.#around = around;
  }

  async read(): Promise<{ readonly parts: readonly Part[]; readonly issues: readonly Issue[] }> {
    const { document, way, komposer } = this.#around;
    const { env, reader } = way.options;
    const report: ReportImport = (issue, below = []) => this.#report(issue, below);
    const targets = await importTargets(this.#one, { env, reader, file: document.file, report });
    const parts = await Promise.all(targets.map((found) => this.#readTarget(found)));
    const isEmpty = parts.flat().length === 0;
    if (isEmpty && !this.#issues.some(({ severity }) => severity === "error")) {
      this.#report({
        code: "empty-import",
        severity: "error",
        message: `Cannot import ${this.#shown()}: it brings no Katalog`,
        hint: "Is that the right place, and is kind Katalog what it makes?",
      });
    }
    const index = komposer.imports.indexOf(this.#one);
    const placed = parts.flat().map((part) => ({ ...part, order: [index, ...(part.order ?? [])] }));
    const place = this.#placeOf({ origin: this.#shown() });
    return { parts: placed, issues: this.#issues.map((issue) => importedIssue(issue, place)) };
  }

  async #readTarget(found: FoundDocument): Promise<readonly Part[]> {
    const { reader } = this.#around.way.options;
    const { documents, issues } = await loadDocuments(found.target, reader);
    const isOurs = !found.isScanned || documents.some((one) => isNamed(one, found.wants));
    // Of a chart's output only what concerns us is judged.
    if (!isOurs) return [];
    for (const issue of issues) {
      if (issue.position) this.#issues.push(issue);
      else this.#report(issue);
    }
    if (found.bundle) {
      for (const { file, digest } of documents) reader.note(file, { file, digest });
    }
    const parts = await Promise.all(documents.map((document) => this.#part(document, found)));
    return parts.flat();
  }

  async #part(document: LoadedDocument, found: FoundDocument): Promise<readonly Part[]> {
    if (found.isScanned && !isNamed(document, found.wants)) return [];
    const kind = documentKind(document.root);
    switch (kind.kind) {
      case "refused": {
        const hint = `Name files of kind ${found.wants}`;
        this.#issues.push({ ...kind.issue, hint });
        return [];
      }
      case "Komposer":
        if (found.wants === "Komposer") return this.#composed(document, found);
        this.#refuseKomposer(document, found);
        return [];
      case "Motif":
        this.#refuseMotif(document, found);
        return [];
      case "Katalog":
        return this.#katalog(document, found);
      default:
        return kind satisfies never;
    }
  }

  #katalog(document: LoadedDocument, found: FoundDocument): readonly Part[] {
    const normalised = normaliseImported(document.root, this.#around.komposer);
    if (entryNames(normalised).length === 0) {
      const message = `Cannot import "${found.target.name}": it brings no CRD`;
      const hint = "Leave the import out, or give the Katalog an entry below spec.crds";
      this.#report({ code: "empty-import", severity: "error", message, hint });
    }
    this.#checkVersion(document, found);
    this.#noticePolicy(document);
    return [{ document, normalised, found, importedBy: this.#placeOf(found) }];
  }

  #noticePolicy({ root }: LoadedDocument): void {
    if (!hasPolicy(root)) return;
    const message =
      '"policy" of an import does nothing here: what is started decides whom it trusts';
    const position = positionOf(root, ["policy"], "key");
    this.#issues.push({
      code: "no-effect",
      severity: "notice",
      message,
      path: ["policy"],
      position,
    });
  }

  /** Asked for by a version that no folder and no tag says: the document has to. */
  #checkVersion({ root }: LoadedDocument, { version, target }: FoundDocument): void {
    if (version === undefined) return;
    const node = nodeAt(root, ["metadata", "version"]);
    const said = node instanceof YamlScalar ? node.text : undefined;
    if (said?.replace(/^v/, "") === version.replace(/^v/, "")) return;
    const found = said === undefined ? "it says no version" : `it is version "${said}"`;
    const message = `Cannot import "${target.name}": ${found}, expected "${version}"`;
    const hint = "Ask for that version, or for the commit that holds the other";
    this.#report({ code: "wrong-version", severity: "error", message, hint });
  }

  /** A Komposer is composed where it lies; here its parts are parts like any other. */
  async #composed(document: LoadedDocument, found: FoundDocument): Promise<readonly Part[]> {
    const { way } = this.#around;
    if (way.chain.includes(document.file)) {
      const message = `Cannot import "${found.target.name}": it is imported by what it imports`;
      const hint = [...way.chain, document.file].join(" → ");
      this.#report({ code: "import-cycle", severity: "error", message, hint });
      return [];
    }
    this.#noticePolicy(document);
    const importedBy = this.#placeOf(found);
    const inner = { ...way, importedBy, chain: [...way.chain, document.file] };
    const { parts, issues } = await this.#around.gather(document, inner);
    for (const issue of issues) this.#issues.push(issue);
    return parts.map((part) => (part.importedBy ? part : { ...part, found, importedBy }));
  }

  #refuseMotif({ root }: LoadedDocument, { target: { name }, wants }: FoundDocument): void {
    const message = `Cannot import "${name}": it is a Motif, and what is imported here is a ${wants}`;
    const hint = "A CRD entry imports Motifs";
    const position = positionOf(root, ["kind"]);
    this.#issues.push({ code: "not-a-katalog", severity: "error", message, hint, position });
  }

  #refuseKomposer({ file }: LoadedDocument, { target: { name } }: FoundDocument): void {
    const isSelf = this.#around.way.chain.includes(file);
    const message = isSelf
      ? `Cannot import "${name}": a Komposer imports itself`
      : `Cannot import "${name}": it is a Komposer, and a Komposer imports Katalogs only`;
    const isRegistry = this.#one.kind === "registry";
    const other = isRegistry ? 'Say "useKomposer: true"' : "Import what it imports";
    const hint = isSelf
      ? "Name the files one by one, or keep them in a folder of their own"
      : other;
    const code = isSelf ? "import-cycle" : "nested-komposer";
    this.#report({ code, severity: "error", message, hint });
  }

  #report(issue: Omit<Issue, "position">, below: Parameters<ReportImport>[1] = []): void {
    const path = [...this.#one.place, ...below];
    const position = positionOf(this.#around.komposer.document.root, path);
    if (issue.code === SECRET_IN_URL) {
      // With a position the line itself would be shown, and the secret with it.
      const message = `${issue.message}, at ${formatPosition(position)}`;
      this.#issues.push({ ...issue, message, path });
    } else this.#issues.push({ ...issue, path, position });
  }

  #placeOf({ origin }: Pick<FoundDocument, "origin">): ImportPlace {
    const { importedBy: through } = this.#around.way;
    return { origin, position: this.#position(), ...(through && { through }) };
  }

  #position() {
    return positionOf(this.#around.komposer.document.root, this.#one.place);
  }

  #shown(): string {
    const one = this.#one;
    if (one.kind !== "chart") return `"${one.url}"`;
    return `the chart "${one.chart ?? one.path ?? ""}"`;
  }
}

/** Whether a document says that it is of a kind; whatever else may be wrong with it. */
function isNamed({ root }: LoadedDocument, kind: string): boolean {
  const said = nodeAt(root, ["kind"]);
  const group = nodeAt(root, ["apiVersion"]);
  const isOurs = group instanceof YamlScalar && group.text.startsWith("orkestra.");
  return isOurs && said instanceof YamlScalar && said.text === kind;
}
