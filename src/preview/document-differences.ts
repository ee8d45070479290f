/**
 * Two resolved documents, field by field: what changed between what runs and what would. Entries are told
 * by their names, lists of named or numbered things by name or id, so that one that moved is no change.
 * Pure; whoever calls decides what may be shown of the values.
 */
import type { FieldChange } from "../apply/changes.ts";
import { isDeepEqual, isJsonObject, type Json, type JsonObject } from "../std/json.ts";

/** Paths as in `crds[website].box.children[onReconcile.deployments[0]].fields.replicas`. */
export function documentDifferences(before: Json, after: Json): readonly FieldChange[] {
  const found: FieldChange[] = [];
  compare({ before, after, path: "" }, found);
  return found;
}

interface Pair {
  readonly before: Json | undefined;
  readonly after: Json | undefined;
  readonly path: string;
}

function compare({ before, after, path }: Pair, found: FieldChange[]): void {
  if (isDeepEqual(before, after)) return;
  const [was, is] = [membersOf(before), membersOf(after)];
  if (!was || !is || was.isList !== is.isList) {
    found.push({
      path,
      ...(before !== undefined && { before }),
      ...(after !== undefined && { after }),
    });
    return;
  }
  for (const name of new Set([...was.members.keys(), ...is.members.keys()])) {
    const place = was.isList ? `${path}[${name}]` : path === "" ? name : `${path}.${name}`;
    compare({ before: was.members.get(name), after: is.members.get(name), path: place }, found);
  }
}

interface Members {
  readonly isList: boolean;
  readonly members: ReadonlyMap<string, Json | undefined>;
}

function membersOf(value: Json | undefined): Members | undefined {
  if (isJsonObject(value)) return { isList: false, members: new Map(Object.entries(value)) };
  if (!Array.isArray(value)) return undefined;
  const names = value.map(nameOf);
  const isNamed = names.every((name) => name !== undefined);
  if (!isNamed || new Set(names).size < names.length) return undefined;
  return {
    isList: true,
    members: new Map(value.map((item, index) => [String(names[index]), item])),
  };
}

/** What people would call an element of a list. */
function nameOf(item: Json): string | undefined {
  if (!isJsonObject(item)) return undefined;
  for (const key of ["id", "name", "path"]) {
    const name: Json | undefined = (item as JsonObject)[key];
    if (typeof name === "string" && name !== "") return name;
  }
  return undefined;
}
