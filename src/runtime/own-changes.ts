/** What a pass changed of the custom resource itself: its finalizers and its status. Pure. */
import type { FieldChange } from "../apply/changes.ts";
import type { KubeObject } from "../schema/object.ts";
import { isDeepEqual, isJsonObject, type Json, type JsonObject } from "../std/json.ts";

/** Members of a condition that say something; when it changed and for which generation is no news. */
const TELLING = ["status", "reason", "message"];
/** Of a first status this is enough: most custom resources have no other entry than that of their creation. */
const TELLING_AT_FIRST = ["reason"];

/** Fields that differ, without those that only say when or for what the others were written. */
export function ownChanges(before: KubeObject, after: KubeObject): readonly FieldChange[] {
  if (before.metadata.resourceVersion === after.metadata.resourceVersion) return [];
  const [held, holds] = [before.metadata.finalizers ?? [], after.metadata.finalizers ?? []];
  const [old, now] = [before.status, after.status].map((status) =>
    isJsonObject(status) ? status : {},
  ) as [JsonObject, JsonObject];
  const { conditions: oldConditions, observedGeneration: _, ...oldFields } = old;
  const { conditions, observedGeneration: __, ...fields } = now;
  return [
    ...difference("metadata.finalizers", held as Json, holds as Json),
    ...members("status", oldFields, fields),
    ...conditionChanges(oldConditions, conditions),
  ];
}

/** By type, as in `status.conditions[type=Ready].status`; of first conditions the reason alone. */
export function conditionChanges(
  before: Json | undefined,
  after: Json | undefined,
): readonly FieldChange[] {
  const telling = before === undefined ? TELLING_AT_FIRST : TELLING;
  const [old, now] = [byType(before, telling), byType(after, telling)];
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((type) =>
    members(`status.conditions[type=${type}]`, old.get(type) ?? {}, now.get(type) ?? {}),
  );
}

function byType(
  conditions: Json | undefined,
  telling: readonly string[],
): ReadonlyMap<string, JsonObject> {
  const items = Array.isArray(conditions) ? conditions.filter(isJsonObject) : [];
  return new Map(
    items.map((item) => [
      String(item["type"]),
      Object.fromEntries(Object.entries(item).filter(([key]) => telling.includes(key))),
    ]),
  );
}

function members(path: string, before: JsonObject, after: JsonObject): readonly FieldChange[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => difference(`${path}.${key}`, before[key], after[key]));
}

function difference(
  path: string,
  before: Json | undefined,
  after: Json | undefined,
): readonly FieldChange[] {
  if (isDeepEqual(before, after)) return [];
  const was = before !== undefined && { before };
  return [{ path, ...was, ...(after !== undefined && { after }) }];
}
