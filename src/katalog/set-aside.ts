/**
 * Takes out of a canonical tree what this build knows and does not act on, with an error or a
 * notice for each (`unsupported.ts` decides which), so that the schema only sees what it runs.
 */
import type { Issue } from "../std/issue.ts";
import { isJsonObject, type Json, type JsonObject, type PathSegment } from "../std/json.ts";
import {
  isUnset,
  nodeAt,
  setOwn,
  toJson,
  type YamlEntry,
  type YamlMap,
  type YamlNode,
} from "../std/yaml-node.ts";
import type { NormalisedDocument } from "./normalise.ts";
import { UNSUPPORTED, type UnsupportedSetting } from "./unsupported.ts";

export interface SetAside {
  readonly root: YamlNode;
  /** What only concerns others, under its own path. */
  readonly other: JsonObject;
  /** The same with their places, by their paths in `other`. */
  readonly kept: readonly KeptBlock[];
  readonly issues: readonly Issue[];
  /** Canonical paths of what an error refuses. */
  readonly refused: readonly (readonly PathSegment[])[];
}

export interface KeptBlock {
  readonly path: readonly string[];
  readonly node: YamlNode;
}

interface Found {
  readonly setting: UnsupportedSetting;
  readonly path: readonly string[];
  readonly entry: YamlEntry;
}

export interface SetAsideOptions {
  readonly skipUnsupported: boolean;
  /** Those of a Katalog when absent. */
  readonly settings?: readonly UnsupportedSetting[];
}

export function setAside(document: NormalisedDocument, options: SetAsideOptions): SetAside {
  const work = new Sorter(document, options);
  for (const setting of options.settings ?? UNSUPPORTED) work.take(setting);
  return work.finish();
}

class Sorter {
  readonly #document: YamlNode;
  readonly #paths: NormalisedDocument["sourcePaths"];
  readonly #skip: boolean;
  readonly #issues: { readonly crd: string | undefined; readonly issue: Issue }[] = [];
  readonly #other: Record<string, Json> = {};
  readonly #kept: KeptBlock[] = [];
  readonly #leftOut = new Set<string>();
  readonly #refused: (readonly PathSegment[])[] = [];
  #rest: YamlNode;

  constructor(document: NormalisedDocument, options: { readonly skipUnsupported: boolean }) {
    this.#paths = document.sourcePaths;
    this.#document = document.root;
    this.#rest = document.root;
    this.#skip = options.skipUnsupported;
  }

  take(setting: UnsupportedSetting): void {
    for (const found of find(this.#rest, setting)) {
      const path = setting.takesBlock ? found.path.slice(0, -1) : found.path;
      this.#rest = without(this.#rest, path, this.#paths);
      // Everything in it was taken before, and told.
      if (isEmptied(found, this.#document) || isOff(found)) continue;
      if (setting.isCode && this.#skip) this.#leaveOut(found);
      else this.#report(found);
    }
  }

  finish(): SetAside {
    for (const crd of this.#leftOut) {
      this.#rest = without(this.#rest, ["spec", "crds", crd], this.#paths);
    }
    // Other problems of an entry that is left out need not be solved.
    const issues = this.#issues.flatMap(({ crd, issue }) => {
      const isMoot = crd !== undefined && this.#leftOut.has(crd) && issue.code !== LEFT_OUT;
      return isMoot ? [] : [issue];
    });
    return {
      root: this.#rest,
      other: this.#other,
      kept: this.#kept,
      issues,
      refused: this.#refused,
    };
  }

  #leaveOut(found: Found): void {
    const crd = found.path[2] ?? "";
    if (!this.#leftOut.has(crd)) this.#issues.push({ crd, issue: leftOutIssue(crd, found) });
    this.#leftOut.add(crd);
  }

  #report(found: Found): void {
    const { setting, path, entry } = found;
    const crd = path[1] === "crds" ? path[2] : undefined;
    this.#issues.push({ crd, issue: toIssue(found, sourcePathOf(entry.value, this.#paths)) });
    if (setting.verdict === "notice") this.#keep(found);
    else this.#refused.push(path);
  }

  #keep({ path, entry: { value } }: Found): void {
    const own = path[0] === "spec" ? path.slice(1) : path;
    keep(this.#other, own, toJson(value));
    this.#kept.push({ path: own, node: value });
  }
}

function toIssue({ setting, path, entry }: Found, sourcePath?: readonly PathSegment[]): Issue {
  const isError = setting.verdict === "error";
  const own = sourcePath ?? path;
  const name = String(own.at(-1) ?? path.at(-1));
  return {
    code: isError ? "unsupported" : "no-effect",
    severity: setting.verdict,
    message: isError
      ? `Cannot act on "${name}": ${setting.say}`
      : `"${name}" does nothing here: ${setting.say}`,
    path: own,
    position: entry.keyPosition,
  };
}

/** A block that a layout made up is known to the user by the first thing in it. */
function sourcePathOf(
  node: YamlNode,
  paths: NormalisedDocument["sourcePaths"],
): readonly PathSegment[] | undefined {
  const own = paths.get(node);
  if (own || node.kind !== "map") return own;
  const [first] = node.entries.values();
  return first && sourcePathOf(first.value, paths);
}

const LEFT_OUT = "left-out";

function leftOutIssue(crd: string, { setting, path, entry }: Found): Issue {
  return {
    code: LEFT_OUT,
    severity: "warning",
    message: `The CRD "${crd}" is left out: ${setting.say}`,
    path,
    position: entry.keyPosition,
  };
}

/** `rollBackOnError: false`, `imports: []`: what is not done is not asked for. */
function isOff({ setting, entry: { value } }: Found): boolean {
  if (setting.verdict !== "error" || setting.when) return false;
  return value.kind === "list" ? value.items.length === 0 : isFalse(value);
}

function isFalse(node: YamlNode): boolean {
  return node.kind === "scalar" && node.text.toLowerCase() === "false";
}

/** Whether a block is empty now that held something in the document. */
function isEmptied({ path, entry }: Found, document: YamlNode): boolean {
  const before = nodeAt(document, path);
  const size = (node: YamlNode | undefined) =>
    node?.kind === "map" ? node.entries.size : undefined;
  return size(entry.value) === 0 && size(before) !== 0;
}

/** Every place that a setting's path names, with wildcards. */
function find(root: YamlNode, setting: UnsupportedSetting): readonly Found[] {
  const segments = SEGMENTS.get(setting) ?? setting.path.split(".");
  const search: Search = { setting, segments, path: [], found: [] };
  visit(root, search);
  return search.found;
}

// Taken apart once, and not for each of many documents.
const SEGMENTS: ReadonlyMap<UnsupportedSetting, readonly string[]> = new Map(
  UNSUPPORTED.map((setting) => [setting, setting.path.split(".")]),
);

interface Search {
  readonly setting: UnsupportedSetting;
  readonly segments: readonly string[];
  /** Steps so far: changed on the way, since almost every way leads nowhere. */
  readonly path: string[];
  readonly found: Found[];
}

function visit(node: YamlNode, search: Search): void {
  const segment = search.segments[search.path.length];
  if (segment === undefined || node.kind === "scalar") return;
  if (node.kind === "list") {
    if (segment !== "*") return;
    for (const [index, value] of node.items.entries()) {
      enter(String(index), { keyPosition: value.position, value }, search);
    }
  } else if (segment === "*") {
    for (const [key, entry] of node.entries) enter(key, entry, search);
  } else {
    const entry = node.entries.get(segment);
    if (entry) enter(segment, entry, search);
  }
}

function enter(key: string, entry: YamlEntry, search: Search): void {
  const { setting, segments, path, found } = search;
  path.push(key);
  if (path.length < segments.length) visit(entry.value, search);
  else if (isMeant(setting, entry.value)) found.push({ setting, path: [...path], entry });
  path.pop();
}

function isMeant({ when }: UnsupportedSetting, node: YamlNode): boolean {
  if (isUnset(node)) return false;
  return !when || when(node.kind === "scalar" ? node.text : undefined);
}

/** The tree without the node at `path`. Shares everything else with the given one. */
function without(
  node: YamlNode,
  path: readonly string[],
  sourcePaths: NormalisedDocument["sourcePaths"],
): YamlNode {
  const [key, ...rest] = path;
  if (key === undefined || node.kind === "scalar") return node;
  const copy = node.kind === "list" ? { ...node, items: [...node.items] } : copyMap(node);
  if (copy.kind === "list") {
    const item = copy.items[Number(key)];
    if (item) copy.items[Number(key)] = without(item, rest, sourcePaths);
  } else {
    const entry = copy.entries.get(key);
    if (rest.length === 0) copy.entries.delete(key);
    else if (entry) {
      copy.entries.set(key, { ...entry, value: without(entry.value, rest, sourcePaths) });
    }
  }
  sourcePaths.copy(node, copy);
  return copy;
}

function copyMap(map: YamlMap) {
  return { ...map, entries: new Map(map.entries) };
}

function keep(other: Record<string, Json>, path: readonly string[], value: Json): void {
  const [key, ...rest] = path;
  if (key === undefined) return;
  let target = other;
  const keys = [key, ...rest];
  for (const step of keys.slice(0, -1)) {
    const next = Object.hasOwn(target, step) ? target[step] : undefined;
    const map: Record<string, Json> = isJsonObject(next) ? (next as Record<string, Json>) : {};
    setOwn(target, step, map);
    target = map;
  }
  setOwn(target, keys.at(-1) ?? key, value);
}
