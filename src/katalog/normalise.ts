/**
 * Older layouts → the canonical one, on the node tree, before validation. Nodes are moved, never
 * made anew, so that every issue found later still points at the line that the user wrote.
 *
 * Guarantees: a setting given in two places with different values is an error that names both;
 * equal values and disjoint blocks are joined. What no row of the tables knows stays where it is.
 */
import { formatPosition, type Issue, type SourcePosition } from "../std/issue.ts";
import { isDeepEqual } from "../std/json.ts";
import { isUnset, toJson, type YamlNode } from "../std/yaml-node.ts";
import { canonicalKindKey } from "./child-keys.ts";
import {
  API_VERSION,
  API_VERSION_ALIASES,
  BARE_LISTS,
  DOCUMENT_MOVES,
  ENTRY_MOVES,
  type Move,
  OPAQUE_KEYS,
  RENAMES,
} from "./layouts.ts";
import { type PathStep, ROOT_STEP, SourcePaths } from "./source-paths.ts";

export interface NormalisedDocument {
  readonly root: YamlNode;
  readonly issues: readonly Issue[];
  /** Paths of nodes in the spelling of their source; blocks that a move made have none. */
  readonly sourcePaths: SourcePaths;
}

/** A map of the tree under work. */
interface DraftMap {
  readonly kind: "map";
  readonly position: SourcePosition;
  readonly entries: Map<string, DraftEntry>;
}
interface DraftList {
  readonly kind: "list";
  readonly position: SourcePosition;
  readonly items: Draft[];
}
type Draft = DraftMap | DraftList | Extract<YamlNode, { kind: "scalar" }>;
interface DraftEntry {
  readonly keyPosition: SourcePosition;
  readonly value: Draft;
}

export interface NormaliseOptions {
  /** A `null` is moved like a value: it clears what it will be laid over. */
  readonly keepsNull?: boolean;
  /** Where the paths of nodes are remembered; shared by documents that become one. */
  readonly sourcePaths?: NormalisedDocument["sourcePaths"];
}

/** Brings one document to the canonical layout. The given tree is left as it is. */
export function normalise(document: YamlNode, options: NormaliseOptions = {}): NormalisedDocument {
  const work = new Normaliser(options);
  const root = work.thaw(document, ROOT_STEP);
  if (root.kind === "map") work.document(root);
  return { root, issues: work.finish(), sourcePaths: work.paths };
}

class Normaliser {
  readonly paths: NormalisedDocument["sourcePaths"];
  readonly #issues: Issue[] = [];
  readonly #older = new Map<string, SourcePosition>();
  readonly #keepsNull: boolean;

  constructor({ keepsNull = false, sourcePaths = new SourcePaths() }: NormaliseOptions) {
    this.#keepsNull = keepsNull;
    this.paths = sourcePaths;
  }

  thaw(node: YamlNode, step: PathStep): Draft {
    const draft = this.#copy(node, step);
    this.paths.place(draft, step);
    return draft;
  }

  #copy(node: YamlNode, parent: PathStep): Draft {
    if (node.kind === "scalar") return node;
    if (node.kind === "list") {
      const items = node.items.map((item, index) => this.thaw(item, { parent, key: index }));
      return { kind: "list", position: node.position, items };
    }
    const entries = new Map<string, DraftEntry>();
    for (const [key, { keyPosition, value }] of node.entries) {
      entries.set(key, { keyPosition, value: this.thaw(value, { parent, key }) });
    }
    return { kind: "map", position: node.position, entries };
  }

  document(root: DraftMap): void {
    const version = root.entries.get("apiVersion");
    if (version?.value.kind === "scalar" && API_VERSION_ALIASES.includes(version.value.text)) {
      this.#note(version.value.text, API_VERSION, version.value.position);
    }
    for (const move of DOCUMENT_MOVES) this.#move(root, move);
    this.#wrapList(root, "notes", "functions");
    const spec = root.entries.get("spec")?.value;
    if (spec?.kind !== "map") return;
    this.#listToMap(spec);
    const crds = spec.entries.get("crds")?.value;
    if (crds?.kind !== "map") return;
    for (const { value } of crds.entries.values()) if (value.kind === "map") this.#entry(value);
  }

  /** One notice for all older spellings of the document, and the conflicts. */
  finish(): readonly Issue[] {
    const first = this.#older.values().next().value;
    if (first === undefined) return this.#issues;
    const notice: Issue = {
      code: "older-spelling",
      severity: "notice",
      message: `Read older spellings: ${[...this.#older.keys()].join(", ")}`,
      position: first,
    };
    return [...this.#issues, notice];
  }

  #entry(entry: DraftMap): void {
    for (const move of ENTRY_MOVES) this.#move(entry, move);
    for (const { path, key } of BARE_LISTS) {
      const [block, last] = splitLast(path);
      const parent = descend(entry, block);
      if (parent?.kind === "map") this.#wrapList(parent, last, key);
    }
    this.#rename(entry, "");
    const reconcile = descend(entry, "operatorBox.reconcile");
    if (reconcile?.kind !== "map") return;
    for (const phase of ["onCreate", "onReconcile", "onDelete"]) {
      const block = reconcile.entries.get(phase)?.value;
      if (block?.kind === "map") this.#kindKeys(block);
    }
  }

  /** `statefulsets` is read as `statefulSets`, in the groups of `onDelete`, too. */
  #kindKeys(block: DraftMap): void {
    for (const key of [...block.entries.keys()]) {
      const canonical = canonicalKindKey(key);
      if (canonical && canonical !== key) this.#move(block, { from: key, to: canonical });
    }
    const groups = block.entries.get("groups")?.value;
    if (groups?.kind !== "list") return;
    for (const group of groups.items) if (group.kind === "map") this.#kindKeys(group);
  }

  #move(root: DraftMap, { from, to }: Move): void {
    const [fromBlock, fromKey] = splitLast(from);
    const [toBlock, toKey] = splitLast(to);
    const source = descend(root, fromBlock);
    if (source?.kind !== "map") return;
    const moved = source.entries.get(fromKey);
    if (!moved) return;
    if (isUnset(moved.value) && !this.#keepsNull) {
      source.entries.delete(fromKey);
      return;
    }
    const target = this.#ensureMap(root, toBlock, moved);
    source.entries.delete(fromKey);
    // What stands in the way there is no map: the schema says so, and once is enough.
    if (!target) return;
    this.#note(from, to, moved.keyPosition);
    this.#join(target, toKey, moved);
  }

  /** The map at `path`, made where absent; `undefined` when something else stands there. */
  #ensureMap(root: DraftMap, path: string, origin: DraftEntry): DraftMap | undefined {
    let map = root;
    for (const key of segments(path)) {
      const next = map.entries.get(key)?.value;
      if (next?.kind === "map") map = next;
      else if (next === undefined || isUnset(next)) {
        const position = origin.keyPosition;
        const made: DraftMap = { kind: "map", position, entries: new Map() };
        map.entries.set(key, { keyPosition: position, value: made });
        map = made;
      } else return undefined;
    }
    return map;
  }

  #join(target: DraftMap, key: string, entry: DraftEntry): void {
    const present = target.entries.get(key);
    if (!present || isUnset(present.value)) {
      target.entries.set(key, entry);
    } else if (isUnset(entry.value)) {
      // Nothing is no second value.
    } else if (present.value.kind === "map" && entry.value.kind === "map") {
      for (const [inner, value] of entry.value.entries) this.#join(present.value, inner, value);
    } else if (!isDeepEqual(toJson(present.value), toJson(entry.value))) {
      this.#issues.push({
        code: "given-twice",
        severity: "error",
        message: `"${key}" is given twice with different values: also at ${formatPosition(present.keyPosition)}`,
        hint: "Keep one of the two",
        position: entry.keyPosition,
        path: this.paths.get(entry.value) ?? [],
      });
    }
  }

  #wrapList(parent: DraftMap, key: string, inner: string): void {
    const entry = parent.entries.get(key);
    if (entry?.value.kind !== "list") return;
    const { keyPosition, value } = entry;
    const entries = new Map([[inner, entry]]);
    parent.entries.set(key, {
      keyPosition,
      value: { kind: "map", position: value.position, entries },
    });
    this.#note(`${key}: [ … ]`, `${key}.${inner}`, keyPosition);
  }

  /** `spec.crds` as a list of entries with `name`. */
  #listToMap(spec: DraftMap): void {
    const crds = spec.entries.get("crds");
    if (crds?.value.kind !== "list") return;
    const entries = new Map<string, DraftEntry>();
    for (const item of crds.value.items) {
      const name = item.kind === "map" ? item.entries.get("name") : undefined;
      if (item.kind !== "map" || name?.value.kind !== "scalar" || name.value.text === "") {
        this.#problem("missing-key", "An entry of spec.crds needs a name", item);
        continue;
      }
      const first = entries.get(name.value.text);
      if (first) {
        const also = `also at ${formatPosition(first.keyPosition)}`;
        this.#problem(
          "duplicate-crd",
          `The CRD "${name.value.text}" is declared twice: ${also}`,
          name.value,
        );
        continue;
      }
      item.entries.delete("name");
      entries.set(name.value.text, { keyPosition: name.value.position, value: item });
    }
    const map: DraftMap = { kind: "map", position: crds.value.position, entries };
    spec.entries.set("crds", { keyPosition: crds.keyPosition, value: map });
    this.#note("spec.crds: [ … ]", "spec.crds as a map by name", crds.keyPosition);
  }

  #rename(node: Draft, path: string): void {
    if (node.kind === "list") for (const item of node.items) this.#rename(item, path);
    if (node.kind !== "map") return;
    this.#renameKeys(node, path);
    for (const [key, { value }] of node.entries) {
      if (key === "custom" && value.kind === "list") this.#renameCustom(value, path);
      else if (!OPAQUE_KEYS.has(key)) this.#rename(value, path === "" ? key : `${path}.${key}`);
    }
  }

  /** Of a whole object only the conditions beside it are ours. */
  #renameCustom(list: DraftList, path: string): void {
    for (const item of list.items) if (item.kind === "map") this.#renameKeys(item, path);
  }

  #renameKeys(map: DraftMap, path: string): void {
    for (const { from, to, below } of RENAMES) {
      const isBelow = below === "" || below === path;
      if (isBelow && map.entries.has(from)) this.#move(map, { from, to });
    }
  }

  #note(from: string, to: string, position: SourcePosition): void {
    const text = `"${from}" as "${to}"`;
    if (!this.#older.has(text)) this.#older.set(text, position);
  }

  #problem(code: string, message: string, at: Draft): void {
    const path = this.paths.get(at) ?? [];
    this.#issues.push({ code, severity: "error", message, position: at.position, path });
  }
}

function segments(path: string): readonly string[] {
  return path === "" ? [] : path.split(".");
}

function splitLast(path: string): [string, string] {
  const dot = path.lastIndexOf(".");
  return dot < 0 ? ["", path] : [path.slice(0, dot), path.slice(dot + 1)];
}

function descend(root: Draft, path: string): Draft | undefined {
  let node: Draft | undefined = root;
  for (const key of segments(path)) {
    node = node?.kind === "map" ? node.entries.get(key)?.value : undefined;
  }
  return node;
}
