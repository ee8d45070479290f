/**
 * A document with every file that it refers to, to be pushed as one. Which files those are is not
 * guessed: the document is resolved, and what was read on the way is what belongs to it.
 *
 * Guarantees: a document that would not run is not packed; a file outside of the document's folder is
 * refused, since nobody who pulls would find it; the lock goes along; a file that a credential is read from is left out.
 */
import { dirname, isAbsolute, join, normalize, relative, sep } from "node:path";
import { type FileReader, localFiles } from "../source/file.ts";
import { openSources, type Sources } from "../source/source.ts";
import { invariant } from "../std/invariant.ts";
import type { Issue } from "../std/issue.ts";
import { nodeAt, type YamlNode } from "../std/yaml-node.ts";
import { loadDocuments, locate } from "./load.ts";
import { LOCK_NAME } from "./lock.ts";
import { DocumentReader, fileTarget } from "./reader.ts";
import { ONLY_A_MOTIF, type ResolveOptions, resolve } from "./resolve.ts";

export interface PackOptions extends Omit<ResolveOptions, "paths" | "sources"> {
  /** A file or a folder; none: the current folder. */
  readonly path: string | undefined;
  /** Sources that keep to a lock; all local files come from `files`. */
  readonly openSources?: (files: FileReader) => Promise<Sources | undefined>;
}

export interface PackedDocument {
  readonly kind: "packed";
  readonly document: "Katalog" | "Komposer" | "Motif";
  /** `metadata` of the document, texts only. */
  readonly metadata: ReadonlyMap<string, string>;
  /** Path from the document's folder, with forward slashes → content. Sorted. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Warnings and notices. */
  readonly issues: readonly Issue[];
}

export type PackResult =
  | PackedDocument
  | { readonly kind: "failed"; readonly issues: readonly Issue[]; readonly isWorldFault: boolean };

/** What a bundle's own document is called. */
const NAMES = { Katalog: "katalog.yaml", Komposer: "komposer.yaml", Motif: "motif.yaml" } as const;

export async function packDocument(given: PackOptions): Promise<PackResult> {
  const { path = ".", openSources: open, ...options } = given;
  const { files = localFiles } = options;
  if (path === "-") return failed("bad-package", 'Cannot pack "-": expected a file or a folder');
  const file = await locate(path, files);
  if (typeof file !== "string") {
    return { kind: "failed", issues: file.issues.map(asPacking), isWorldFault: false };
  }
  const recorder = recording(files);
  const sources = await open?.(recorder);
  const own = sources ? { sources } : { files: recorder };
  const result = await resolve({ ...options, ...own, paths: [file] });
  // A Motif does not run by itself, and is packed all the same.
  if (result.kind === "failed" && !result.motifs) return result;
  const loaded = await loadDocuments(fileTarget(file), new DocumentReader(openSources(files)));
  const lock = join(dirname(file), LOCK_NAME);
  if ((await files.kindOf(lock)) === "file") await recorder.read(lock);
  const main = mainDocument(loaded.documents.map(({ root }) => root));
  const secrets = new Set(secretFiles(options.env));
  const read = [...recorder.seen].filter(([one]) => !secrets.has(one));
  const packed = placed(read, file, NAMES[main.document]);
  if (packed.issues.length > 0)
    return { kind: "failed", issues: packed.issues, isWorldFault: false };
  const issues = result.issues.filter(({ code }) => code !== ONLY_A_MOTIF);
  return { kind: "packed", ...main, files: packed.files, issues };
}

/** Where nothing is found, what was to be done with it is said, and what to give. */
function asPacking(issue: Issue): Issue {
  const message = issue.message.replace(/^Cannot read/, "Cannot pack");
  const hint = "Name the document that is to be pushed, or its folder, with -f";
  return { ...issue, message, hint };
}

interface Recorder extends FileReader {
  readonly seen: ReadonlyMap<string, Uint8Array>;
}

/** Remembers what is read. */
function recording(files: FileReader): Recorder {
  const seen = new Map<string, Uint8Array>();
  return {
    seen,
    kindOf: (path) => files.kindOf(path),
    list: (path) => files.list(path),
    readInput: () => files.readInput(),
    async read(path) {
      const bytes = await files.read(path);
      seen.set(normalize(path), bytes);
      return bytes;
    },
  };
}

/** What credentials are read from: the variables that end so name it. */
function secretFiles(env: PackOptions["env"]): readonly string[] {
  return Object.entries(env).flatMap(([name, value]) =>
    name.endsWith("_FILE") && value ? [normalize(value)] : [],
  );
}

function mainDocument(roots: readonly YamlNode[]): Pick<PackedDocument, "document" | "metadata"> {
  const [root] = roots;
  invariant(root, "a document that was resolved");
  const found = nodeAt(root, ["metadata"]);
  const metadata = new Map<string, string>();
  for (const [key, { value }] of found?.kind === "map" ? found.entries : []) {
    if (value.kind === "scalar" && value.value !== null) metadata.set(key, value.text);
  }
  const kind = nodeAt(root, ["kind"]);
  const text = kind?.kind === "scalar" ? kind.text : "";
  const document = text === "Komposer" || text === "Motif" ? text : "Katalog";
  return { document, metadata };
}

interface Placed {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly issues: readonly Issue[];
}

function placed(
  read: readonly (readonly [string, Uint8Array])[],
  main: string,
  name: string,
): Placed {
  const folder = dirname(main);
  const files = new Map<string, Uint8Array>();
  const issues: Issue[] = [];
  for (const [path, bytes] of read) {
    const own = path === normalize(main) ? name : relative(folder, path).split(sep).join("/");
    if (own === ".." || own.startsWith("../") || isAbsolute(own)) {
      const message = `Cannot pack "${path}": it lies outside of "${folder}", the folder of the document`;
      const hint = "Move it below that folder, or name it by a URL";
      issues.push({ code: "bad-package", severity: "error", message, hint });
    } else if (files.has(own)) {
      const message = `Cannot pack "${main}" as "${name}": it refers to another file of that name`;
      issues.push({ code: "bad-package", severity: "error", message, hint: "Rename that one" });
    } else files.set(own, bytes);
  }
  return { files: new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1))), issues };
}

function failed(code: string, message: string): PackResult {
  return { kind: "failed", issues: [{ code, severity: "error", message }], isWorldFault: false };
}
