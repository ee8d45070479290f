/**
 * Older layouts → the canonical one, on the node tree, before validation. Nodes are moved, never
 * made anew, so that every issue found later still points at the line that the user wrote.
 *
 * Guarantees: a setting given in two places with different values is an error that names both;
 * equal values and disjoint blocks are joined. What no row of the tables knows stays where it is.
 */
import { formatPosition, type Issue, type SourcePosition } from "../std/issue.ts";
import { isDeepEqual, type PathSegment } from "../std/json.ts";
import {
  isUnset,
  nodeAt,
  stepInto,
  toJson,
  type YamlEntry,
  type YamlList,
  type YamlMap,
  type YamlNode,
} from "../std/yaml-node.ts";
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
import { SourcePaths } from "./source-paths.ts";

export interface NormalisedDocument {
  readonly root: YamlNode;
  readonly issues: readonly Issue[];
  /** Paths of nodes in the spelling of their source; blocks that a move made have none. */
  readonly sourcePaths: SourcePaths;
}

/** A map that may be changed: a copy of one of the document, or one that a move made. */
interface DraftMap extends YamlMap {
  readonly entries: Map<string, YamlEntry>;
}
interface DraftList extends YamlList {
  readonly items: YamlNode[];
}
type Draft = DraftMap | DraftList;

export interface NormaliseOptions {
  /** A `null` is moved like a value: it clears what it will be laid over. */
  readonly keepsNull?: boolean;
  /** Where the paths of nodes are remembered; shared by documents that become one. */
  readonly sourcePaths?: NormalisedDocument["sourcePaths"];
}

/** Brings one document to the canonical layout. The given tree is left as it is. */
export function normalise(document: YamlNode, options: NormaliseOptions = {}): NormalisedDocument {
  const work = new Normaliser(options);
  work.paths.setAll(document);
  const root = document.kind === "map" ? work.document(document) : document;
  return { root, issues: work.finish(), sourcePaths: work.paths };
}

class Normaliser {
  readonly paths: NormalisedDocument["sourcePaths"];
  readonly #issues: Issue[] = [];
  readonly #older = new Map<string, SourcePosition>();
  readonly #keepsNull: boolean;
  /** What may be changed, by itself. Of most documents nothing has to be. */
  readonly #drafts = new Map<YamlNode, Draft>();

  constructor({ keepsNull = false, sourcePaths = new SourcePaths() }: NormaliseOptions) {
    this.#keepsNull = keepsNull;
    this.paths = sourcePaths;
  }

  document(document: YamlMap): YamlNode {
    const root = this.#draftMap(document);
    const version = root.entries.get("apiVersion");
    if (version?.value.kind === "scalar" && API_VERSION_ALIASES.includes(version.value.text)) {
      this.#note(version.value.text, API_VERSION, version.value.position);
    }
    for (const row of DOCUMENT_ROWS) this.#move(root, row);
    this.#wrapList(root, NOTES);
    const spec = this.#own(root, ["spec"]);
    if (spec) this.#listToMap(spec);
    const crds = spec && this.#own(spec, ["crds"]);
    for (const name of crds?.entries.keys() ?? []) {
      const entry = crds && this.#own(crds, [name]);
      if (entry) this.#entry(entry);
    }
    return root;
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
    for (const row of ENTRY_ROWS) this.#move(entry, row);
    for (const row of LIST_ROWS) this.#wrapList(entry, row);
    this.#rename(entry, { entry, steps: [] }, "");
    for (const phase of ["onCreate", "onReconcile", "onDelete"]) {
      this.#kindKeys(entry, ["operatorBox", "reconcile", phase]);
    }
  }

  /** `statefulsets` is read as `statefulSets`, in the groups of `onDelete`, too. */
  #kindKeys(entry: DraftMap, path: readonly PathSegment[]): void {
    const block = nodeAt(entry, path);
    if (block?.kind !== "map") return;
    for (const key of block.entries.keys()) {
      const canonical = canonicalKindKey(key);
      if (!canonical || canonical === key) continue;
      const own = this.#own(entry, path);
      if (own) this.#move(own, rowOf({ from: key, to: canonical }));
    }
    const groups = block.entries.get("groups")?.value;
    if (groups?.kind !== "list") return;
    for (const index of groups.items.keys()) this.#kindKeys(entry, [...path, "groups", index]);
  }

  /** The map at `path` to be changed: it and what is above it are copied, once. */
  #own(root: DraftMap, path: readonly PathSegment[]): DraftMap | undefined {
    let node: Draft = root;
    for (const step of path) {
      const entry = stepInto(node, step);
      if (entry === undefined || entry.value.kind === "scalar") return undefined;
      const value: Draft =
        entry.value.kind === "map" ? this.#draftMap(entry.value) : this.#draftList(entry.value);
      if (value !== entry.value && node.kind === "list") node.items[Number(step)] = value;
      else if (value !== entry.value && node.kind === "map") {
        node.entries.set(String(step), { keyPosition: entry.keyPosition, value });
      }
      node = value;
    }
    return node.kind === "map" ? node : undefined;
  }

  #draftMap(map: YamlMap): DraftMap {
    const known = this.#drafts.get(map);
    return known?.kind === "map"
      ? known
      : this.#draft(map, { ...map, entries: new Map(map.entries) });
  }

  #draftList(list: YamlList): DraftList {
    const known = this.#drafts.get(list);
    return known?.kind === "list" ? known : this.#draft(list, { ...list, items: [...list.items] });
  }

  #draft<T extends Draft>(node: YamlNode, draft: T): T {
    this.#drafts.set(draft, draft);
    this.paths.copy(node, draft);
    return draft;
  }

  #move(root: DraftMap, { from, to, move }: MoveRow): void {
    const moved = entryAt(root, from);
    const source = moved && this.#own(root, from.block);
    if (!moved || !source) return;
    if (isUnset(moved.value) && !this.#keepsNull) {
      source.entries.delete(from.key);
      return;
    }
    const target = this.#ensureMap(root, to.block, moved);
    source.entries.delete(from.key);
    // What stands in the way there is no map: the schema says so, and once is enough.
    if (!target) return;
    this.#note(move.from, move.to, moved.keyPosition);
    this.#join(target, to.key, moved);
  }

  /** The map at `path`, made where absent; `undefined` when something else stands there. */
  #ensureMap(root: DraftMap, path: readonly string[], origin: YamlEntry): DraftMap | undefined {
    let map = root;
    for (const key of path) {
      const next = map.entries.get(key)?.value;
      if (next !== undefined && !isUnset(next)) {
        const own = this.#own(map, [key]);
        if (!own) return undefined;
        map = own;
      } else {
        const position = origin.keyPosition;
        const made: DraftMap = { kind: "map", position, entries: new Map() };
        this.#drafts.set(made, made);
        map.entries.set(key, { keyPosition: position, value: made });
        map = made;
      }
    }
    return map;
  }

  #join(target: DraftMap, key: string, entry: YamlEntry): void {
    const present = target.entries.get(key);
    if (!present || isUnset(present.value)) {
      target.entries.set(key, entry);
    } else if (isUnset(entry.value)) {
      // Nothing is no second value.
    } else if (present.value.kind === "map" && entry.value.kind === "map") {
      const own = this.#own(target, [key]);
      if (own) for (const [inner, value] of entry.value.entries) this.#join(own, inner, value);
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

  /** A list goes into a map, under `inner`. */
  #wrapList(root: DraftMap, { at, inner }: ListRow): void {
    const entry = entryAt(root, at);
    if (entry?.value.kind !== "list") return;
    const { keyPosition, value } = entry;
    const entries = new Map([[inner, entry]]);
    const wrapped: YamlMap = { kind: "map", position: value.position, entries };
    this.#own(root, at.block)?.entries.set(at.key, { keyPosition, value: wrapped });
    this.#note(`${at.key}: [ … ]`, `${at.key}.${inner}`, keyPosition);
  }

  /** `spec.crds` as a list of entries with `name`. */
  #listToMap(spec: DraftMap): void {
    const crds = spec.entries.get("crds");
    if (crds?.value.kind !== "list") return;
    const entries = new Map<string, YamlEntry>();
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
      const value = this.#draftMap(item);
      value.entries.delete("name");
      entries.set(name.value.text, { keyPosition: name.value.position, value });
    }
    const map: YamlMap = { kind: "map", position: crds.value.position, entries };
    spec.entries.set("crds", { keyPosition: crds.keyPosition, value: map });
    this.#note("spec.crds: [ … ]", "spec.crds as a map by name", crds.keyPosition);
  }

  #rename(node: YamlNode, place: Place, path: string): void {
    const { steps } = place;
    if (node.kind === "list") {
      for (const [index, item] of node.items.entries()) {
        steps.push(index);
        this.#rename(item, place, path);
        steps.pop();
      }
    }
    if (node.kind !== "map") return;
    for (const [key, { value }] of this.#renameKeys(node, place, path).entries) {
      if (value.kind === "scalar") continue;
      steps.push(key);
      if (key === "custom" && value.kind === "list") this.#renameCustom(value, place, path);
      else if (!OPAQUE_KEYS.has(key)) {
        this.#rename(value, place, path === "" ? key : `${path}.${key}`);
      }
      steps.pop();
    }
  }

  /** Of a whole object only the conditions beside it are ours. */
  #renameCustom(list: YamlList, place: Place, path: string): void {
    for (const [index, item] of list.items.entries()) {
      place.steps.push(index);
      if (item.kind === "map") this.#renameKeys(item, place, path);
      place.steps.pop();
    }
  }

  /** The map as it is afterwards. */
  #renameKeys(map: YamlMap, { entry, steps }: Place, path: string): YamlMap {
    let renamed = map;
    for (const { row, below } of RENAME_ROWS) {
      if (!renamed.entries.has(row.from.key) || (below !== "" && below !== path)) continue;
      const own = this.#own(entry, steps);
      if (!own) continue;
      this.#move(own, row);
      renamed = own;
    }
    return renamed;
  }

  #note(from: string, to: string, position: SourcePosition): void {
    const text = `"${from}" as "${to}"`;
    if (!this.#older.has(text)) this.#older.set(text, position);
  }

  #problem(code: string, message: string, at: YamlNode): void {
    const path = this.paths.get(at) ?? [];
    this.#issues.push({ code, severity: "error", message, position: at.position, path });
  }
}

/** A key and the block that holds it, from a dotted path. */
interface KeyPath {
  readonly block: readonly string[];
  readonly key: string;
}

interface MoveRow {
  readonly move: Move;
  readonly from: KeyPath;
  readonly to: KeyPath;
}

interface ListRow {
  readonly at: KeyPath;
  readonly inner: string;
}

// Taken apart once, and not for each entry of a large document.
const DOCUMENT_ROWS = DOCUMENT_MOVES.map(rowOf);
const ENTRY_ROWS = ENTRY_MOVES.map(rowOf);
const RENAME_ROWS = RENAMES.map(({ below, ...move }) => ({ below, row: rowOf(move) }));
const LIST_ROWS = BARE_LISTS.map(({ path, key }): ListRow => ({ at: keyPath(path), inner: key }));
const NOTES: ListRow = { at: keyPath("notes"), inner: "functions" };

function rowOf(move: Move): MoveRow {
  return { move, from: keyPath(move.from), to: keyPath(move.to) };
}

function keyPath(path: string): KeyPath {
  const steps = path.split(".");
  return { block: steps.slice(0, -1), key: steps.at(-1) ?? "" };
}

function entryAt(root: YamlNode, { block, key }: KeyPath): YamlEntry | undefined {
  const map = nodeAt(root, block);
  return map?.kind === "map" ? map.entries.get(key) : undefined;
}

/** Where a walk is: from an entry, the steps so far. */
interface Place {
  readonly entry: DraftMap;
  readonly steps: PathSegment[];
}
