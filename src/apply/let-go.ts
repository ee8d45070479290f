/**
 * Fields whose value stays when an entry stops to declare them, where all others leave the child or get the
 * server's default: the replicas of what can be scaled. Whoever takes the line out leaves the decision to an
 * autoscaler, which has most likely decided nothing yet; one replica until it does would be an outage.
 *
 * Source: https://kubernetes.io/docs/reference/using-api/server-side-apply/#transferring-ownership. Pure.
 */
import type { KubeObject, ResourceType } from "../schema/object.ts";
import { getPath, isJsonObject, type Json, type JsonObject } from "../std/json.ts";

/** Keys as in `fieldsV1` of `managedFields`: `f:spec`, `f:replicas`. */
export type FieldKeys = readonly string[];

const REPLICAS: FieldKeys = ["f:spec", "f:replicas"];

/** What of the child is left to others as it is, since `declared` does not say it. */
export function fieldsToLetGo(type: ResourceType, declared: KubeObject): readonly FieldKeys[] {
  if (type.hasScale !== true || getPath(declared.spec, ["replicas"]) !== undefined) return [];
  return [REPLICAS];
}

/**
 * Operations of a JSON patch (RFC 6902) that take `fields` out of an entry of `managedFields` that is at
 * `path`. What would be left empty goes with them: an empty node stands for the whole field.
 */
export function releaseFields(
  { fieldsV1 }: JsonObject,
  path: string,
  fields: readonly FieldKeys[],
): readonly JsonObject[] {
  return fields.flatMap((keys) => {
    const held = isJsonObject(fieldsV1) ? heldKeys(fieldsV1, keys) : [];
    if (held.length === 0) return [];
    const steps = held.map((key) => key.replaceAll("~", "~0").replaceAll("/", "~1"));
    return [{ op: "remove", path: `${path}/fieldsV1/${steps.join("/")}` }];
  });
}

/** The part of `keys` to take out; empty where the field is not held. */
function heldKeys(fieldsV1: JsonObject, keys: FieldKeys): FieldKeys {
  let node: Json | undefined = fieldsV1;
  let length = 0;
  for (const [index, key] of keys.entries()) {
    const members: JsonObject = isJsonObject(node) ? node : {};
    if (members[key] === undefined) return [];
    if (index === 0 || Object.keys(members).length > 1) length = index + 1;
    node = members[key];
  }
  return keys.slice(0, length);
}
