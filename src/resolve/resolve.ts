/**
 * The stage between documents and the runtime: everything that a start needs to know, decided once.
 *
 * Flow: load · read each Katalog · merge · resolve each CRD entry · cross-check · digest · freeze.
 * Guarantees: all issues of all documents at once; no write and no request to any cluster; the same
 * documents give the same digest, whatever their key order, their file names and the clock.
 */
import { createHash } from "node:crypto";
import type { ImportPlace, KatalogSource } from "../katalog/katalog.ts";
import type {
  BoxPlaces,
  ImportedKatalog,
  Origins,
  ResolvedCrd,
  ResolvedKatalog,
} from "../katalog/resolved.ts";
import { type FileReader, localFiles } from "../source/file.ts";
import { openSources, type Sources } from "../source/source.ts";
import type { WebOptions } from "../source/web.ts";
import { formatPosition, type Issue, type SourcePosition } from "../std/issue.ts";
import { deepFreeze, type Json, writeCanonicalJson } from "../std/json.ts";
import { positionOf } from "../std/yaml-node.ts";
import { createKatalogDialect } from "../template/katalog-dialect.ts";
import type { Dialect } from "../template/template.ts";
import { describeAccepted } from "./accepted-by.ts";
import { CheckedTemplates } from "./checked-templates.ts";
import { resolveCode } from "./code.ts";
import { resolveCrd } from "./crd.ts";
import { resolveResource } from "./crd-file.ts";
import { readDefaults } from "./defaults.ts";
import { checkDependencies } from "./dependencies.ts";
import { documentOrigins } from "./document-origins.ts";
import { readDocuments } from "./documents.ts";
import { type DeclaredCrd, EntryScope } from "./entry.ts";
import { fillIn } from "./fill-in.ts";
import { importedIssue } from "./imported-issue.ts";
import { WORLD_CODE_PREFIX } from "./load.ts";
import type { ModuleFile } from "./module-files.ts";
import { ObjectFiles } from "./object-files.ts";
import { boxPlaces, recordOrigins } from "./origins.ts";
import type { CheckedMotif } from "./read-documents.ts";
import { DocumentReader } from "./reader.ts";
import { checkEntry } from "./static-check.ts";

export interface ResolveOptions {
  /** Files and folders; `-` is standard input. None: the current folder. */
  readonly paths: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Function table, roots and budget of the templates; the Katalog's own when absent. */
  readonly dialect?: Dialect;
  readonly files?: FileReader;
  /** How URLs are read. */
  readonly web?: WebOptions;
  /** Instead of sources over `files` and `web`: from a cache, or held against a lock. */
  readonly sources?: Sources;
  /** Told as imports begin and end: how many have ended, of how many that are known. */
  readonly onImport?: (done: number, total: number) => void;
  /** Warnings stop the start. */
  readonly strict?: boolean;
  /** Leave CRD entries out that need compiled Go code. */
  readonly skipUnsupported?: boolean;
  /** Run Katalogs whose CRs may name any namespace. */
  readonly allowCrossNamespace?: boolean;
  /** `false`: nobody will ask where values came from, and `origins` stays empty. */
  readonly withOrigins?: boolean;
}

export type ResolveResult =
  | {
      readonly kind: "resolved";
      /** Deeply frozen. */
      readonly katalog: ResolvedKatalog;
      /** The config digest: `sha256:` and 64 hex digits, over the canonical JSON of `katalog`. */
      readonly digest: string;
      readonly origins: Origins;
      /** By the name of the CRD entry. */
      readonly places: ReadonlyMap<string, BoxPlaces>;
      /** What Komposers imported, in the order of their lists. */
      readonly imports: readonly ImportedKatalog[];
      /** The code of entries with hooks, as it was read. */
      readonly modules: readonly ResolvedModule[];
      /** Warnings and notices. */
      readonly issues: readonly Issue[];
    }
  | {
      readonly kind: "failed";
      readonly issues: readonly Issue[];
      /** The documents may be right: a server did not give what they ask for. */
      readonly isWorldFault: boolean;
      /** Motifs by themselves, and nothing wrong with them but that they do not run. */
      readonly motifs?: readonly CheckedMotif[];
    };

/** The module of one CRD entry, itself first, then what it imports. */
export interface ResolvedModule {
  readonly crd: string;
  readonly files: readonly ModuleFile[];
}

export async function resolve(options: ResolveOptions): Promise<ResolveResult> {
  const { files = localFiles, strict = false, skipUnsupported = false } = options;
  const { dialect = createKatalogDialect() } = options;
  const reader = new DocumentReader(
    options.sources ?? openSources(files, { ...options.web, env: options.env }),
  );
  const { katalogs, ...read } = await readDocuments(options.paths, {
    env: options.env,
    reader,
    skipUnsupported,
    dialect,
    onImport: options.onImport,
  });
  const issues: Issue[] = [...read.issues];
  const declared: DeclaredCrd[] = katalogs.flatMap((katalog) =>
    [...katalog.document.spec.crds].map(([name, entry]) => ({ name, entry, katalog })),
  );
  const entries = await resolveEntries(declared, { ...options, reader });
  for (const issue of entries.issues) issues.push(issue);
  for (const issue of checkDependencies(declared)) issues.push(issue);
  // What an error refused is missing, too.
  if (!issues.some(({ severity }) => severity === "error")) issues.push(...warnOfNothing(katalogs));
  const told = issues.map((issue) => concealed(issue, reader));
  const judged = strict ? told.map(asStrict) : told;
  const [first] = katalogs;
  const isBad = judged.some((issue) => issue.severity === "error");
  if (!first && read.motifs.length > 0 && !isBad) {
    const { motifs } = read;
    const issues = [...judged, ...motifs.map(notRunnable)];
    return { kind: "failed", issues: inOrder(issues), isWorldFault: false, motifs };
  }
  if (!first || isBad) {
    return { kind: "failed", issues: inOrder(judged), isWorldFault: isWorldFault(judged) };
  }
  const verified = read.imports.flatMap((one) => one.verified ?? []);
  const accepted = describeAccepted(read.rules, verified);
  const whole = assemble(first, katalogs, entries.crds);
  const { acceptedBy } = accepted;
  const katalog = deepFreeze({ ...whole, ...(acceptedBy && { acceptedBy }) });
  const digest = digestOf(katalog);
  return {
    kind: "resolved",
    katalog,
    digest,
    origins: new Map([
      ...(options.withOrigins === false ? [] : documentOrigins(katalogs, katalog)),
      ...entries.origins,
      ...accepted.origins,
    ]),
    places: entries.places,
    imports: read.imports.map(({ from, verified: _, ...one }) => ({
      ...one,
      files: reader.filesOf(from),
    })),
    modules: entries.modules,
    issues: inOrder(judged),
  };
}

/** What `ork validate` does not mind. */
export const ONLY_A_MOTIF = "only-a-motif";

function notRunnable({ name }: CheckedMotif): Issue {
  const message = `Cannot run the Motif "${name}" by itself`;
  const hint = 'Name it below "imports" of a CRD entry, with its inputs below "with"';
  return { code: ONLY_A_MOTIF, severity: "error", message, hint };
}

/** Whether everything that stops the start came from a server, and nothing from the documents. */
function isWorldFault(issues: readonly Issue[]): boolean {
  const errors = issues.filter(({ severity }) => severity === "error");
  return errors.length > 0 && errors.every(({ code }) => code.startsWith(WORLD_CODE_PREFIX));
}

/** SHA-256 over the canonical JSON of the resolved document. */
export function digestOf(katalog: ResolvedKatalog): string {
  const hash = createHash("sha256");
  const pieces: string[] = [];
  writeCanonicalJson(katalog as unknown as Json, (piece) => {
    if (pieces.push(piece) < DIGESTED_AT_ONCE) return;
    hash.update(pieces.join(""));
    pieces.length = 0;
  });
  return `sha256:${hash.update(pieces.join("")).digest("hex")}`;
}

/** Pieces: the text of a large document is never all there. */
const DIGESTED_AT_ONCE = 4096;

interface Entries {
  readonly crds: readonly ResolvedCrd[];
  readonly origins: Origins;
  readonly places: ReadonlyMap<string, BoxPlaces>;
  readonly modules: readonly ResolvedModule[];
  readonly issues: readonly Issue[];
}

async function resolveEntries(
  declared: readonly DeclaredCrd[],
  options: ResolveOptions & { readonly reader: DocumentReader },
): Promise<Entries> {
  const { env, reader, dialect = createKatalogDialect(), allowCrossNamespace = false } = options;
  const { withOrigins = true } = options;
  const { defaults, variables, issues } = readDefaults(env);
  const { unique, issues: duplicates } = refuseDuplicates(declared);
  const settings = {
    allowCrossNamespace,
    allowHttp: options.web?.allowHttp ?? false,
    dialect,
    templates: new CheckedTemplates(dialect),
  };
  const scopes = unique.map((one, index) => new EntryScope(one, `/crds/${index}`, settings));
  const files = new ObjectFiles(reader, { keepsPlaces: withOrigins });
  const resolved = await Promise.all(
    scopes.map(async (scope) => {
      const resource = await resolveResource(scope, files);
      const code = await resolveCode(scope, reader);
      const finalizers = scope.declared.katalog.document.spec.finalizers ?? [];
      const crd = resolveCrd(scope, { resource, code, defaults, finalizers });
      if (crd && withOrigins) recordOrigins(scope, crd, { files, variables });
      checkEntry(scope, crd);
      return crd && { scope, crd, files: code.files };
    }),
  );
  const entries = resolved.filter((one) => one !== undefined);
  refuseSameResource(entries);
  return {
    crds: entries.map(({ crd }) => crd),
    origins: new Map(scopes.flatMap((scope) => [...scope.origins])),
    places: new Map(entries.map(({ scope, crd }) => [crd.name, boxPlaces(scope, crd)])),
    modules: entries.flatMap(({ crd, files }) =>
      files.length > 0 && crd.isEnabled ? [{ crd: crd.name, files }] : [],
    ),
    issues: [
      ...issues,
      ...refuseNames(declared),
      ...duplicates,
      ...scopes.flatMap(({ issues, declared: { katalog } }) =>
        issues.map((issue) => importedIssue(issue, katalog.importedBy)),
      ),
    ],
  };
}

/** It would run, and do nothing. */
function warnOfNothing(katalogs: readonly KatalogSource[]): readonly Issue[] {
  const [first] = katalogs;
  if (!first || katalogs.some(({ document }) => document.spec.crds.size > 0)) return [];
  const { name } = first.document.metadata;
  const message = `The Katalog "${name}" declares no CRD: there is nothing to reconcile`;
  const hint = 'Declare one below "spec.crds"';
  const path = ["spec", "crds"];
  const position = positionOf(first.source.root, path);
  return [{ code: "no-crds", severity: "warning", message, hint, path, position }];
}

/** A name stands in HTTP paths, labels and messages. */
const ENTRY_NAME = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;

function refuseNames(declared: readonly DeclaredCrd[]): readonly Issue[] {
  return declared
    .filter(({ name }) => !ENTRY_NAME.test(name))
    .map((one) => {
      const message = `Cannot use "${one.name}" as the name of a CRD: expected at most 63 letters, digits, ".", "-" and "_"`;
      const place = { path: ["spec", "crds", one.name], position: entryPosition(one) };
      const issue = { code: "bad-name", severity: "error", message, ...place } as const;
      return importedIssue(issue, one.katalog.importedBy);
    });
}

/** Sorted by name; of two entries with one name the first stays. */
function refuseDuplicates(declared: readonly DeclaredCrd[]) {
  const byName = new Map<string, DeclaredCrd>();
  const issues: Issue[] = [];
  for (const one of declared) {
    const first = byName.get(one.name);
    if (first) issues.push(duplicateIssue(one, first));
    else byName.set(one.name, one);
  }
  const unique = [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { unique, issues };
}

function duplicateIssue(one: DeclaredCrd, first: DeclaredCrd): Issue {
  const also = formatPosition(entryPosition(first));
  const [own, other] = [one, first].map(({ katalog }) => katalog.importedBy);
  const place = { path: ["spec", "crds", one.name], position: entryPosition(one) };
  if (!own && !other) {
    const message = `The CRD "${one.name}" is declared twice: also at ${also}`;
    return { code: "duplicate-crd", severity: "error", message, ...place };
  }
  const said = (by: ImportPlace | undefined) =>
    by ? `${by.origin} (imported at ${formatPosition(by.position)})` : "inline";
  return {
    code: "duplicate-crd",
    severity: "error",
    message: `The CRD "${one.name}" comes from two places: ${said(own)}, and ${said(other)} with it at ${also}`,
    hint: "Import one of them, or give one entry another name",
    ...place,
  };
}

interface ResolvedEntry {
  readonly scope: EntryScope;
  readonly crd: ResolvedCrd;
}

/** Two entries for the same objects would each take the other's children for leftovers. */
function refuseSameResource(entries: readonly ResolvedEntry[]): void {
  const byObjects = new Map<string, ResolvedCrd>();
  for (const { scope, crd } of entries.filter((one) => one.crd.isEnabled)) {
    const { type, namespace, labelSelector, fieldSelector } = crd;
    const objects = [type.group, type.plural, namespace, labelSelector, fieldSelector];
    const key = JSON.stringify(objects.map((part) => part ?? null));
    const first = byObjects.get(key);
    byObjects.set(key, first ?? crd);
    if (!first) continue;
    const message = `The CRDs "${first.name}" and "${crd.name}" both mean ${type.plural}.${type.group || "core"}: each would undo the other's work`;
    const hint = "Join the two, or give them selectors that no object fits both of";
    scope.report({ code: "same-resource", message, hint, at: scope.position([], "key") }, []);
  }
}

function entryPosition({ katalog, name }: DeclaredCrd): SourcePosition {
  return positionOf(katalog.source.root, ["spec", "crds", name], "key");
}

/** The first document names the whole; blocks for other processes are joined. */
function assemble(
  first: KatalogSource,
  katalogs: readonly KatalogSource[],
  crds: readonly ResolvedCrd[],
): ResolvedKatalog {
  const other = katalogs.map((one) => one.other).reduce((first, more) => fillIn(first, more), {});
  return {
    apiVersion: "orkestra.orkspace.io/v1",
    kind: "Katalog",
    metadata: first.document.metadata,
    crds,
    other,
  };
}

/** A server may say our own credentials back, as a key or a value that is then quoted. */
function concealed(issue: Issue, reader: DocumentReader): Issue {
  const { message, hint, path } = issue;
  const conceal = (text: string) => reader.conceal(text);
  return {
    ...issue,
    message: conceal(message),
    ...(hint !== undefined && { hint: conceal(hint) }),
    ...(path && { path: path.map((step) => (typeof step === "string" ? conceal(step) : step)) }),
  };
}

function asStrict(issue: Issue): Issue {
  return issue.severity === "warning" ? { ...issue, severity: "error" } : issue;
}

const SEVERITY_ORDER = { error: 0, warning: 1, notice: 2 } as const;

/** Of one run; nobody reads more. */
const MAX_TOLD = 500;

/** Errors first, then by place; the first five hundred. */
function inOrder(issues: readonly Issue[]): readonly Issue[] {
  const sorted = [...issues].sort(
    (a, b) =>
      SEVERITY_ORDER[a.severity] - SEVERITY_ORDER[b.severity] ||
      comparePlaces(a.position, b.position),
  );
  const next = sorted[MAX_TOLD];
  if (!next) return sorted;
  const message = `${sorted.length - MAX_TOLD} more problems are not shown`;
  const more: Issue = { code: "too-many-issues", severity: next.severity, message };
  return [...sorted.slice(0, MAX_TOLD), more];
}

function comparePlaces(a: SourcePosition | undefined, b: SourcePosition | undefined): number {
  if (!a || !b) return (a ? 1 : 0) - (b ? 1 : 0);
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}
