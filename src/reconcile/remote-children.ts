/**
 * Resources of a remote's answer → children like any other. All of them are placed before one is made:
 * a kind or a namespace that `managedResources` does not allow refuses the whole answer.
 */
import { childKey, childTitle, type DesiredChild } from "../apply/child.ts";
import { isOwnedBy } from "../apply/inventory.ts";
import { SHAPE_ANNOTATION, shapeHash } from "../apply/shape.ts";
import type { RemoteResource } from "../hook/remote-answer.ts";
import { checkFields } from "../katalog/children/check.ts";
import { childKindOf } from "../katalog/children/children.ts";
import type { ChildEntry } from "../katalog/resolved.ts";
import { isJsonObject, type JsonObject } from "../std/json.ts";
import type { PassContext } from "./context.ts";
import { ReconcileError } from "./error.ts";
import type { Instance } from "./expand.ts";
import {
  addressOfObject,
  codeChild,
  madeByCode,
  type PlaceRules,
  placeOf,
  readAddress,
  refuseUnmanaged,
} from "./hook-object.ts";
import { type Observed, openCache } from "./observe.ts";
import type { EntryProgram } from "./program.ts";
import { renderChild } from "./render.ts";
import { constantValue } from "./value.ts";

type Shorthand = Extract<RemoteResource, { kind: "shorthand" }>;
type Whole = Extract<RemoteResource, { kind: "object" }>;

/** Where one resource goes, and how to make it once it is known where all of them go. */
interface Placed {
  readonly shorthand?: Instance;
  make(siblings: readonly Instance[]): DesiredChild;
}

/** Throws what makes the answer impossible, a `ReconcileError` for the most part. */
export async function childrenOfAnswer(
  resources: readonly RemoteResource[],
  context: PassContext,
): Promise<readonly DesiredChild[]> {
  const managed = context.program.remote?.plan.managedResources ?? [];
  const rules = { owner: context.owner, managed };
  const placed: Placed[] = [];
  for (const [index, resource] of resources.entries()) {
    const id = `resources[${index}]`;
    placed.push(
      resource.kind === "object"
        ? await placeObject(resource, rules, context)
        : await placeShorthand(resource, { id, rules }, context),
    );
  }
  const siblings = placed.flatMap(({ shorthand }) => (shorthand ? [shorthand] : []));
  const children = placed.map(({ make }) => make(siblings));
  refuseDoubled(children);
  return children;
}

/** What the Katalog declares, or hooks make, is not the remote's: they would take it from each other for ever. */
export function refuseForeign(
  children: readonly DesiredChild[],
  observed: Observed,
  { owner, program }: PassContext,
): void {
  for (const { type, object } of children) {
    const found = observed.find(type, object.metadata);
    if (!found || !isOwnedBy(found, owner.uid)) continue;
    const maker = madeByCode(found);
    if (maker === "remote" || (maker === "hook" && !program.hooks)) continue;
    const other = maker === "hook" ? "a hook made it" : "the Katalog declares it";
    const title = childTitle(type, object.metadata);
    throw new ReconcileError("duplicate", `Cannot make ${title} for the remote: ${other}`);
  }
}

async function placeObject(
  { object, forceConflict }: Whole,
  rules: PlaceRules,
  context: PassContext,
): Promise<Placed> {
  const address = addressOfObject(object);
  refuseUnmanaged(address, rules);
  const type = await context.kinds.find(address.apiVersion, address.kind, context.signal);
  const namespace = placeOf(address, type, rules);
  await openCache(type, context);
  const policy = { isUpdated: true, adopt: false, forceConflict };
  const { owner } = context;
  return { make: () => codeChild({ object, type, namespace, owner, madeBy: "remote", policy }) };
}

async function placeShorthand(
  { key, fields, forceConflict }: Shorthand,
  { id, rules }: { readonly id: string; readonly rules: PlaceRules },
  context: PassContext,
): Promise<Placed> {
  const kind = childKindOf(key);
  const { name = kind.defaultName(context.owner.name), namespace: wanted, ...rest } = fields;
  const place = { apiVersion: kind.apiVersion, kind: kind.kind, name, namespace: wanted };
  const address = readAddress(place as JsonObject, "name");
  refuseUnmanaged(address, rules);
  const type = await context.kinds.find(address.apiVersion, address.kind, context.signal);
  const namespace = placeOf(address, type, rules);
  await openCache(type, context);
  const shorthand: Instance = {
    program: programOf({ id, key, fields: rest, forceConflict }),
    verdict: "active",
    scope: {},
    type,
    name: address.name ?? "",
    ...(namespace !== undefined && { namespace }),
  };
  return { shorthand, make: (siblings) => renderShorthand(shorthand, siblings, context) };
}

function renderShorthand(
  instance: Instance,
  siblings: readonly Instance[],
  context: PassContext,
): DesiredChild {
  const { owner, environment, kinds } = context;
  const { type, namespace } = instance;
  const schema = kinds.schemaOf(type);
  const rendered = renderChild(instance, {
    owner,
    environment,
    schema,
    observed: undefined,
    siblings,
  });
  const { [SHAPE_ANNOTATION]: _, ...annotations } = rendered.object.metadata.annotations ?? {};
  const metadata = { ...rendered.object.metadata, annotations };
  const object = { ...rendered.object, metadata } as unknown as JsonObject;
  const { policy, rank } = rendered;
  return { ...codeChild({ object, type, namespace, owner, madeBy: "remote", policy }), rank };
}

/** Common fields that an answer may set; all others are for those who write a Katalog. */
const COMMON = ["labels", "annotations", "patch"] as const;

/** An entry as a Katalog has it, of values only: `{{` in an answer is text. */
function programOf(parts: Omit<Shorthand, "kind"> & { readonly id: string }): EntryProgram {
  const { id, key, forceConflict } = parts;
  const kind = childKindOf(key);
  const { labels, annotations, patch, ...fields } = parts.fields;
  for (const [index, value] of [labels, annotations, patch].entries()) {
    if (value === undefined || isJsonObject(value)) continue;
    throw misfit(id, `"${COMMON[index]}" is no object`);
  }
  const [problem] = checkFields(fields, kind.fields);
  if (problem) throw misfit(id, `"${problem.path.join(".")}" of ${key} ${reasonOf(problem)}`);
  const entry: ChildEntry = {
    id,
    key,
    mode: "reconcile",
    fields,
    labels: {},
    annotations: {},
    forceConflict,
    adopt: false,
    recreate: false,
    whenFalse: "delete",
    crossNamespace: false,
  };
  return {
    entry,
    kind,
    conditions: { isEmpty: true, references: [], evaluate: () => ({ kind: "true" }) },
    apiVersion: constantValue(kind.apiVersion),
    objectKind: constantValue(kind.kind),
    name: constantValue(undefined),
    namespace: constantValue(undefined),
    isNamespaceSteered: false,
    labels: constantValue(labels),
    annotations: constantValue(annotations),
    fields: constantValue(fields),
    patch: constantValue(patch),
    isRandom: false,
    isCreateOnly: key === "jobs" || (key === "secrets" && String(fields["once"]) === "true"),
    isJobOnce: false,
    shapeHash,
  };
}

function reasonOf(problem: ReturnType<typeof checkFields>[number]): string {
  switch (problem.kind) {
    case "unknown-key":
      return `is unknown, expected one of ${problem.known.join(", ")}`;
    case "missing-key":
      return "is missing";
    case "wrong-type":
      return `is of another type, expected ${problem.expected}`;
    case "unsupported":
      return `cannot be used: ${problem.say}`;
    default:
      return problem satisfies never;
  }
}

function misfit(id: string, why: string): ReconcileError {
  return new ReconcileError("value", `Cannot use the answer of the remote: in ${id}, ${why}`);
}

function refuseDoubled(children: readonly DesiredChild[]): void {
  const seen = new Set<string>();
  for (const { type, object } of children) {
    const key = childKey(type, object.metadata);
    if (seen.has(key)) {
      const title = childTitle(type, object.metadata);
      throw new ReconcileError("duplicate", `Cannot make ${title}: the remote names it twice`);
    }
    seen.add(key);
  }
}
