/**
 * Two OpenAPI schemas of one version, compared field by field: each difference with what it does to a
 * value that stands there. Pure. `evolution.ts` looks it up in the objects.
 */
import { isDeepEqual, isJsonObject, type Json, type JsonObject } from "../std/json.ts";
import type { JsonSchema } from "./json-schema.ts";
import { schemaValidator } from "./validate.ts";

/** One step from a schema to a schema below it. */
export type SchemaStep =
  | { readonly kind: "field"; readonly name: string }
  | { readonly kind: "items" }
  | { readonly kind: "values" };

export interface SchemaShift {
  readonly kind: string;
  /** Where the values are that {@link hurts} judges. */
  readonly path: readonly SchemaStep[];
  readonly message: string;
  readonly verdict: "compatible" | "breaking" | "unknown";
  /** Is this value refused, cut or seen differently by the new schema? */
  hurts(value: Json): boolean;
}

export function shiftsOfSchema(before: JsonSchema, after: JsonSchema): readonly SchemaShift[] {
  return compare({ before, after, path: [] });
}

/** Every value of `root` that a path leads to. */
export function valuesAt(root: Json, path: readonly SchemaStep[]): readonly Json[] {
  let values: readonly Json[] = [root];
  for (const step of path) values = values.flatMap((value) => below(value, step));
  return values;
}

function below(value: Json, step: SchemaStep): readonly Json[] {
  if (step.kind === "items") return Array.isArray(value) ? value : [];
  if (!isJsonObject(value)) return [];
  if (step.kind === "values") return Object.values(value).filter((one) => one !== undefined);
  const found = Object.hasOwn(value, step.name) ? value[step.name] : undefined;
  return found === undefined ? [] : [found];
}

interface Pair {
  readonly before: JsonSchema;
  readonly after: JsonSchema;
  readonly path: readonly SchemaStep[];
}

function compare(pair: Pair): readonly SchemaShift[] {
  const { before, after } = pair;
  const type = compareTypes(pair);
  // Under another type nothing below compares.
  if (type.some(({ verdict }) => verdict === "breaking")) return type;
  return [
    ...type,
    ...compareEnums(pair),
    ...compareLimits(pair),
    ...compareRequired(pair),
    ...compareLists(pair),
    ...compareRules(pair),
    ...compareDefaults(pair),
    ...compareMembers(pair),
    ...(before.items && after.items
      ? compare({
          before: before.items,
          after: after.items,
          path: [...pair.path, { kind: "items" }],
        })
      : []),
    ...compareValues(pair),
  ];
}

function typeOf(schema: JsonSchema): string {
  if (schema["x-kubernetes-int-or-string"]) return "integer or string";
  return schema.type ?? "any";
}

function compareTypes({ before, after, path }: Pair): readonly SchemaShift[] {
  const [was, is] = [typeOf(before), typeOf(after)];
  const shifts: SchemaShift[] = [];
  if (was !== is) {
    const isWider =
      is === "any" ||
      (was === "integer" && is === "number") ||
      (is === "integer or string" && (was === "integer" || was === "string"));
    const message = `the type changes from ${was} to ${is}`;
    const only = onlyKeys(after, ["type", "x-kubernetes-int-or-string", "nullable"]);
    shifts.push(
      isWider
        ? harmless("changed-type", path, message)
        : { kind: "changed-type", path, message, verdict: "breaking", hurts: refusedBy(only) },
    );
  }
  if (before.nullable === true && after.nullable !== true) {
    const message = "null is no longer allowed";
    const hurts = (value: Json) => value === null;
    shifts.push({ kind: "not-nullable", path, message, verdict: "breaking", hurts });
  }
  return shifts;
}

function compareEnums({ before, after, path }: Pair): readonly SchemaShift[] {
  const { enum: was } = before;
  const { enum: is } = after;
  if (isDeepEqual(was, is)) return [];
  if (!is) return [harmless("widened-enum", path, "any value is allowed")];
  const gone = was?.filter((value) => !is.some((other) => isDeepEqual(other, value)));
  if (gone?.length === 0) return [harmless("widened-enum", path, "more values are allowed")];
  const message = gone
    ? `no longer allowed: ${gone.map((value) => JSON.stringify(value)).join(", ")}`
    : `only these are allowed: ${is.map((value) => JSON.stringify(value)).join(", ")}`;
  const hurts = (value: Json) => !is.some((other) => isDeepEqual(other, value));
  return [{ kind: "narrowed-enum", path, message, verdict: "breaking", hurts }];
}

/** Keyword → whether a change from one value to the other refuses less, or the same. */
const LIMITS: readonly (readonly [keyof JsonSchema, "lower" | "upper" | "text"])[] = [
  ["minimum", "lower"],
  ["maximum", "upper"],
  ["minLength", "lower"],
  ["maxLength", "upper"],
  ["minItems", "lower"],
  ["maxItems", "upper"],
  ["minProperties", "lower"],
  ["maxProperties", "upper"],
  ["exclusiveMinimum", "text"],
  ["exclusiveMaximum", "text"],
  ["multipleOf", "text"],
  ["uniqueItems", "text"],
  ["pattern", "text"],
  ["format", "text"],
  ["allOf", "text"],
  ["anyOf", "text"],
  ["oneOf", "text"],
  ["not", "text"],
];

function compareLimits({ before, after, path }: Pair): readonly SchemaShift[] {
  return LIMITS.flatMap(([keyword, side]): readonly SchemaShift[] => {
    const [was, is] = [before[keyword], after[keyword]] as [Json | undefined, Json | undefined];
    if (isDeepEqual(was, is)) return [];
    const message = `${keyword} changes from ${show(was)} to ${show(is)}`;
    if (is === undefined || is === false || isLooser(side, was, is)) {
      return [harmless("loosened-limit", path, message)];
    }
    // An exclusive limit is a limit only together with its number.
    const only = onlyKeys(after, ["type", "minimum", "maximum", "nullable", keyword]);
    return [
      { kind: "tightened-limit", path, message, verdict: "breaking", hurts: refusedBy(only) },
    ];
  });
}

function isLooser(side: "lower" | "upper" | "text", was: unknown, is: unknown): boolean {
  if (side === "text" || typeof was !== "number" || typeof is !== "number") return false;
  return side === "lower" ? is < was : is > was;
}

function compareRequired({ before, after, path }: Pair): readonly SchemaShift[] {
  const [was, is] = [before.required ?? [], after.required ?? []];
  const added = is.filter((name) => !was.includes(name));
  const dropped = was.filter((name) => !is.includes(name));
  return [
    ...added.map((name): SchemaShift => {
      const message = `"${name}" becomes required`;
      if (after.properties?.[name]?.default !== undefined) {
        return harmless("new-required", path, `${message} and has a default`);
      }
      const hurts = (value: Json) => isJsonObject(value) && value[name] === undefined;
      return { kind: "new-required", path, message, verdict: "breaking", hurts };
    }),
    ...dropped.map((name) => harmless("no-longer-required", path, `"${name}" becomes optional`)),
  ];
}

function compareLists({ before, after, path }: Pair): readonly SchemaShift[] {
  if (after.type !== "array") return compareMapType({ before, after, path });
  const [was, is] = [listType(before), listType(after)];
  if (was === is) return [];
  const message = `the list changes from ${was} to ${is}`;
  // Whose items are whose is forgotten, and an apply replaces the whole list.
  const isAtomic = is === "atomic";
  const only = onlyKeys(after, [
    "type",
    "items",
    "x-kubernetes-list-type",
    "x-kubernetes-list-map-keys",
  ]);
  const refused = refusedBy(withoutInner(only));
  const hurts = (value: Json) =>
    isAtomic ? Array.isArray(value) && value.length > 0 : refused(value);
  return [{ kind: "changed-list-type", path, message, verdict: "breaking", hurts }];
}

function listType(schema: JsonSchema): string {
  const keys = schema["x-kubernetes-list-map-keys"];
  const type = schema["x-kubernetes-list-type"] ?? "atomic";
  return keys ? `${type} by ${keys.join(", ")}` : type;
}

function compareMapType({ before, after, path }: Pair): readonly SchemaShift[] {
  const [was, is] = [before, after].map((one) => one["x-kubernetes-map-type"] ?? "granular");
  if (was === is) return [];
  const message = `the map changes from ${was} to ${is}`;
  const hurts = (value: Json) => isJsonObject(value) && Object.keys(value).length > 0;
  return [{ kind: "changed-map-type", path, message, verdict: "breaking", hurts }];
}

/** Rules in CEL: which objects they refuse, only an API server with them can say. */
function compareRules({ before, after, path }: Pair): readonly SchemaShift[] {
  const [was, is] = [before, after].map((one) => one["x-kubernetes-validations"] ?? []);
  const added = is?.filter((rule) => !was?.some((other) => other["rule"] === rule["rule"])) ?? [];
  return added.map((rule) => ({
    kind: "added-rule",
    path,
    message: `the rule ${JSON.stringify(rule["rule"] ?? "")} is new; rules in CEL are not evaluated here`,
    verdict: "unknown" as const,
    hurts: () => false,
  }));
}

function compareDefaults({ before, after, path }: Pair): readonly SchemaShift[] {
  if (isDeepEqual(before.default, after.default)) return [];
  const message = `the default changes from ${show(before.default)} to ${show(after.default)}: it fills the field wherever it is absent`;
  return [harmless("changed-default", path, message)];
}

function compareMembers(pair: Pair): readonly SchemaShift[] {
  const { before, after, path } = pair;
  const was = before.properties ?? {};
  const is = after.properties ?? {};
  const shifts = Object.keys(was).flatMap((name) => {
    const [old, now] = [was[name], Object.hasOwn(is, name) ? is[name] : undefined];
    const place: readonly SchemaStep[] = [...path, { kind: "field", name }];
    if (old && now) return compare({ before: old, after: now, path: place });
    return old ? [removedField(name, place, after)] : [];
  });
  const added = Object.keys(is)
    .filter((name) => !Object.hasOwn(was, name))
    .map((name) => harmless("added-field", [...path, { kind: "field", name }], "the field is new"));
  return [...shifts, ...added, ...closing(pair)];
}

function removedField(name: string, path: readonly SchemaStep[], parent: JsonSchema): SchemaShift {
  if (isOpen(parent)) {
    return harmless("removed-field", path, `"${name}" is no longer described, and still kept`);
  }
  const message = "the field is removed: its value is dropped";
  return { kind: "removed-field", path, message, verdict: "breaking", hurts: () => true };
}

/** Unknown fields were kept, and are dropped from now on. */
function closing({ before, after, path }: Pair): readonly SchemaShift[] {
  if (!isOpen(before) || isOpen(after) || !isObjectLike(before)) return [];
  const known = new Set([...Object.keys(after.properties ?? {}), ...IMPLIED]);
  const hurts = (value: Json) =>
    isJsonObject(value) && Object.keys(value).some((key) => !known.has(key));
  const message = "fields that the schema does not name were kept and are dropped";
  return [{ kind: "closed-object", path, message, verdict: "breaking", hurts }];
}

/** Members of the object as a whole that no schema has to name. */
const IMPLIED = ["apiVersion", "kind", "metadata"];

function isObjectLike({ type }: JsonSchema): boolean {
  return type === undefined || type === "object";
}

function isOpen(schema: JsonSchema): boolean {
  const { additionalProperties } = schema;
  return (
    schema["x-kubernetes-preserve-unknown-fields"] === true ||
    additionalProperties === true ||
    isJsonObject(additionalProperties)
  );
}

function compareValues({ before, after, path }: Pair): readonly SchemaShift[] {
  const [was, is] = [before.additionalProperties, after.additionalProperties];
  if (!isJsonObject(was) || !isJsonObject(is)) return [];
  return compare({
    before: was as JsonSchema,
    after: is as JsonSchema,
    path: [...path, { kind: "values" }],
  });
}

function harmless(kind: string, path: readonly SchemaStep[], message: string): SchemaShift {
  return { kind, path, message, verdict: "compatible", hurts: () => false };
}

function onlyKeys(schema: JsonSchema, keys: readonly (keyof JsonSchema)[]): JsonSchema {
  return Object.fromEntries(
    keys.map((key) => [key, schema[key]]).filter(([, value]) => value !== undefined),
  );
}

/** Of the items only what tells them apart: what else they break is told at its own path. */
function withoutInner(schema: JsonSchema): JsonSchema {
  const { items } = schema;
  return items ? { ...schema, items: { type: items.type ?? "object" } as JsonSchema } : schema;
}

function refusedBy(schema: JsonSchema): (value: Json) => boolean {
  const validator = schemaValidator(schema);
  return (value) => validator.validate(value).length > 0 || validateTop(value, schema);
}

/** Lists are told apart below an object, so a list by itself is wrapped into one. */
function validateTop(value: Json, schema: JsonSchema): boolean {
  if (!Array.isArray(value)) return false;
  const wrapper: JsonSchema = { type: "object", properties: { list: schema } };
  return schemaValidator(wrapper).validate({ list: value } as JsonObject).length > 0;
}

function show(value: Json | undefined): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}
