/**
 * One tree laid over another, field by field: how a Komposer changes what it imports. Nodes travel
 * as they are, so that every value still knows the file that it stands in.
 */
import {
  isUnset,
  type YamlEntry,
  type YamlList,
  type YamlMap,
  type YamlNode,
} from "../std/yaml-node.ts";
import { KEEPS_NULL } from "./fields.ts";
import type { NormalisedDocument } from "./normalise.ts";

/**
 * Maps are joined key by key; anything else (a list, too) takes the place of what was there. `null`
 * takes a key away, except below `patch`, where it is a value of its own.
 */
export function overlay(
  base: YamlNode,
  over: YamlNode,
  sourcePaths: NormalisedDocument["sourcePaths"],
): YamlNode {
  return lay(base, over, { sourcePaths, keepsNull: false });
}

interface Surroundings {
  readonly sourcePaths: NormalisedDocument["sourcePaths"];
  readonly keepsNull: boolean;
}

function lay(base: YamlNode, over: YamlNode, around: Surroundings): YamlNode {
  if (base.kind === "list" && over.kind === "list") return replacing(base, over, around);
  if (base.kind !== "map" || over.kind !== "map") return over;
  const entries = new Map(base.entries);
  for (const [key, entry] of over.entries) {
    const before = entries.get(key);
    if (isUnset(entry.value) && !around.keepsNull) entries.delete(key);
    else if (before) entries.set(key, joined(before, entry, { ...around, ...below(key, around) }));
    else entries.set(key, entry);
  }
  const result: YamlMap = { ...base, entries };
  const path = around.sourcePaths.get(base) ?? around.sourcePaths.get(over);
  if (path) around.sourcePaths.set(result, path);
  return result;
}

/** Whoever meant to change one field of an element has to be told which list is gone. */
function replacing(base: YamlList, over: YamlList, { sourcePaths }: Surroundings): YamlList {
  const result: YamlList = { ...over, replaces: base.position };
  const path = sourcePaths.get(over);
  if (path) sourcePaths.set(result, path);
  return result;
}

/** A block of both stays where it was begun; a value stands where it was said last. */
function joined(before: YamlEntry, entry: YamlEntry, around: Surroundings): YamlEntry {
  const value = lay(before.value, entry.value, around);
  const isBlock = before.value.kind === "map" && entry.value.kind === "map";
  return { keyPosition: isBlock ? before.keyPosition : entry.keyPosition, value };
}

function below(key: string, { keepsNull }: Surroundings) {
  return { keepsNull: keepsNull || KEEPS_NULL.has(key) };
}
