/**
 * An instance → the complete child: shorthand expanded, `patch` laid over, text typed by the schema
 * of the kind, marks and owner reference put on. Pure, but for the randomness it is given.
 *
 * Throws what makes this one child impossible: `TemplateError`, `ChildFieldError`, `ReconcileError`.
 */
import type { DesiredChild } from "../apply/child.ts";
import {
  labelValue,
  markAnnotations,
  markLabels,
  type Owner,
  ownerReference,
} from "../apply/inventory.ts";
import { SHAPE_ANNOTATION } from "../apply/shape.ts";
import type { ExpandContext } from "../katalog/children/child.ts";
import { GENERATED_ANNOTATION, OWNER_LABEL } from "../kube/marks.ts";
import { coerceTree } from "../schema/coerce.ts";
import type { SchemaNode } from "../schema/node.ts";
import { normalizeObject } from "../schema/normalize.ts";
import { apiVersionOf, type KubeObject } from "../schema/object.ts";
import { isDeepEqual, isJsonObject, type Json, type JsonObject } from "../std/json.ts";
import type { TemplateEnvironment } from "../template/template.ts";
import type { Instance } from "./expand.ts";
import { type EntryProgram, isOnce } from "./program.ts";
import { explainRenderError, misfitError } from "./render-error.ts";
import { type SwitchOver, selectorFor } from "./switch-over.ts";
import type { Value } from "./value.ts";

export interface RenderContext {
  readonly owner: Owner;
  readonly environment: TemplateEnvironment;
  readonly schema: SchemaNode | undefined;
  /** The child as it is, whose random values are kept. */
  readonly observed: KubeObject | undefined;
  /** All instances of this pass, among which a service finds the workload that it serves. */
  readonly siblings: readonly Instance[];
  /** For a Service that goes by its workload; absent: its selector switches at once. */
  readonly switchOver?: SwitchOver | undefined;
}

export function renderChild(instance: Instance, context: RenderContext): DesiredChild {
  const { program, type } = instance;
  const object = renderOrExplain(instance, context);
  return {
    id: program.entry.id,
    type,
    object: withShape(object, program),
    rank: program.kind.rank,
    policy: {
      isUpdated: !program.isCreateOnly,
      ...(program.isJobOnce && { isDifferenceTold: true }),
      adopt: program.entry.adopt,
      recreate: program.entry.recreate,
      forceConflict: program.entry.forceConflict,
    },
  };
}

function renderOrExplain(instance: Instance, context: RenderContext): JsonObject {
  const { program } = instance;
  try {
    const object = renderObject(instance, context);
    if (!program.isRandom || !context.observed) return object;
    return keepRandom(object, renderObject(instance, context), asJson(context.observed));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw explainRenderError(error, instance);
  }
}

function renderObject(instance: Instance, context: RenderContext): JsonObject {
  const { program, type, scope } = instance;
  const { environment, schema } = context;
  const labels = textMap(program.labels, instance, environment);
  const fields = mapOf(program.fields, instance, environment);
  const body = program.kind.expand(fields, {
    ownerName: context.owner.name,
    name: instance.name,
    selectorLabels: selectorLabels(instance, context.owner),
    podLabels: { ...labels, [OWNER_LABEL]: labelValue(context.owner.name) },
    ...workloadSelector(instance, context),
  });
  const patch = program.patch.evaluate(scope, environment);
  const start = { apiVersion: apiVersionOf(type), kind: type.kind };
  const expanded: JsonObject = { ...start, ...body, metadata: ownMetadata(fields) };
  const rendered = isJsonObject(patch) ? overlay(expanded, patch) : expanded;
  const metadata = addMarks(asMap(rendered["metadata"]), { instance, labels, context });
  const typed = typeTexts({ ...rendered, metadata }, instance, schema);
  // Of the stored form only the spelling is taken: `stringData` becomes `data`. Defaults stay away,
  // for a field that we send is a field that we own.
  return normalizeObject(typed, { type: "any" });
}

/** Labels and annotations that a `custom` object carries itself; name and namespace are decided. */
function ownMetadata({ metadata }: JsonObject): JsonObject {
  const { labels, annotations } = asMap(metadata);
  return { labels: asMap(labels), annotations: asMap(annotations) };
}

function addMarks(
  metadata: JsonObject,
  parts: {
    readonly instance: Instance;
    readonly labels: JsonObject;
    readonly context: RenderContext;
  },
): JsonObject {
  const { instance, labels, context } = parts;
  const { owner, environment } = context;
  const reference = ownerReference(owner, instance);
  return {
    ...metadata,
    name: instance.name,
    ...(instance.namespace === undefined ? {} : { namespace: instance.namespace }),
    labels: { ...asMap(metadata["labels"]), ...labels, ...markLabels(owner) },
    annotations: {
      ...asMap(metadata["annotations"]),
      ...textMap(instance.program.annotations, instance, environment),
      ...markAnnotations(owner),
      ...(isGenerated(instance) && { [GENERATED_ANNOTATION]: "true" }),
    },
    ...(reference ? { ownerReferences: [reference as unknown as JsonObject] } : {}),
  };
}

function isGenerated({ program: { isRandom, entry } }: Instance): boolean {
  return isRandom || isOnce(entry);
}

/** Every text gets the type of its place; all misfits in one error. */
function typeTexts(
  object: JsonObject,
  instance: Instance,
  schema: SchemaNode | undefined,
): JsonObject {
  const { value, errors } = coerceTree(object, schema, writtenOut(instance));
  if (errors.length > 0) throw misfitError(errors, instance);
  return asMap(value);
}

/** A `custom` object as the Katalog has it, templates and all: what is text there stays text. */
function writtenOut({ program: { entry } }: Instance): JsonObject | undefined {
  return entry.key === "custom" ? overlay(entry.fields, entry.patch ?? {}) : undefined;
}

/** Labels that select the pods of one workload: never those of a sibling, and never changing. */
function selectorLabels({ name }: Instance, owner: Owner): Record<string, string> {
  return { app: labelValue(name), [OWNER_LABEL]: labelValue(owner.name) };
}

/** For a service, the workload of the same `forEach` round, else the first one without, else the first one. */
function workloadSelector(
  instance: Instance,
  { siblings, owner, observed, switchOver }: RenderContext,
): Pick<ExpandContext, "workloadSelector"> {
  if (instance.program.entry.key !== "services") return {};
  const workloads = siblings.filter(
    ({ program, verdict }) => program.entry.key === "deployments" && verdict === "active",
  );
  const field = instance.program.entry.forEach?.field;
  const workload =
    workloads.find(
      ({ index, program }) => index === instance.index && program.entry.forEach?.field === field,
    ) ??
    workloads.find(({ index }) => index === undefined) ??
    workloads[0];
  if (!workload) return {};
  const wanted = selectorLabels(workload, owner);
  if (!switchOver) return { workloadSelector: wanted };
  return { workloadSelector: selectorFor(observed, { wanted, workload }, switchOver) };
}

/** The leaves in which two renderings differ are random: there the value that exists is kept. */
function keepRandom(first: JsonObject, second: JsonObject, observed: JsonObject): JsonObject {
  const entries = Object.keys(first).map((key): [string, Json | undefined] => {
    const [one, two, seen] = [first[key], second[key], observed[key]];
    if (isDeepEqual(one, two) || seen === undefined) return [key, one];
    if (isJsonObject(one) && isJsonObject(two) && isJsonObject(seen)) {
      return [key, keepRandom(one, two, seen)];
    }
    return [key, seen];
  });
  return Object.fromEntries(entries);
}

function withShape(object: JsonObject, { shapeHash }: EntryProgram): KubeObject {
  const metadata = asMap(object["metadata"]);
  const annotations = { ...asMap(metadata["annotations"]), [SHAPE_ANNOTATION]: shapeHash(object) };
  return { ...object, metadata: { ...metadata, annotations } } as unknown as KubeObject;
}

/** `patch` laid over `base`: maps merge by key, lists and scalars are replaced, `null` removes. */
function overlay(base: JsonObject, patch: JsonObject): JsonObject {
  const members = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(patch)) {
    const before = members.get(key);
    if (value === null) members.delete(key);
    else if (isJsonObject(value))
      members.set(key, overlay(isJsonObject(before) ? before : {}, value));
    else members.set(key, value);
  }
  return Object.fromEntries(members);
}

function mapOf(value: Value, { scope }: Instance, environment: TemplateEnvironment): JsonObject {
  return asMap(value.evaluate(scope, environment));
}

/** Labels and annotations are text, whatever their templates yield. */
function textMap(
  value: Value,
  instance: Instance,
  environment: TemplateEnvironment,
): Record<string, string> {
  const entries = Object.entries(mapOf(value, instance, environment));
  if (entries.length === 0) return {};
  return Object.fromEntries(
    entries.filter(([, each]) => each !== null).map(([key, each]) => [key, String(each)]),
  );
}

function asMap(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

function asJson(object: KubeObject): JsonObject {
  return object as unknown as JsonObject;
}
