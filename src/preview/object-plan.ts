/** The planned writes to one object as one change: what it was, what it will be. Pure. */
import type { FieldChange } from "../apply/changes.ts";
import type { SchemaNode } from "../schema/node.ts";
import { apiVersionOf, type KubeObject, objectKey, type ResourceType } from "../schema/object.ts";
import { releasedFields } from "./after-hand-over.ts";
import { lostData } from "./lost-data.ts";
import { createdFields, objectDifferences } from "./object-differences.ts";
import type { PlannedWrite } from "./planned-write.ts";

export interface ObjectPlan {
  /** `recreate`: deleted and made anew. `keep`: written to, and left as it is. */
  readonly action: "create" | "update" | "delete" | "recreate" | "keep";
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  /** False: the server could not be asked whether it would take it. */
  readonly isChecked: boolean;
  /** Of `update` and `recreate`, by path; of `create`, what is said of the object beside its name. */
  readonly fields: readonly FieldChange[];
  /** Fields that stay as they are, and are no longer ours: `spec.replicas`. */
  readonly released: readonly string[];
  /** The requests behind it, in their order: `create`, `apply`, `patch status`, `delete` … */
  readonly requests: readonly string[];
  /** What is lost for good with what is deleted: `its generated value is lost`. */
  readonly loses?: string;
}

/** One for each object, in the order of their first writes. */
export function objectPlans(
  writes: readonly PlannedWrite[],
  schemaOf: (type: ResourceType) => SchemaNode | undefined,
): readonly ObjectPlan[] {
  const groups = new Map<string, PlannedWrite[]>();
  for (const write of writes) {
    const key = `${write.type.group}/${write.type.kind} ${objectKey(write)}`;
    groups.set(key, [...(groups.get(key) ?? []), write]);
  }
  return [...groups.values()].map((group) => planOf(group, schemaOf));
}

function planOf(
  writes: readonly PlannedWrite[],
  schemaOf: (type: ResourceType) => SchemaNode | undefined,
): ObjectPlan {
  const [first] = writes as readonly [PlannedWrite];
  const before = writes.find((write) => write.before)?.before;
  const last = writes.at(-1);
  const after = last?.verb === "delete" ? undefined : last?.after;
  const schema = schemaOf(first.type);
  const changed = before && after ? objectDifferences(before, after, schema) : [];
  const action = actionOf(writes, { before, after, hasFields: changed.length > 0 });
  const created = action === "create" && writes.find(({ verb }) => verb === "create")?.sent;
  const fields = created ? createdFields(created) : changed;
  const { type, namespace, name } = first;
  const isGoing = action === "delete" || action === "recreate";
  const loses = isGoing && before ? lostData(before, action) : undefined;
  return {
    action,
    apiVersion: apiVersionOf(type),
    kind: type.kind,
    ...(namespace !== undefined && { namespace }),
    name,
    isChecked: writes.every(({ isChecked }) => isChecked),
    fields,
    released: action === "update" ? released(writes, { before, fields, schema }) : [],
    requests: writes.map(({ verb, subresource }) =>
      subresource === undefined ? verb : `${verb} ${subresource}`,
    ),
    ...(loses !== undefined && { loses }),
  };
}

/** By the last apply, as far as what was given up is still there. */
function released(
  writes: readonly PlannedWrite[],
  {
    before,
    fields,
    schema,
  }: {
    readonly before: KubeObject | undefined;
    readonly fields: readonly FieldChange[];
    readonly schema: SchemaNode | undefined;
  },
): readonly string[] {
  const isWhole = ({ verb, subresource }: PlannedWrite) =>
    verb === "apply" && subresource === undefined;
  const { sent: applied, type } = writes.findLast(isWhole) ?? {};
  if (!before || !applied || !type) return [];
  const isGone = (path: string) => fields.some((field) => path.startsWith(field.path));
  const handedOver = { type, live: before, applied, schema };
  return releasedFields(handedOver).filter((path) => !isGone(path));
}

function actionOf(
  writes: readonly PlannedWrite[],
  {
    before,
    after,
    hasFields,
  }: {
    readonly before: KubeObject | undefined;
    readonly after: KubeObject | undefined;
    readonly hasFields: boolean;
  },
): ObjectPlan["action"] {
  if (!after) return "delete";
  const verbs = writes.map(({ verb }) => verb);
  if (verbs.includes("create")) return verbs.includes("delete") ? "recreate" : "create";
  return before && !hasFields ? "keep" : "update";
}
