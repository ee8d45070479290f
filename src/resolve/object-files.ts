/**
 * Files of whole objects, `crdFile` and `crFiles`: read and parsed once, however many entries name
 * them. A file that defines five hundred kinds for as many entries is no square of work.
 */
import type { Issue } from "../std/issue.ts";
import { getPath, isJsonObject, type JsonObject } from "../std/json.ts";
import { nodeAt, toJson, type YamlNode } from "../std/yaml-node.ts";
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
  readonly #nodes: WeakMap<object, YamlNode> | undefined;
  readonly #targets = new WeakMap<readonly JsonObject[], Target>();
  readonly #judged = new WeakSet<JsonObject>();

  /** With `keepsPlaces` it knows where each object stands, at the price of the trees. */
  constructor(reader: DocumentReader, { keepsPlaces }: { readonly keepsPlaces: boolean }) {
    this.reader = reader;
    this.#nodes = keepsPlaces ? new WeakMap() : undefined;
  }

  /** Where an object that was read here stands, when places are kept. */
  nodeOf(object: JsonObject): YamlNode | undefined {
    return this.#nodes?.get(object);
  }

  async read(target: Target): Promise<ObjectFile> {
    const key = targetKey(target);
    const reading = this.#files.get(key) ?? load(target, this.reader, this.#nodes);
    this.#files.set(key, reading);
    const file = await reading;
    if (file.objects) this.#targets.set(file.objects, target);
    return file;
  }

  /**
   * The same as {@link nodeOf} when no places are kept, for an object that something is wrong with:
   * its file is parsed again. `objects` as they were read.
   */
  async findNode(object: JsonObject, objects: readonly JsonObject[]) {
    const target = this.#targets.get(objects);
    if (this.#nodes || !target) return this.nodeOf(object);
    const nodes = new WeakMap<object, YamlNode>();
    const again = await load(target, this.reader, nodes);
    const same = again.objects?.[objects.indexOf(object)];
    return same && nodes.get(same);
  }

  /** Whether nobody asked this of the object before: its problems are told once. */
  isFirstToJudge(object: JsonObject): boolean {
    if (this.#judged.has(object)) return false;
    this.#judged.add(object);
    return true;
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

async function load(
  target: Target,
  reader: DocumentReader,
  nodes: WeakMap<object, YamlNode> | undefined,
): Promise<ObjectFile> {
  const convert = (root: YamlNode) => {
    const value = toJson(root);
    if (nodes && isJsonObject(value)) place(value, root, nodes);
    return value;
  };
  const { documents, issues } = await loadDocumentsAs(target, reader, convert);
  const [first] = documents;
  const read = first && { file: first.file, digest: first.digest };
  const objects = documents.map(({ root }) => root);
  if (!objects.every(isJsonObject)) return { ...(read && { read }), issues };
  return { objects: objects.flatMap(unwrapList), ...(read && { read }), issues };
}

function place(object: JsonObject, node: YamlNode, nodes: WeakMap<object, YamlNode>): void {
  nodes.set(object, node);
  const items = object["kind"] === "List" ? object["items"] : undefined;
  for (const [index, item] of (Array.isArray(items) ? items : []).entries()) {
    const own = nodeAt(node, ["items", index]);
    if (own && isJsonObject(item)) nodes.set(item, own);
  }
}

/** `kind: List` stands for its items. */
function unwrapList(object: JsonObject): readonly JsonObject[] {
  const items = object["kind"] === "List" ? object["items"] : undefined;
  return Array.isArray(items) ? items.filter(isJsonObject) : [object];
}
