/**
 * First step of `resolve`: what the user named → the YAML documents in it. A folder means its
 * default document. Nothing is interpreted here.
 */
import { join, normalize } from "node:path";
import type { FileReader } from "../source/file.ts";
import { isWorldFault, SourceError } from "../source/source-error.ts";
import type { Issue, SourcePosition } from "../std/issue.ts";
import { parseYamlAs } from "../std/yaml.ts";
import type { YamlNode } from "../std/yaml-node.ts";
import { type DocumentReader, fileTarget, type Target } from "./reader.ts";

/** Tried in this order where a folder is named. */
const DEFAULT_NAMES = ["katalog.yaml", "katalog.yml", "komposer.yaml", "komposer.yml"] as const;

export interface LoadedDocument<T = YamlNode> {
  /** The file as positions name it; paths in the document are relative to it. */
  readonly file: string;
  /** Of the whole file. */
  readonly digest: string;
  readonly root: T;
}

export interface Loaded<T = YamlNode> {
  readonly documents: readonly LoadedDocument<T>[];
  readonly issues: readonly Issue[];
}

/** Reads every path: a file, a folder, or `-` for standard input. */
export async function load(paths: readonly string[], reader: DocumentReader): Promise<Loaded> {
  const { files } = reader;
  const found = await Promise.all(paths.map((path) => locate(path, files)));
  // A file that is named twice, once by its folder, is read once.
  const names = new Set(found.filter((one) => typeof one === "string"));
  const loads = await Promise.all(
    [...names].map((file) => loadDocuments(fileTarget(file), reader)),
  );
  const all = [...found.filter((one) => typeof one !== "string"), ...loads];
  return {
    documents: all.flatMap((one) => one.documents),
    issues: all.flatMap((one) => one.issues).map(withWayOut),
  };
}

function withWayOut(issue: Issue): Issue {
  if (issue.code !== "missing-file" || issue.hint !== undefined) return issue;
  return { ...issue, hint: "Name a document, or a folder that holds one, with -f" };
}

/** The documents of one file or URL. */
export async function loadDocuments(target: Target, reader: DocumentReader): Promise<Loaded> {
  return await loadDocumentsAs(target, reader, (root) => root);
}

/** The same with something else in place of each tree. */
export async function loadDocumentsAs<T>(
  target: Target,
  reader: DocumentReader,
  convert: (root: YamlNode) => T,
): Promise<Loaded<T>> {
  try {
    const { text, digest } = await reader.read(target);
    return parse(text, { file: target.name, digest, convert });
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    return { documents: [], issues: [sourceIssue(error)] };
  }
}

/** The world's faults have codes of their own: they decide the exit code. */
export const WORLD_CODE_PREFIX = "source-";

/** What a source could not do, as an issue; the caller knows the place. */
export function sourceIssue(error: SourceError): Issue {
  const { message, hint = WAYS_OUT[error.code] } = error;
  return {
    code: issueCode(error),
    severity: "error",
    message,
    ...(hint !== undefined && { hint }),
  };
}

function issueCode(error: SourceError): string {
  const { code } = error;
  if (code === "own-digest") return "wrong-pin";
  return isWorldFault(error) || code === "insecure" ? `${WORLD_CODE_PREFIX}${code}` : "unreadable";
}

/** What to do where nothing better is known. */
const WAYS_OUT: Partial<Readonly<Record<SourceError["code"], string>>> = {
  unreachable: "Is the name of the host right, and is there a way to it from here?",
  certificate: "Trust its authority with --ca-file, if it is one of your own",
  status: "Try again when the server is well, or import a copy of your own",
  redirect: "Name the URL that it leads to",
  "cut-off": "Try again; if it stays so, ask who runs the server",
  "wrong-type": "Is that the right URL or reference?",
  "too-large": "Import less at a time, or a part of it",
  "not-text": "Save it as UTF-8",
  unreadable: "Is it the file that is meant, and may this process read it?",
};

/** The file that a path means, or why it means none. */
export async function locate(path: string, files: FileReader): Promise<string | Loaded> {
  if (path === "-") return path;
  const kind = await kindOf(path, files);
  if (kind instanceof SourceError) return failed("unreadable", kind.message);
  // A file that is called "-" is not standard input.
  if (kind === "file") return normalize(path) === "-" ? "./-" : normalize(path);
  if (kind === undefined) {
    return failed("missing-file", `Cannot read "${path}": there is no such file or folder`);
  }
  for (const name of DEFAULT_NAMES) {
    const file = join(path, name);
    if ((await kindOf(file, files)) === "file") return file;
  }
  const tried = [DEFAULT_NAMES[0], DEFAULT_NAMES[2]].join(" or ");
  const message = `Cannot read the folder "${path}": found no ${tried} in it`;
  return failed("missing-file", message, { hint: await foldersBelow(path, files) });
}

/** So many are looked into, and so many named. */
const MAX_LOOKS = 50;
const MAX_NAMED = 5;

/** What else may be meant: folders in this one that hold a default document. */
async function foldersBelow(path: string, files: FileReader): Promise<string | undefined> {
  const entries = await files.list(path).catch((error: unknown) => {
    if (error instanceof SourceError) return [];
    throw error;
  });
  const folders = entries.filter(({ isFolder }) => isFolder).slice(0, MAX_LOOKS);
  const looks = await Promise.all(
    folders.map(async ({ name }) => {
      const folder = join(path, name);
      const kinds = DEFAULT_NAMES.map((file) => kindOf(join(folder, file), files));
      return (await Promise.all(kinds)).includes("file") ? [folder] : [];
    }),
  );
  const found = looks.flat();
  if (found.length === 0) return undefined;
  const more = found.length > MAX_NAMED ? ", …" : "";
  return `Name a folder in it that holds one: ${found.slice(0, MAX_NAMED).join(", ")}${more}`;
}

/** What stands at `path`; an error that reading would meet, too, as a value. */
export async function kindOf(path: string, files: FileReader) {
  try {
    return await files.kindOf(path);
  } catch (error) {
    if (error instanceof SourceError) return error;
    throw error;
  }
}

/**
 * Entries of one map or list of a document: CRDs, imports, children, fields, rules. What is judged entry
 * by entry takes as long as there are entries, and nobody reads the issues of more.
 */
const MAX_MEMBERS = 1_000;

/** What is not written plainly takes ten times as long for each character. */
const MAX_UNUSUAL_LENGTH = 512 * 1024;

interface Parsing<T> extends Omit<LoadedDocument, "root"> {
  readonly convert: (root: YamlNode) => T;
}

function parse<T>(text: string, { file, digest, convert }: Parsing<T>): Loaded<T> {
  const limits = { members: MAX_MEMBERS, unusualLength: MAX_UNUSUAL_LENGTH };
  const { documents, issues } = parseYamlAs(text, { file, limits }, convert);
  if (documents.length === 0 && issues.length === 0) {
    const position = { file, line: 1, column: 1 };
    return failed("empty-document", `Cannot read "${file}": it holds no document`, { position });
  }
  return { documents: documents.map((root) => ({ file, digest, root })), issues };
}

interface MoreOfIssue {
  readonly position?: SourcePosition;
  readonly hint?: string | undefined;
}

function failed(
  code: string,
  message: string,
  { position, hint }: MoreOfIssue = {},
): Loaded<never> {
  const more = { ...(position && { position }), ...(hint !== undefined && { hint }) };
  const issue: Issue = { code, severity: "error", message, ...more };
  return { documents: [], issues: [issue] };
}
