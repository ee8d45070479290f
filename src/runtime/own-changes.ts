/** What a pass changed of the custom resource itself: its finalizers and its status. Pure. */
import type { FieldChange } from "../apply/changes.ts";
import type { KubeObject } from "../schema/object.ts";
import { isDeepEqual, isJsonObject, type Json, type JsonObject } from "../std/json.ts";

/** Members of a condition that say something; when it changed and for which generation is no news. */
const TELLING = ["status", "reason", "message"];
/** Of a first status this is enough: most custom resources have no other entry than that of their creation. */
const TELLING_AT_FIRST = ["reason"];

/** Fields of the status that are told otherwise, or are no news. */
const ASIDE = ["conditions", "observedGeneration"];
const EMPTY: JsonObject = {};

/** Fields that differ, without those that only say when or for what the others were written. */
export function ownChanges(before: KubeObject, after: KubeObject): readonly FieldChange[] {
  if (before.metadata.resourceVersion === after.metadata.resourceVersion) return [];
  const [held, holds] = [before.metadata.finalizers ?? [], after.metadata.finalizers ?? []];
  const [old, now] = [statusOf(before), statusOf(after)];
  const found = new Differences();
  found.compare("metadata.finalizers", held as Json, holds as Json);
  found.compareMembers("status", [old, now], (key) => !ASIDE.includes(key));
  compareConditions(found, old["conditions"], now["conditions"]);
  return found.all;
}

/** By type, as in `status.conditions[type=Ready].status`; of first conditions the reason alone. */
export function conditionChanges(
  before: Json | undefined,
  after: Json | undefined,
): readonly FieldChange[] {
  const found = new Differences();
  compareConditions(found, before, after);
  return found.all;
}

function compareConditions(
  found: Differences,
  before: Json | undefined,
  after: Json | undefined,
): void {
  const telling = before === undefined ? TELLING_AT_FIRST : TELLING;
  const isTold = (key: string) => telling.includes(key);
  const [old, now] = [byType(before), byType(after)];
  const compareType = (type: string) => {
    const both = [old.get(type) ?? EMPTY, now.get(type) ?? EMPTY] as const;
    found.compareMembers(`status.conditions[type=${type}]`, both, isTold);
  };
  for (const type of old.keys()) compareType(type);
  for (const type of now.keys()) if (!old.has(type)) compareType(type);
}

function statusOf({ status }: KubeObject): JsonObject {
  return isJsonObject(status) ? status : EMPTY;
}

function byType(conditions: Json | undefined): ReadonlyMap<string, JsonObject> {
  const found = new Map<string, JsonObject>();
  if (!Array.isArray(conditions)) return found;
  for (const item of conditions) if (isJsonObject(item)) found.set(String(item["type"]), item);
  return found;
}

/** Collects what differs: this is done for every custom resource that comes, so it makes little else. */
class Differences {
  readonly all: FieldChange[] = [];

  compareMembers(
    path: string,
    [before, after]: readonly [before: JsonObject, after: JsonObject],
    isTold: (key: string) => boolean,
  ): void {
    for (const key of Object.keys(before)) {
      if (isTold(key)) this.compare(`${path}.${key}`, before[key], after[key]);
    }
    for (const key of Object.keys(after)) {
      const isNew = !Object.hasOwn(before, key);
      if (isNew && isTold(key)) this.compare(`${path}.${key}`, undefined, after[key]);
    }
  }

  compare(path: string, before: Json | undefined, after: Json | undefined): void {
    if (isDeepEqual(before, after)) return;
    const change: { path: string; before?: Json; after?: Json } = { path };
    if (before !== undefined) change.before = before;
    if (after !== undefined) change.after = after;
    this.all.push(change);
  }
}
