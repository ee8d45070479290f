/** When `metadata.generation` counts: the spec changed, not the metadata and not the status. */
import type { KubeObject } from "../../schema/object.ts";
import { isDeepEqual, isJsonObject, type Json } from "../../std/json.ts";
import type { ServedKind } from "./kind.ts";
import { strategyOf } from "./strategies.ts";

export function generationOfNew(kind: ServedKind): number | undefined {
  return hasGeneration(kind) ? 1 : undefined;
}

/** The generation of `updated`, which replaces `current`. */
export function generationAfter(
  kind: ServedKind,
  current: KubeObject,
  updated: KubeObject,
): number | undefined {
  const before = current.metadata.generation;
  if (!hasGeneration(kind)) return before;
  const isStatusApart = kind.custom === undefined || kind.resource.hasStatus;
  const isSame = isDeepEqual(counted(current, isStatusApart), counted(updated, isStatusApart));
  return isSame ? before : (before ?? 0) + 1;
}

function hasGeneration(kind: ServedKind): boolean {
  return kind.custom !== undefined || strategyOf(kind).hasGeneration === true;
}

/** A pod's assignment to a node is no change of what was asked for. */
function unbound(spec: Json | undefined): Json | undefined {
  if (!isJsonObject(spec)) return spec;
  const { nodeName: _, ...rest } = spec;
  return rest;
}

function counted(object: KubeObject, isStatusApart: boolean): unknown {
  const { apiVersion: _version, metadata: _metadata, status, ...rest } = object;
  if (!isStatusApart) return { ...rest, status };
  return rest.kind === "Pod" ? { ...rest, spec: unbound(rest.spec) } : rest;
}
