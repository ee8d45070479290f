/**
 * `.children` of templates: forgiving about how a child is named (`katalog.md` section 4).
 *
 * `.children.deployment` is the only or first one of that kind, `.children.deployments.<name>` any of
 * them, in lower and camel case; autoscalers and the like also have short forms. Custom children are
 * under `custom`/`customs` too. A declared kind without a child is a placeholder with empty parts.
 */
import type { ObservedChild } from "../apply/prune.ts";
import type { KubeObject } from "../schema/object.ts";
import type { Json, JsonObject } from "../std/json.ts";

/** A kind that the Katalog declares, whether or not a child of it exists. */
export interface DeclaredKind {
  readonly kind: string;
  readonly plural: string;
  readonly isCustom: boolean;
}

const SHORT_FORMS: Readonly<Record<string, string>> = {
  horizontalpodautoscaler: "hpa",
  poddisruptionbudget: "pdb",
  persistentvolumeclaim: "pvc",
  persistentvolume: "pv",
};

const PLACEHOLDER: JsonObject = Object.freeze({ metadata: {}, spec: {}, status: {} });

type Group = Map<string, Json>;

export function buildChildren(
  children: readonly ObservedChild[],
  declared: readonly DeclaredKind[],
): JsonObject {
  const result: Record<string, Json> = {};
  for (const kind of declared) publish(result, kind, new Map());
  const groups = new Map<string, { readonly names: DeclaredKind; readonly group: Group }>();
  const customs: Group = new Map();
  const customKinds = new Set(declared.flatMap((each) => (each.isCustom ? [each.kind] : [])));
  for (const { type, object } of children) {
    const isCustom = customKinds.has(type.kind);
    const names = { kind: type.kind, plural: type.plural, isCustom };
    const entry = groups.get(type.kind) ?? { names, group: new Map() };
    groups.set(type.kind, entry);
    entry.group.set(object.metadata.name, object as unknown as Json);
    if (isCustom) addCustom(customs, object);
  }
  for (const { names, group } of groups.values()) publish(result, names, group);
  if (customs.size > 0) publishCustoms(result, customs);
  return result;
}

function publish(result: Record<string, Json>, names: DeclaredKind, group: Group): void {
  const lower = names.kind.toLowerCase();
  const camel = names.kind.charAt(0).toLowerCase() + names.kind.slice(1);
  const camelPlural = camel + names.plural.slice(lower.length);
  publishAs(result, [lower, names.plural], group);
  if (camel !== lower) publishAs(result, [camel, camelPlural], group);
  const short = SHORT_FORMS[lower];
  if (short) publishAs(result, [short, `${short}s`], group);
  if (names.isCustom && !Object.hasOwn(result, "custom")) {
    publishAs(result, ["custom", "customs"], new Map());
  }
}

function publishAs(
  result: Record<string, Json>,
  [singular, plural]: readonly [string, string],
  group: Group,
): void {
  const [first] = group.values();
  result[singular] = first ?? PLACEHOLDER;
  result[plural] = Object.fromEntries(group);
}

/** `.children.custom` is both: the first custom child, and each by its name below it. */
function publishCustoms(result: Record<string, Json>, customs: Group): void {
  const [first] = customs.values();
  const byName = Object.fromEntries(customs);
  result["custom"] = { ...byName, ...(first as JsonObject) };
  result["customs"] = byName;
}

/** Two custom children of one name and different kinds are told apart by `<kind>/<name>`. */
function addCustom(customs: Group, object: KubeObject): void {
  const { name } = object.metadata;
  if (!customs.has(name)) customs.set(name, object as unknown as Json);
  customs.set(`${object.kind.toLowerCase()}/${name}`, object as unknown as Json);
}
