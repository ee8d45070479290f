/**
 * What a server-side apply makes of an object after a hand-over (`apply/handover.ts`): what is applied is
 * laid over what is there, and what only our entries in `managedFields` own and nobody applies any more
 * leaves, but for what is let go as it is (`apply/let-go.ts`). Defaults are the server's. Pure.
 */
import { type FieldKeys, fieldsToLetGo } from "../apply/let-go.ts";
import { FIELD_MANAGER } from "../kube/kube-client.ts";
import { collectFields } from "../sandbox/fields/collect.ts";
import { FieldSet, printPath } from "../sandbox/fields/field-set.ts";
import { mergeObjects } from "../sandbox/fields/merge.ts";
import { removeFields } from "../sandbox/fields/remove.ts";
import type { SchemaNode } from "../schema/node.ts";
import type { KubeObject, ResourceType } from "../schema/object.ts";
import { getPath, isJsonObject, type Json, type JsonObject } from "../std/json.ts";

export interface HandedOver {
  readonly type: ResourceType;
  /** With `managedFields`, before the hand-over. */
  readonly live: KubeObject;
  readonly applied: KubeObject;
  readonly schema: SchemaNode | undefined;
}

export function appliedAfterHandOver({
  type,
  live,
  applied,
  schema = { type: "any" },
}: HandedOver): KubeObject {
  const { owned, others } = ownersOf(live);
  const stays = others.union(FieldSet.of(...fieldsToLetGo(type, applied)));
  const kept = collectFields(schema, asJson(applied)).union(stays);
  const merged = mergeObjects(schema, asJson(live), asJson(applied));
  return removeFields(
    schema,
    merged,
    prunable(owned.difference(kept), kept),
  ) as unknown as KubeObject;
}

/**
 * Fields that we own and do not apply any more, and that stay because others own them, too, or because they are
 * let go: paths as in `spec.replicas`. What is let go with the value that the server would give it anyway is no news.
 */
export function releasedFields({
  type,
  live,
  applied,
  schema = { type: "any" },
}: HandedOver): readonly string[] {
  const kept = collectFields(schema, asJson(applied));
  const { owned, others } = ownersOf(live);
  const released = prunable(owned.difference(kept), kept);
  const letGo = fieldsToLetGo(type, applied).filter((keys) => !isDefault(live, keys));
  const stays = others.union(FieldSet.of(...letGo));
  const staying = released.difference(released.difference(stays));
  return [...staying.paths()].map((path) => printPath(path).replace(/^\./, "").replaceAll('"', ""));
}

/** Of replicas it is 1, for every kind that Kubernetes itself scales. */
function isDefault(live: KubeObject, keys: FieldKeys): boolean {
  return (
    getPath(
      asJson(live),
      keys.map((key) => key.slice(2)),
    ) === 1
  );
}

/** By the entries in `managedFields`; what is written by way of `scale` is part of the spec. */
function ownersOf({ metadata }: KubeObject) {
  const entries = (metadata.managedFields ?? []).filter(
    ({ subresource }) => !subresource || subresource === "scale",
  );
  const ours = entries.filter((entry) => entry["manager"] === FIELD_MANAGER);
  const byApply = ours.filter((entry) => entry["operation"] === "Apply");
  return {
    owned: fieldsOf(byApply.length > 0 ? byApply : ours),
    others: fieldsOf(entries.filter((entry) => !ours.includes(entry))),
  };
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
