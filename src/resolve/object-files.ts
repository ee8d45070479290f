/**
 * Files of whole objects, `crdFile` and `crFiles`: read and parsed once, however many entries name
 * them. A file that defines five hundred kinds for as many entries is no square of work.
 */
import type { Issue } from "../std/issue.ts";
import { isJsonObject, type JsonObject } from "../std/json.ts";
import { toJson } from "../std/yaml-node.ts";
import { loadDocuments } from "./load.ts";
import { type DocumentReader, type ReadFile, type Target, targetKey } from "./reader.ts";

export interface ObjectFile {
  /** Absent when a document is no object. Shared by all who ask, never to be changed. */
  readonly objects?: readonly JsonObject[];
  /** The file with its digest; absent when it holds nothing. */
  readonly read?: ReadFile;
  readonly issues: readonly Issue[];
}

export class ObjectFiles {
  readonly reader: DocumentReader;
  readonly #files = new Map<string, Promise<ObjectFile>>();

  constructor(reader: DocumentReader) {
    this.reader = reader;
  }

  read(target: Target): Promise<ObjectFile> {
    const key = targetKey(target);
    const file = this.#files.get(key) ?? load(target, this.reader);
    this.#files.set(key, file);
    return file;
  }
}

async function load(target: Target, reader: DocumentReader): Promise<ObjectFile> {
  const { documents, issues } = await loadDocuments(target, reader);
  const [first] = documents;
  const read = first && { file: first.file, digest: first.digest };
  const objects = documents.map(({ root }) => toJson(root));
  if (!objects.every(isJsonObject)) return { ...(read && { read }), issues };
  return { objects: objects.flatMap(unwrapList), ...(read && { read }), issues };
}

/** `kind: List` stands for its items. */
function unwrapList(object: JsonObject): readonly JsonObject[] {
  const items = object["kind"] === "List" ? object["items"] : undefined;
  return Array.isArray(items) ? items.filter(isJsonObject) : [object];
}
