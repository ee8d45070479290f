/**
 * What a server-side apply makes of an object after a hand-over (`apply/handover.ts`): what is applied is
 * laid over what is there, and what only our entries in `managedFields` own and nobody applies any more
 * leaves. Defaults are the server's. Pure.
 */
import { FIELD_MANAGER } from "../kube/kube-client.ts";
import { collectFields } from "../sandbox/fields/collect.ts";
import { FieldSet } from "../sandbox/fields/field-set.ts";
import { mergeObjects } from "../sandbox/fields/merge.ts";
import { removeFields } from "../sandbox/fields/remove.ts";
import type { SchemaNode } from "../schema/node.ts";
import type { KubeObject } from "../schema/object.ts";
import { isJsonObject, type Json, type JsonObject } from "../std/json.ts";

export interface HandedOver {
  /** With `managedFields`, before the hand-over. */
  readonly live: KubeObject;
  readonly applied: KubeObject;
  readonly schema: SchemaNode | undefined;
}

export function appliedAfterHandOver({
  live,
  applied,
  schema = { type: "any" },
}: HandedOver): KubeObject {
  const entries = (live.metadata.managedFields ?? []).filter((entry) => !entry["subresource"]);
  const ours = entries.filter((entry) => entry["manager"] === FIELD_MANAGER);
  const byApply = ours.filter((entry) => entry["operation"] === "Apply");
  const owned = fieldsOf(byApply.length > 0 ? byApply : ours);
  const others = fieldsOf(entries.filter((entry) => !ours.includes(entry)));
  const kept = collectFields(schema, asJson(applied)).union(others);
  const merged = mergeObjects(schema, asJson(live), asJson(applied));
  return removeFields(
    schema,
    merged,
    prunable(owned.difference(kept), kept),
  ) as unknown as KubeObject;
}

/** A field with something kept below it stays, whatever is said of the field itself. */
function prunable(gone: FieldSet, kept: FieldSet): FieldSet {
  const result = new FieldSet();
  for (const path of gone.paths()) {
    let below: FieldSet | undefined = kept;
    for (const element of path) below = below?.below(element);
    if (below === undefined || below.isEmpty) result.insert(path);
  }
  return result;
}

function fieldsOf(entries: readonly JsonObject[]): FieldSet {
  return entries
    .map((entry) => entry["fieldsV1"])
    .filter(isJsonObject)
    .map((fields) => FieldSet.fromJson(fields))
    .reduce((all, fields) => all.union(fields), new FieldSet());
}

function asJson(object: KubeObject): Json {
  return object as unknown as Json;
}
