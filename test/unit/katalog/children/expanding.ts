/** What the tests of the shorthands share: a fixed surrounding, and the proof that a kind takes it. */
import type { ChildKind, ExpandContext } from "../../../../src/katalog/children/child.ts";
import { builtinKind } from "../../../../src/schema/builtin.ts";
import { coerceTree } from "../../../../src/schema/coerce.ts";
import { pruneUnknown } from "../../../../src/schema/prune.ts";
import type { JsonObject } from "../../../../src/std/json.ts";

export const context: ExpandContext = {
  ownerName: "shop",
  name: "shop-web",
  selectorLabels: { app: "shop-web", "orkestra-owner": "shop" },
  podLabels: { team: "a", "orkestra-owner": "shop" },
  workloadSelector: { app: "shop-web" },
};

/** The expanded body. Throws when Kubernetes would not know a field of it, or its type. */
export function expand(
  kind: ChildKind,
  fields: JsonObject,
  own: ExpandContext = context,
): JsonObject {
  const body = kind.expand(fields, own);
  const schema = builtinKind(kind.apiVersion, kind.kind)?.schema;
  if (!schema) throw new Error(`no schema of ${kind.kind}`);
  const { dropped } = pruneUnknown(body, schema);
  const { value, errors } = coerceTree(body, schema);
  if (dropped.length > 0) throw new Error(`${kind.kind} has no ${dropped.join(", ")}`);
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  return value as JsonObject;
}
