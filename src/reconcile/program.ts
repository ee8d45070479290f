/**
 * A CRD entry compiled: every template and condition parsed once at start, nothing left to parse
 * when a custom resource comes. Pure; problems come back as issues.
 */
import { createShapeHash } from "../apply/shape.ts";
import { type Conditions, compileConditions } from "../condition/conditions.ts";
import type { ChildKind } from "../katalog/children/child.ts";
import { childKindOf } from "../katalog/children/children.ts";
import type {
  BoxPlaces,
  ChildEntry,
  Conditional,
  DeleteStep,
  HooksPlan,
  OperatorBox,
  RemotePlan,
  ResolvedCrd,
  StatusField,
} from "../katalog/resolved.ts";
import type { Issue, SourcePosition } from "../std/issue.ts";
import type { Json, JsonObject, PathSegment } from "../std/json.ts";
import type { Dialect } from "../template/template.ts";
import type { DeclaredKind } from "./children-scope.ts";
import { type CallProgram, compileCalls } from "./external-program.ts";
import { compileInputs, type InputsProgram } from "./inputs.ts";
import { itemRoots } from "./item.ts";
import { compileField, compileValue, named, type Value, type ValueContext } from "./value.ts";

/** A kind of child that the box must watch. Discovery gives scope and plural. */
export interface ChildKindReference {
  readonly apiVersion: string;
  readonly kind: string;
  /** Some may be outside of the custom resource's namespace. */
  readonly isFar?: boolean;
}

/** One entry of `onCreate`, `onReconcile` or `onDelete`, ready to be evaluated. */
export interface EntryProgram {
  readonly entry: ChildEntry;
  /** Where it stands in the Katalog, where that is known. */
  readonly position?: SourcePosition;
  readonly kind: ChildKind;
  readonly conditions: Conditions;
  readonly forEach?: { readonly list: Value; readonly as: string };
  /** For `custom` these are values; a built-in kind knows its own. */
  readonly apiVersion: Value;
  readonly objectKind: Value;
  readonly name: Value;
  readonly namespace: Value;
  /** The namespace is computed from data, so that the namespace rules apply. */
  readonly isNamespaceSteered: boolean;
  readonly labels: Value;
  readonly annotations: Value;
  readonly fields: Value;
  readonly patch: Value;
  /** Random values in it are made once and kept. */
  readonly isRandom: boolean;
  /** Created once and then left alone. */
  readonly isCreateOnly: boolean;
  /** A Job is made once although it is declared on every pass: that it is another one by now is told. */
  readonly isJobOnce: boolean;
  /** As `shapeHash` of `apply`, made for children that are like each other. */
  readonly shapeHash: (object: JsonObject) => string;
}

export type DeleteStepProgram =
  | { readonly kind: "run"; readonly run: EntryProgram }
  | {
      readonly kind: "delete";
      readonly step: Extract<DeleteStep, { kind: "delete" }>;
      readonly childKind: ChildKind;
      readonly name: Value;
      readonly namespace: Value;
      readonly conditions: Conditions;
    };

export interface StatusFieldProgram {
  readonly field: StatusField;
  /** Where it stands in the Katalog, where that is known. */
  readonly position?: SourcePosition;
  /** Of its path. */
  readonly segments: readonly string[];
  readonly value: Value;
  readonly conditions: Conditions;
  /** A random value: kept once it is stored. */
  readonly isRandom: boolean;
}

export interface Program {
  readonly crd: ResolvedCrd;
  /** Kinds known before any custom resource is seen; templated kinds are opened when met. */
  readonly childKinds: readonly ChildKindReference[];
  readonly declaredKinds: readonly DeclaredKind[];
  readonly entries: readonly EntryProgram[];
  readonly onDelete: {
    readonly conditions: Conditions;
    readonly groups: readonly (readonly DeleteStepProgram[])[];
    readonly external: readonly CallProgram[];
  };
  readonly statusFields: readonly StatusFieldProgram[];
  /** No code of the user's, and no kind that only a template names: all it does is to write children and the status. */
  readonly isDeclarative: boolean;
  /** Something depends on `.status`, so that a changed status asks for another look. */
  readonly isStatusReader: boolean;
  /** Dotted path below `spec` → its new value. */
  readonly normalize: readonly (readonly [path: string, value: Value])[];
  readonly labels: Value;
  /** Inputs of Motifs; absent when none is read at run time. */
  readonly inputs?: InputsProgram;
  readonly requeue?: { readonly after: Value; readonly conditions: Conditions };
  readonly hooks?: { readonly plan: HooksPlan; readonly args: Value };
  readonly remote?: RemoteProgram;
}

export interface RemoteProgram {
  readonly plan: RemotePlan;
  readonly endpoint: Value;
  readonly args: Value;
  readonly payload: Value;
}

export type ProgramResult =
  | { readonly kind: "compiled"; readonly program: Program; readonly issues: readonly Issue[] }
  | { readonly kind: "failed"; readonly issues: readonly Issue[] };

const RANDOM_FUNCTIONS = ["randomAlphanumeric", "randomHex", "randomBase64"];

/** `places`: where what may fail later stands. */
export function compileProgram(
  crd: ResolvedCrd,
  dialect: Dialect,
  places?: BoxPlaces,
): ProgramResult {
  const context: ValueContext = { dialect, issues: [], path: ["spec", "crds", crd.name] };
  const { box } = crd;
  const entries = box.children.map((entry, index) =>
    compileEntry(entry, context, places?.children[index]),
  );
  const groups = box.onDelete.groups.map(({ steps }) =>
    steps.map((step) => compileStep(step, context)),
  );
  const program: Program = {
    crd,
    childKinds: childKinds(entries, groups.flat(), box),
    declaredKinds: declaredKinds(entries),
    entries,
    onDelete: {
      conditions: conditionsOf(box.onDelete, context),
      groups,
      external: compileCalls(box.onDelete.external ?? [], context, conditionsOf),
    },
    statusFields: box.status.fields.map((field, index) =>
      compileStatusField(field, context, places?.statusFields[index]),
    ),
    isDeclarative: !box.hooks && !box.remote && entries.every(hasFixedKind),
    isStatusReader: readsStatus(box),
    normalize: Object.entries(box.normalize).map(
      ([path, value]) => [path, compileValue(value, below(context, "normalize", path))] as const,
    ),
    labels: compileValue(crd.labels, below(context, "labels")),
    ...(box.inputs && { inputs: compileInputs(box.inputs, below(context, "inputs")) }),
    ...(box.hooks && {
      hooks: { plan: box.hooks, args: compileValue(box.hooks.args, below(context, "hooks")) },
    }),
    ...(box.remote && { remote: compileRemote(box.remote, below(context, "remote")) }),
    ...(box.requeue && {
      requeue: {
        after: compileValue(box.requeue.after, below(context, "requeue", "after")),
        conditions: conditionsOf(box.requeue, below(context, "requeue")),
      },
    }),
  };
  const { issues } = context;
  const hasError = issues.some(({ severity }) => severity === "error");
  return hasError ? { kind: "failed", issues } : { kind: "compiled", program, issues };
}

function compileRemote(plan: RemotePlan, context: ValueContext): RemoteProgram {
  const compile = (source: Json, name: string) =>
    named(name, compileValue(source, below(context, name)));
  return {
    plan,
    endpoint: compile(plan.endpoint, "endpoint"),
    args: compile(plan.args, "args"),
    payload: compile(plan.payload, "payload"),
  };
}

function compileEntry(
  entry: ChildEntry,
  outer: ValueContext,
  position?: SourcePosition,
): EntryProgram {
  const as = entry.forEach?.as;
  const context: ValueContext = {
    ...below(outer, entry.id),
    ...(as === undefined ? {} : { extraRoots: itemRoots(as) }),
  };
  const compile = (source: Json | undefined, name: string) =>
    compileValue(source, below(context, name));
  const kind = childKindOf(entry.key);
  const isCustom = entry.key === "custom";
  const isFixedJob = entry.key === "jobs" && !entry.recreate;
  const metadata = isCustom ? (entry.fields["metadata"] as { name?: Json; namespace?: Json }) : {};
  const namespace = compile(entry.namespace ?? metadata?.namespace, "namespace");
  const fields = compile(entry.fields, "fields");
  const patch = named("patch", compile(entry.patch, "patch"));
  return {
    entry,
    ...(position && { position }),
    kind,
    conditions: conditionsOf(entry, context),
    ...(entry.forEach && {
      forEach: {
        list: compileField(entry.forEach.field, below(outer, entry.id, "forEach")),
        as: entry.forEach.as,
      },
    }),
    apiVersion: compile(isCustom ? entry.fields["apiVersion"] : kind.apiVersion, "apiVersion"),
    objectKind: compile(isCustom ? entry.fields["kind"] : kind.kind, "kind"),
    name: compile(entry.name ?? metadata?.name, "name"),
    namespace,
    isNamespaceSteered: !namespace.isConstant && !readsOwnNamespaceOnly(namespace),
    labels: named("labels", compile(entry.labels, "labels")),
    annotations: named("annotations", compile(entry.annotations, "annotations")),
    fields,
    patch,
    isRandom: isRandom(fields) || isRandom(patch),
    isCreateOnly: entry.mode === "create" || isFixedJob || isOnce(entry),
    isJobOnce: isFixedJob && entry.id.startsWith("onReconcile."),
    shapeHash: createShapeHash(),
  };
}

/** A Secret with `once: true` is made once and kept. */
export function isOnce({ key, fields }: ChildEntry): boolean {
  return key === "secrets" && (fields["once"] === true || fields["once"] === "true");
}

function namesNamespace(namespace: Value): boolean {
  if (namespace.isConstant) return constantOf(namespace) !== undefined;
  return !readsOwnNamespaceOnly(namespace);
}

function readsOwnNamespaceOnly({ references }: Value): boolean {
  return references.size === 1 && references.has("metadata.namespace");
}

function compileStatusField(
  field: StatusField,
  outer: ValueContext,
  position?: SourcePosition,
): StatusFieldProgram {
  const context = below(outer, "status", field.path);
  const value = compileValue(field.value, context);
  return {
    field,
    ...(position && { position }),
    segments: field.path.split("."),
    value,
    conditions: conditionsOf(field, context),
    isRandom: isRandom(value),
  };
}

function isRandom({ functionNames }: Value): boolean {
  return RANDOM_FUNCTIONS.some((name) => functionNames.has(name));
}

/** `.status` of the root, a condition's bare `status.x`, or `.` itself handed to a function. */
const STATUS_READERS = /(?<![\w\])])\.status\b|"\.?status\b|[\s({]\.[\s)}|]/;

/**
 * Could anything depend on `.status`? Decided from the text, generously: a wrong yes costs a second
 * look after a change, a wrong no would leave a status one pass behind.
 */
function readsStatus({ children, status, requeue, inputs = [] }: OperatorBox): boolean {
  const fields = status.fields.map(({ value, when, or }) => [value, when ?? [], or ?? []]);
  const entries = children.map(({ key: _, ...entry }) => entry);
  return STATUS_READERS.test(JSON.stringify([entries, fields, requeue ?? "", inputs]));
}

function compileStep(step: DeleteStep, outer: ValueContext): DeleteStepProgram {
  if (step.kind === "run") return { kind: "run", run: compileEntry(step.entry, outer) };
  const context = below(outer, step.id);
  return {
    kind: "delete",
    step,
    childKind: childKindOf(step.key),
    name: compileValue(step.name, below(context, "name")),
    namespace: compileValue(step.namespace, below(context, "namespace")),
    conditions: conditionsOf(step.conditional, context),
  };
}

function conditionsOf(source: Conditional, context: ValueContext): Conditions {
  const { dialect, extraRoots, issues } = context;
  const result = compileConditions(source, {
    dialect,
    path: context.path,
    ...(extraRoots === undefined ? {} : { extraRoots }),
  });
  for (const issue of result.issues) issues.push(issue);
  return result.conditions;
}

/** Its kind is written down, and does not depend on the custom resource. */
export function hasFixedKind({
  apiVersion,
  objectKind,
}: Pick<EntryProgram, "apiVersion" | "objectKind">): boolean {
  return apiVersion.isConstant && objectKind.isConstant;
}

/** All kinds of children that are written down, each once. */
function childKinds(
  entries: readonly EntryProgram[],
  steps: readonly DeleteStepProgram[],
  { hooks, remote }: OperatorBox,
): readonly ChildKindReference[] {
  const found = new Map<string, ChildKindReference>();
  const add = (apiVersion: unknown, kind: unknown, mayBeFar = false) => {
    if (typeof apiVersion !== "string" || typeof kind !== "string") return;
    const key = `${apiVersion} ${kind}`;
    const isFar = mayBeFar || found.get(key)?.isFar === true;
    found.set(key, { apiVersion, kind, ...(isFar && { isFar }) });
  };
  const addEntry = (entry: EntryProgram) => {
    if (!hasFixedKind(entry)) return;
    const { apiVersion, objectKind, namespace } = entry;
    add(constantOf(apiVersion), constantOf(objectKind), namesNamespace(namespace));
  };
  for (const entry of entries) addEntry(entry);
  for (const { managedResources = [] } of [hooks ?? {}, remote ?? {}]) {
    for (const { apiVersion, kind, namespace } of managedResources) {
      add(apiVersion, kind, namespace !== undefined);
    }
  }
  for (const step of steps) {
    if (step.kind === "run") addEntry(step.run);
    else {
      const { apiVersion = step.childKind.apiVersion, objectKind = step.childKind.kind } =
        step.step;
      add(apiVersion, objectKind);
    }
  }
  return [...found.values()];
}

function declaredKinds(entries: readonly EntryProgram[]): readonly DeclaredKind[] {
  const found = new Map<string, DeclaredKind>();
  for (const { entry, kind, objectKind } of entries) {
    if (!objectKind.isConstant) continue;
    const name = String(constantOf(objectKind));
    const isCustom = entry.key === "custom";
    const plural = isCustom ? `${name.toLowerCase()}s` : kind.plural;
    found.set(name, { kind: name, plural, isCustom });
  }
  return [...found.values()];
}

/** A constant reads neither scope nor environment. */
export function constantOf(value: Value): Json | undefined {
  return value.evaluate({}, { nowMs: 0, timeZone: "UTC", random: () => new Uint8Array() });
}

function below(context: ValueContext, ...segments: readonly PathSegment[]): ValueContext {
  return { ...context, path: [...context.path, ...segments] };
}
