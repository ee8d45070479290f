/**
 * Files of whole objects, `crdFile` and `crFiles`: read and parsed once, however many entries name
 * them. A file that defines five hundred kinds for as many entries is no square of work.
 */
import type { Issue } from "../std/issue.ts";
import { getPath, isJsonObject, type JsonObject } from "../std/json.ts";
import { toJson } from "../std/yaml-node.ts";
import { loadDocumentsAs } from "./load.ts";
import { type DocumentReader, type ReadFile, type Target, targetKey } from "./reader.ts";

export interface ObjectFile {
  /** Absent when a document is no object. Shared by all who ask, never to be changed. */
  readonly objects?: readonly JsonObject[];
  /** The file with its digest; absent when it holds nothing. */
  readonly read?: ReadFile;
  readonly issues: readonly Issue[];
}

export interface Definitions {
  readonly all: readonly JsonObject[];
  /** By their kinds in lower case, of two the first. */
  readonly byName: ReadonlyMap<string, JsonObject>;
}

export class ObjectFiles {
  readonly reader: DocumentReader;
  readonly #files = new Map<string, Promise<ObjectFile>>();
  readonly #definitions = new WeakMap<readonly JsonObject[], Definitions>();

  constructor(reader: DocumentReader) {
    this.reader = reader;
  }

  read(target: Target): Promise<ObjectFile> {
    const key = targetKey(target);
    const file = this.#files.get(key) ?? load(target, this.reader);
    this.#files.set(key, file);
    return file;
  }

  /** The definitions among the objects of a file. */
  definitions(objects: readonly JsonObject[]): Definitions {
    const known = this.#definitions.get(objects) ?? definitionsIn(objects);
    this.#definitions.set(objects, known);
    return known;
  }
}

function definitionsIn(objects: readonly JsonObject[]): Definitions {
  const all = objects.filter((object) => object["kind"] === "CustomResourceDefinition");
  const byName = new Map<string, JsonObject>();
  for (const definition of all) {
    const name = kindOfDefinition(definition).toLowerCase();
    if (!byName.has(name)) byName.set(name, definition);
  }
  return { all, byName };
}

/** The kind that a CustomResourceDefinition defines. */
export function kindOfDefinition(crd: JsonObject): string {
  return String(getPath(crd, ["spec", "names", "kind"]));
}

async function load(target: Target, reader: DocumentReader): Promise<ObjectFile> {
  const { documents, issues } = await loadDocumentsAs(target, reader, (root) => toJson(root));
  const [first] = documents;
  const read = first && { file: first.file, digest: first.digest };
  const objects = documents.map(({ root }) => root);
  if (!objects.every(isJsonObject)) return { ...(read && { read }), issues };
  return { objects: objects.flatMap(unwrapList), ...(read && { read }), issues };
}

/** `kind: List` stands for its items. */
function unwrapList(object: JsonObject): readonly JsonObject[] {
  const items = object["kind"] === "List" ? object["items"] : undefined;
  return Array.isArray(items) ? items.filter(isJsonObject) : [object];
}
