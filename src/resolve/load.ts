/**
 * First step of `resolve`: what the user named → the YAML documents in it. A folder means its
 * default document. Nothing is interpreted here.
 */
import { join, normalize } from "node:path";
import { type FileReader, SourceError } from "../source/file.ts";
import type { Issue } from "../std/issue.ts";
import { parseYaml } from "../std/yaml.ts";
import type { YamlNode } from "../std/yaml-node.ts";

/** Tried in this order where a folder is named. */
const DEFAULT_NAMES = ["katalog.yaml", "katalog.yml", "komposer.yaml", "komposer.yml"] as const;

interface LoadedDocument {
  /** The file as it was named; paths in the document are relative to its folder. */
  readonly file: string;
  readonly root: YamlNode;
}

export interface Loaded {
  readonly documents: readonly LoadedDocument[];
  readonly issues: readonly Issue[];
}

/** Reads every path: a file, a folder, or `-` for standard input. */
export async function load(paths: readonly string[], files: FileReader): Promise<Loaded> {
  const found = await Promise.all(paths.map((path) => locate(path, files)));
  // A file that is named twice, once by its folder, is read once.
  const names = new Set(found.filter((one) => typeof one === "string"));
  const loads = await Promise.all([...names].map((file) => loadFile(file, files)));
  const all = [...found.filter((one) => typeof one !== "string"), ...loads];
  return {
    documents: all.flatMap((one) => one.documents),
    issues: all.flatMap((one) => one.issues),
  };
}

/** The documents of one file. */
export async function loadFile(file: string, files: FileReader): Promise<Loaded> {
  try {
    const text = file === "-" ? await files.readInput() : await files.read(file);
    return parse(text, file === "-" ? "<stdin>" : file);
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    return failed("unreadable", error.message);
  }
}

/** The file that a path means, or why it means none. */
async function locate(path: string, files: FileReader): Promise<string | Loaded> {
  if (path === "-") return path;
  const kind = await kindOf(path, files);
  if (kind instanceof SourceError) return failed("unreadable", kind.message);
  if (kind === "file") return normalize(path);
  if (kind === undefined) {
    return failed("missing-file", `Cannot read "${path}": there is no such file or folder`);
  }
  for (const name of DEFAULT_NAMES) {
    const file = join(path, name);
    if ((await kindOf(file, files)) === "file") return file;
  }
  const tried = [DEFAULT_NAMES[0], DEFAULT_NAMES[2]].join(" or ");
  return failed("missing-file", `Cannot read the folder "${path}": found no ${tried} in it`);
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

function parse(text: string, file: string): Loaded {
  const { documents, issues } = parseYaml(text, { file });
  if (documents.length === 0 && issues.length === 0) {
    const position = { file, line: 1, column: 1 };
    return failed("empty-document", `Cannot read "${file}": it holds no document`, position);
  }
  return { documents: documents.map((root) => ({ file, root })), issues };
}

function failed(code: string, message: string, position?: Issue["position"]): Loaded {
  const issue: Issue = { code, severity: "error", message, ...(position && { position }) };
  return { documents: [], issues: [issue] };
}
