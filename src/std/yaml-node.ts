/**
 * YAML as the rest of the code sees it: plain trees whose every node and key knows its place in
 * the file. `std/yaml.ts` makes them; the layouts move them about; positions travel along.
 *
 * Scalars keep the text that was written beside the value that the core schema reads in it, so
 * that `version: 1.10` is `"1.10"` wherever text is expected.
 */
import type { SourcePosition } from "./issue.ts";
import type { Json, PathSegment } from "./json.ts";
import { type ScalarText, scalarOffset } from "./yaml-offset.ts";

export type YamlNode = YamlMap | YamlList | YamlScalar;

export interface YamlMap {
  readonly kind: "map";
  readonly position: SourcePosition;
  /** In the order of the document. A `Map`, so that no key is special (`__proto__`). */
  readonly entries: ReadonlyMap<string, YamlEntry>;
}

export interface YamlEntry {
  readonly keyPosition: SourcePosition;
  readonly value: YamlNode;
}

export interface YamlList {
  readonly kind: "list";
  readonly position: SourcePosition;
  readonly items: readonly YamlNode[];
  /** Where the list stands that this one took the place of, in another document. */
  readonly replaces?: SourcePosition;
}

/** Where the characters of a scalar stand: its raw source and a way to turn offsets into places. */
export interface ScalarSource extends ScalarText {
  /** Place of `raw[offset]`. */
  locate(offset: number): SourcePosition;
}

export class YamlScalar {
  readonly kind = "scalar";
  /** What YAML 1.2 core reads. Numbers that JSON cannot hold stay text. */
  readonly value: null | boolean | number | string;
  /** As written: the decoded text of quoted and block scalars, the source of plain ones. */
  readonly text: string;
  readonly #source: ScalarSource;

  constructor(value: YamlScalar["value"], text: string, source: ScalarSource) {
    this.value = value;
    this.text = text;
    this.#source = source;
  }

  /** Counted when somebody asks: of most scalars nobody does. */
  get position(): SourcePosition {
    return this.#source.locate(0);
  }

  /** Neither quoted nor a block: what it stands for depends on the reader. */
  get isPlain(): boolean {
    return this.#source.style === "plain";
  }

  /** Place of the character `text[offset]`; exact through quotes, escapes and block indentation. */
  positionAt(offset: number): SourcePosition {
    return this.#source.locate(scalarOffset(this.#source, this.text, offset));
  }
}

/** The node at `path`, or `undefined` when a step is missing. */
export function nodeAt(root: YamlNode, path: readonly PathSegment[]): YamlNode | undefined {
  let node: YamlNode | undefined = root;
  for (const segment of path) node = node && stepInto(node, segment)?.value;
  return node;
}

/** The place of the nearest existing node on the way to `path`; of its key with `"key"`. */
export function positionOf(
  root: YamlNode,
  path: readonly PathSegment[],
  part: "key" | "value" = "value",
): SourcePosition {
  let node = root;
  let position = root.position;
  for (const segment of path) {
    const entry = stepInto(node, segment);
    if (!entry) break;
    position = part === "key" ? entry.keyPosition : entry.value.position;
    node = entry.value;
  }
  return position;
}

/** What one step leads to. An item of a list stands for its own key. */
export function stepInto(node: YamlNode, segment: PathSegment): YamlEntry | undefined {
  if (node.kind === "map") return node.entries.get(String(segment));
  const item = node.kind === "list" ? node.items[Number(segment)] : undefined;
  return item && { keyPosition: item.position, value: item };
}

/**
 * Plain data. `native` gives what YAML reads; `lossless` keeps the text of every number that would
 * print differently (`1.10`, `0x1F`), for places whose type is decided later.
 */
export function toJson(node: YamlNode, mode: "native" | "lossless" = "native"): Json {
  switch (node.kind) {
    case "scalar":
      return mode === "native" ? node.value : losslessValue(node);
    case "list":
      return node.items.map((item) => toJson(item, mode));
    case "map": {
      const result: Record<string, Json> = {};
      for (const [key, entry] of node.entries) setOwn(result, key, toJson(entry.value, mode));
      return result;
    }
    default:
      return node satisfies never;
  }
}

/** The value of a scalar; a number that would print differently as its text. */
export function losslessValue({ value, text }: YamlScalar): YamlScalar["value"] {
  return typeof value === "number" && String(value) !== text ? text : value;
}

/** Sets an own key, `__proto__` included, where an assignment would reach the prototype. */
export function setOwn<T>(target: Record<string, T>, key: string, value: T): void {
  if (key === "__proto__") {
    Object.defineProperty(target, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  } else target[key] = value;
}

/** Whether nothing was set: absent, or an explicit `null`. */
export function isUnset(node: YamlNode | undefined): boolean {
  return node === undefined || (node.kind === "scalar" && node.value === null);
}
