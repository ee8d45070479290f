/**
 * Entries × `forEach` × conditions → instances: which children there are, by kind and name, and
 * whether each is wanted. Nothing of their content is rendered here, since a child that is not wanted
 * must still be recognised.
 *
 * What cannot be computed is an error of this pass, and makes its kind *unclear*: nothing of a kind
 * is pruned while it is not known what is declared of it.
 */

import { typeKey } from "../apply/child.ts";
import { ALL_KINDS } from "../apply/prune.ts";
import { coerceByLooks } from "../schema/coerce.ts";
import type { KubeObject, ResourceType } from "../schema/object.ts";
import { isJsonObject, type Json } from "../std/json.ts";
import type { Scope, TemplateEnvironment, TemplateValue } from "../template/template.ts";
import { ReconcileError } from "./error.ts";
import type { Evaluations } from "./evaluations.ts";
import { withItem } from "./item.ts";
import type { Kinds } from "./kinds.ts";
import { childNamespace } from "./namespaces.ts";
import { constantOf, type EntryProgram, hasFixedKind } from "./program.ts";
import { templateFault } from "./template-fault.ts";
import { seenFrom, type Value } from "./value.ts";

/** `unknown`: a condition could not be decided; the child is neither made nor deleted. */
export type Verdict = "active" | "inactive" | "unknown";

export interface Instance {
  readonly program: EntryProgram;
  readonly verdict: Verdict;
  /** The context of its templates, with the roots of its `forEach` round. */
  readonly scope: Scope;
  /** Round of the `forEach`; absent without one. */
  readonly index?: number;
  readonly type: ResourceType;
  readonly name: string;
  /** Absent for a cluster-scoped child. */
  readonly namespace?: string;
}

export interface Expansion {
  readonly instances: readonly Instance[];
  readonly errors: readonly Error[];
  /** `typeKey`s of kinds of which something could not be computed, or {@link ALL_KINDS}. */
  readonly unclear: ReadonlySet<string>;
}

export interface ExpandContext {
  readonly owner: KubeObject;
  readonly allowedNamespaces: readonly string[];
  readonly scope: Scope;
  readonly environment: TemplateEnvironment;
  readonly evaluations: Evaluations;
  readonly kinds: Kinds;
  readonly signal: AbortSignal;
}

export async function expandEntries(
  entries: readonly EntryProgram[],
  context: ExpandContext,
): Promise<Expansion> {
  const instances: Instance[] = [];
  const errors: Error[] = [];
  const unclear = new Set<string>();
  for (const program of entries) {
    try {
      const { forEach } = program;
      const { scope } = context;
      const found = forEach ? await rounds(program, forEach, context) : [{ scope }];
      for (const round of found) {
        instances.push(await createInstance(program, round, context));
      }
    } catch (error) {
      if (context.signal.aborted || !(error instanceof Error)) throw error;
      errors.push(templateFault(`Cannot expand "${program.entry.id}"`, error, program.position));
      unclear.add(await unclearKind(program, context));
    }
  }
  return { instances, errors, unclear };
}

interface Round {
  readonly scope: Scope;
  readonly index?: number;
}

function rounds(
  { entry }: EntryProgram,
  { list: source, as }: NonNullable<EntryProgram["forEach"]>,
  { scope, evaluations, environment }: ExpandContext,
): Promise<readonly Round[]> {
  return evaluations.run(environment, (own) => {
    const list = evaluateAs("forEach", source, { scope, environment: own });
    return elements(list, `${entry.id}.forEach`).map(({ item, value }, index) => ({
      index,
      scope: withItem(scope, { as, item, index, value }),
    }));
  });
}

/** Elements of a list; of a map its keys, sorted, with their values. Nothing is an empty list. */
function elements(source: TemplateValue, id: string): readonly { item: Json; value?: Json }[] {
  // A template with more around its action yields the list as JSON text.
  const list = typeof source === "string" ? coerceByLooks(source) : source;
  if (list === undefined || list === null || list === "") return [];
  if (Array.isArray(list)) return list.map((item: Json) => ({ item }));
  if (isJsonObject(list)) {
    return Object.keys(list)
      .sort()
      .map((key) => ({ item: key, value: list[key] ?? null }));
  }
  throw new ReconcileError(
    "value",
    `Cannot expand "${id}": value is ${JSON.stringify(list)}, expected a list or a map`,
  );
}

async function createInstance(
  program: EntryProgram,
  { scope, index }: Round,
  context: ExpandContext,
): Promise<Instance> {
  const { entry, kind } = program;
  const { kinds, signal, evaluations, environment } = context;
  const { version, objectKind } = hasFixedKind(program)
    ? evaluateType(program, scope, environment)
    : await evaluations.run(environment, (own) => evaluateType(program, scope, own));
  const type = await kinds.find(version, objectKind, signal);
  const place = await evaluations.run(environment, (own) => evaluatePlace(program, scope, own));
  const { name: ownerName, namespace: ownerNamespace } = context.owner.metadata;
  const name = place.name || kind.defaultName(ownerName);
  if (name === "") {
    throw new ReconcileError("name", `Cannot name "${entry.id}": its name is empty`);
  }
  refuseNoSegment(entry.id, "name", name);
  const namespace = childNamespace({
    id: entry.id,
    isChildNamespaced: type.namespaced,
    requested: place.namespace,
    isSteered: program.isNamespaceSteered,
    ownerNamespace,
    allowedNamespaces: context.allowedNamespaces,
    crossNamespace: entry.crossNamespace,
  });
  if (namespace !== undefined) refuseNoSegment(entry.id, "namespace", namespace);
  return {
    program,
    verdict: program.conditions.isEmpty
      ? "active"
      : await evaluations.run(environment, (own) => judge(program, scope, own)),
    scope,
    type,
    name,
    ...(index === undefined ? {} : { index }),
    ...(namespace === undefined ? {} : { namespace }),
  };
}

/** What no path of the API can hold. Source: `IsValidPathSegmentName` of k8s.io/apimachinery. */
function refuseNoSegment(id: string, what: "name" | "namespace", text: string): void {
  if (text !== "." && text !== ".." && !/[/%]/.test(text)) return;
  throw new ReconcileError(
    "name",
    `Cannot place "${id}": its ${what} is ${JSON.stringify(text)}, expected no "/" or "%" in it, and neither "." nor ".."`,
  );
}

function judge(program: EntryProgram, scope: Scope, environment: TemplateEnvironment): Verdict {
  const { kind } = program.conditions.evaluate(scope, environment);
  switch (kind) {
    case "true":
      return "active";
    case "false":
      return "inactive";
    case "unknown":
      return "unknown";
    default:
      return kind satisfies never;
  }
}

interface Place {
  readonly name: string;
  readonly namespace: string;
}

function evaluatePlace(
  { name, namespace }: EntryProgram,
  scope: Scope,
  environment: TemplateEnvironment,
): Place {
  const textOf = (value: Value, field: keyof Place) => {
    const found = evaluateAs(field, value, { scope, environment });
    return found === undefined || found === null ? "" : String(found);
  };
  return { name: textOf(name, "name"), namespace: textOf(namespace, "namespace") };
}

/** What fails says which field of the entry it is. */
function evaluateAs(
  field: string,
  value: Value,
  { scope, environment }: Pick<ExpandContext, "scope" | "environment">,
): TemplateValue {
  try {
    return value.evaluate(scope, environment);
  } catch (error) {
    throw seenFrom(field, error);
  }
}

function evaluateType(
  { entry, apiVersion, objectKind }: EntryProgram,
  scope: Scope,
  environment: TemplateEnvironment,
): { readonly version: string; readonly objectKind: string } {
  const version = apiVersion.evaluate(scope, environment);
  const kind = objectKind.evaluate(scope, environment);
  if (typeof version !== "string" || typeof kind !== "string" || version === "" || kind === "") {
    throw new ReconcileError(
      "name",
      `Cannot tell the kind of "${entry.id}": apiVersion is ${JSON.stringify(version ?? "")}, kind is ${JSON.stringify(kind ?? "")}`,
    );
  }
  return { version, objectKind: kind };
}

async function unclearKind(
  program: EntryProgram,
  { kinds, signal }: ExpandContext,
): Promise<string> {
  if (!hasFixedKind(program)) return ALL_KINDS;
  const { apiVersion, objectKind } = program;
  try {
    const version = String(constantOf(apiVersion));
    return typeKey(await kinds.find(version, String(constantOf(objectKind)), signal));
  } catch (error) {
    if (signal.aborted) throw error;
    // A kind that the cluster does not serve has no children there either.
    return ALL_KINDS;
  }
}
