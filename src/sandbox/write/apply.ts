/** PATCH with `application/apply-patch+yaml`: server-side apply, which also creates. */
import type { KubeObject } from "../../schema/object.ts";
import { isDeepEqual, isJsonObject, type Json, type JsonObject } from "../../std/json.ts";
import {
  ApiError,
  applyConflict,
  badRequest,
  conflict,
  invalid,
  invalidValue,
  notFound,
  type StatusCause,
} from "../api-error.ts";
import { type FieldPath, printPath } from "../fields/field-set.ts";
import { ownersBeforeApply } from "../fields/history.ts";
import { decodeManagers, type ManagerEntry, type Managers } from "../fields/managers.ts";
import { type ApplyResult, applyFields, type FieldConflict } from "../fields/ownership.ts";
import { ListKeyError } from "../fields/shape.ts";
import { skeletonOf } from "../fields/skeleton.ts";
import { findUndeclared } from "../fields/undeclared.ts";
import { inServedForm } from "../kinds/conversion.ts";
import { type Site, timestamp } from "../site.ts";
import { checkNamespaceOf, prepareNew, storeNew } from "./create.ts";
import { complete, readObject } from "./decode.ts";
import { commitUpdate, ownershipOf, withOwners, withoutOwners } from "./finish.ts";
import { keyOf, kindSubject, resourceSubject, type Target, type WriteOptions } from "./request.ts";
import { prepareUpdated } from "./update.ts";

export interface ApplyOutcome {
  readonly object: KubeObject;
  readonly isNew: boolean;
}

/** @throws ApiError with the status that a real server answers. */
export function applyObject(
  site: Site,
  request: { readonly target: Target; readonly body: Json },
  options: WriteOptions,
): ApplyOutcome {
  const { target } = request;
  const applied = decodeApplied(request.body, target, options);
  const found = site.store.get(target.kind.collection, keyOf(target));
  const preconditions = applied.metadata;
  if (found === undefined) {
    checkMayCreate(applied, target);
    const object = createByApply(site, applied, { target, options });
    return { object, isNew: true };
  }
  const current = inServedForm(found, target.kind);
  if (preconditions.uid && preconditions.uid !== current.metadata.uid) {
    const wrong = invalidValue("metadata.uid", preconditions.uid, "field is immutable");
    // Twice, as two layers of the server say it.
    throw invalid(kindSubject(target), [wrong, wrong]);
  }
  if (
    preconditions.resourceVersion &&
    preconditions.resourceVersion !== current.metadata.resourceVersion
  ) {
    throw conflict(
      resourceSubject(target),
      "the object has been modified; please apply your changes to the latest version and try again",
    );
  }
  return { object: updateByApply(site, { current, applied }, { target, options }), isNew: false };
}

/** What the client states and nothing more: defaults would make it own what it did not write. */
function decodeApplied(body: Json, target: Target, options: WriteOptions): KubeObject {
  if (!isJsonObject(body) || !body["apiVersion"] || !body["kind"]) {
    throw badRequest("invalid object type: /, Kind=");
  }
  const metadata = isJsonObject(body["metadata"]) ? body["metadata"] : {};
  if (metadata["managedFields"] !== undefined && metadata["managedFields"] !== null) {
    throw badRequest("metadata.managedFields must be nil");
  }
  const given = metadata["name"];
  if (given !== undefined && given !== target.name) {
    throw badRequest(
      `the name of the object (${given}) does not match the name on the URL (${target.name})`,
    );
  }
  const named = { ...body, metadata: { ...metadata, name: target.name } };
  checkDeclared(named, target);
  const stated = readObject(named, target, options);
  checkNamespaceOf(stated, target);
  return stated;
}

/** Fields that the schema does not know cannot be owned, however lenient the request is. */
function checkDeclared(body: JsonObject, target: Target): void {
  const undeclared = undeclaredIn(body, target);
  const problems = undeclared.map((path) => `${printPath(path)}: field not declared in schema`);
  if (problems.length === 0) return;
  const text =
    problems.length === 1
      ? problems[0]
      : `errors:\n${problems.map((one) => `  ${one}`).join("\n")}`;
  throw untyped(body, target, text ?? "");
}

function undeclaredIn(body: JsonObject, target: Target): readonly FieldPath[] {
  try {
    return findUndeclared(target.kind.schema, body);
  } catch (error) {
    if (error instanceof ListKeyError) throw untyped(body, target, error.message);
    throw error;
  }
}

function untyped(body: JsonObject, { kind, name }: Target, why: string): ApiError {
  const metadata = isJsonObject(body["metadata"]) ? body["metadata"] : {};
  const { group, version } = kind.resource;
  const type = `${group}/${version}, Kind=${kind.resource.kind}`;
  const where = `${metadata["namespace"] ?? ""}/${name}; ${type}`;
  return new ApiError(500, `failed to create typed patch object (${where}): ${why}`);
}

function checkMayCreate(applied: KubeObject, target: Target): void {
  if (target.subresource !== "") throw notFound(resourceSubject(target));
  const { uid } = applied.metadata;
  if (!uid) return;
  throw conflict(
    resourceSubject(target),
    `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
  );
}

interface Apply {
  readonly target: Target;
  readonly options: WriteOptions;
}

function createByApply(site: Site, applied: KubeObject, { target, options }: Apply): KubeObject {
  const live = skeletonOf(target.kind.schema, applied);
  const { object, managers } = run(site, { live, applied, owners: new Map() }, { target, options });
  const prepared = prepareNew(site, complete(object, target), target);
  return storeNew(site, withOwners(prepared, managers), { target, options });
}

function updateByApply(
  site: Site,
  { current, applied }: { readonly current: KubeObject; readonly applied: KubeObject },
  { target, options }: Apply,
): KubeObject {
  const owners = ownersOf(site, current, target);
  const { object, managers } = run(site, { live: current, applied, owners }, { target, options });
  const prepared = prepareUpdated(complete(object, target), current, target);
  const updated = withOwners(prepared, managers);
  if (isDeepEqual(withoutOwners(updated), withoutOwners(current))) {
    if (isSameOwners(decodeManagers(current.metadata.managedFields as Json), managers))
      return current;
  }
  return commitUpdate(site, { current, updated }, { target, options });
}

function ownersOf(site: Site, current: KubeObject, { kind }: Target): Managers {
  const known = decodeManagers(current.metadata.managedFields as Json | undefined);
  if (known.size > 0) return known;
  return ownersBeforeApply(withoutOwners(current), {
    node: kind.schema,
    apiVersion: kind.apiVersion,
    now: timestamp(site.clock),
    empty: skeletonOf(kind.schema, current) as unknown as Json,
  });
}

type Applied = Extract<ApplyResult, { kind: "applied" }> & { readonly object: KubeObject };

interface Merge {
  readonly live: KubeObject;
  readonly applied: KubeObject;
  readonly owners: Managers;
}

function run(site: Site, { live, applied, owners }: Merge, { target, options }: Apply): Applied {
  const context = ownershipOf(site, target, { manager: options.manager, operation: "Apply" });
  const { uid: _uid, resourceVersion: _version, ...metadata } = applied.metadata;
  const stated = { ...applied, metadata };
  try {
    const result = applyFields(withoutOwners(live), stated as unknown as Json, {
      ...context,
      managers: owners,
      force: options.force,
    });
    if (result.kind === "conflict") throw conflictError(result.conflicts);
    return result as Applied;
  } catch (error) {
    if (!(error instanceof ListKeyError)) throw error;
    throw untyped(stated as unknown as JsonObject, target, error.message);
  }
}

function isSameOwners(
  before: ReadonlyMap<string, ManagerEntry>,
  after: ReadonlyMap<string, ManagerEntry>,
): boolean {
  if (before.size !== after.size) return false;
  for (const [key, entry] of after) if (!before.get(key)?.fields.equals(entry.fields)) return false;
  return true;
}

function conflictError(conflicts: readonly FieldConflict[]): ApiError {
  const causes: StatusCause[] = conflicts.map(({ entry, path }) => ({
    reason: "FieldManagerConflict",
    message: `conflict with ${printManager(entry)}`,
    field: printPath(path),
  }));
  return applyConflict(conflictMessage(conflicts), causes);
}

function conflictMessage(conflicts: readonly FieldConflict[]): string {
  const [only] = conflicts;
  if (conflicts.length === 1 && only !== undefined) {
    return `Apply failed with 1 conflict: conflict with ${printManager(only.entry)}: ${printPath(only.path)}`;
  }
  const byManager = new Map<string, string[]>();
  for (const { entry, path } of conflicts) {
    const manager = printManager(entry);
    byManager.set(manager, [...(byManager.get(manager) ?? []), `- ${printPath(path)}`]);
  }
  const lines = [...byManager.keys()]
    .sort()
    .flatMap((manager) => [`conflicts with ${manager}:`, ...(byManager.get(manager) ?? [])]);
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join("\n")}`;
}

function printManager({ manager, operation, apiVersion, subresource }: ManagerEntry): string {
  const name = JSON.stringify(manager);
  const full =
    subresource === "" ? name : `${name} with subresource ${JSON.stringify(subresource)}`;
  return operation === "Update" ? `${full} using ${apiVersion}` : full;
}
