/**
 * `crdFile`, `crFiles` and `apiTypes` → which resource an entry means. The definition decides what
 * it says; `apiTypes` must not contradict it.
 */
import type { CrdType } from "../katalog/resolved.ts";
import { builtinKinds } from "../schema/builtin.ts";
import { guessPlural } from "../schema/plural.ts";
import { SourceError } from "../source/source-error.ts";
import { getPath, isJsonObject, type JsonObject } from "../std/json.ts";
import { suggest } from "../std/suggest.ts";
import { checkDefinition } from "./definition-check.ts";
import type { EntryScope } from "./entry.ts";
import { kindOf } from "./load.ts";
import { kindOfDefinition, type ObjectFiles } from "./object-files.ts";
import type { Target } from "./reader.ts";

export interface EntryResource {
  /** Absent when it cannot be known; an issue says why. */
  readonly type?: CrdType;
  readonly crd?: JsonObject;
  readonly customResources: readonly JsonObject[];
}

export async function resolveResource(
  scope: EntryScope,
  files: ObjectFiles,
): Promise<EntryResource> {
  const { crFiles = [] } = scope.declared.entry;
  const crd = await readDefinition(scope, files);
  const customResources: JsonObject[] = [];
  for (const [index, path] of crFiles.entries()) {
    const isList = scope.node(["crFiles"])?.kind === "list";
    const place = isList ? ["crFiles", index] : ["crFiles"];
    const objects = await readObjects(scope, { path, place }, files);
    for (const object of objects) customResources.push(object);
  }
  const type = crd === "failed" ? undefined : resolveType(scope, crd);
  return {
    ...(type && { type }),
    ...(crd !== undefined && crd !== "failed" && { crd }),
    customResources,
  };
}

async function readDefinition(
  scope: EntryScope,
  files: ObjectFiles,
): Promise<JsonObject | "failed" | undefined> {
  const path = scope.declared.entry.crdFile;
  if (path === undefined) return undefined;
  const place = ["crdFile"];
  const before = scope.issues.length;
  const objects = await readObjects(scope, { path, place }, files);
  if (scope.issues.length > before) return "failed";
  const { all, byName } = files.definitions(objects);
  const [only] = all;
  const chosen = all.length === 1 ? only : byName.get(scope.declared.name.toLowerCase());
  if (chosen) {
    await checkDefinition(scope, { definition: chosen, objects }, files);
    return isUsable(chosen) ? chosen : "failed";
  }
  if (!only) {
    const message = `Cannot use "${path}": it holds no CustomResourceDefinition`;
    const hint = "Name a file that holds one, as kubectl get crd -o yaml prints it";
    scope.report({ code: "crd-file", message, hint }, place);
    return "failed";
  }
  const kinds = all.map(kindOfDefinition);
  const message = `Cannot choose from "${path}": it defines ${kinds.join(", ")}, and none is called "${scope.declared.name}"`;
  scope.report({ code: "crd-file", message, hint: "Name the entry like its kind" }, place);
  return "failed";
}

/** What the rest relies on; that it is missing is told already. */
function isUsable(crd: JsonObject): boolean {
  const needed = [
    ["spec", "group"],
    ["spec", "names", "kind"],
    ["spec", "names", "plural"],
  ];
  const versions = getPath(crd, ["spec", "versions"]);
  const isListed = Array.isArray(versions) && versions.length > 0;
  return isListed && needed.every((path) => typeof getPath(crd, path) === "string");
}

interface FileReference {
  readonly path: string;
  readonly place: readonly (string | number)[];
}

async function readObjects(
  scope: EntryScope,
  { path, place }: FileReference,
  files: ObjectFiles,
): Promise<readonly JsonObject[]> {
  const { reader } = files;
  // Of an entry that several documents make, the one that holds the path.
  const from = scope.position(place).file;
  const referral = reader.refer(path, from);
  if (referral.kind === "refused") {
    const { why, hint } = referral;
    scope.report({ code: "unsupported", message: `Cannot read "${path}": ${why}`, hint }, place);
    return [];
  }
  const { target } = referral;
  if (referral.kind === "file" && !(await isFile(scope, { path, place, target }, files))) return [];
  const { objects, read, issues } = await files.read(target);
  // What has no place in the file itself is told where the file is named.
  for (const issue of issues) {
    if (issue.position) scope.issues.push(issue);
    else scope.report(issue, place);
  }
  if (read) reader.note(from, read);
  if (objects) return objects;
  scope.report({ code: "crd-file", message: `Cannot use "${path}": it holds no objects` }, place);
  return [];
}

async function isFile(
  scope: EntryScope,
  { path, place, target }: FileReference & { readonly target: Target },
  { reader }: ObjectFiles,
): Promise<boolean> {
  const kind = await kindOf(target.location, reader.files);
  if (kind === "file") return true;
  const isUnreadable = kind instanceof SourceError;
  const message = isUnreadable
    ? kind.message
    : `Cannot read "${path}": there is no file ${target.location}`;
  const hint = "Paths are looked up from the folder of the document that names them";
  scope.report({ code: isUnreadable ? "unreadable" : "missing-file", message, hint }, place);
  return false;
}

function resolveType(scope: EntryScope, crd: JsonObject | undefined): CrdType | undefined {
  return crd ? typeOfDefinition(scope, crd) : typeAsDeclared(scope);
}

function typeOfDefinition(scope: EntryScope, crd: JsonObject): CrdType | undefined {
  const declared = scope.declared.entry.apiTypes ?? {};
  const text = (...path: string[]) => String(getPath(crd, path));
  const own = {
    group: text("spec", "group"),
    kind: text("spec", "names", "kind"),
    plural: text("spec", "names", "plural"),
  };
  for (const key of ["group", "kind", "plural"] as const) {
    const said = declared[key];
    if (said === undefined || said === own[key]) continue;
    const message = `apiTypes.${key} is "${said}", but the definition says "${own[key]}"`;
    scope.report({ code: "crd-mismatch", message }, ["apiTypes", key]);
  }
  const version = chooseVersion(scope, crd);
  if (version === undefined) return undefined;
  return { ...own, version, namespaced: text("spec", "scope") !== "Cluster" };
}

/** The version of `apiTypes`, else the one that is stored, else the first that is served. */
function chooseVersion(scope: EntryScope, crd: JsonObject): string | undefined {
  const listed = getPath(crd, ["spec", "versions"]);
  const versions = Array.isArray(listed) ? listed.filter(isJsonObject) : [];
  const served = versions.filter((version) => version["served"] !== false);
  const names = served.map((version) => String(version["name"]));
  const said = scope.declared.entry.apiTypes?.version;
  if (said !== undefined) {
    if (names.includes(said)) return said;
    const message = `apiTypes.version is "${said}", but the definition serves ${names.join(", ") || "none"}`;
    scope.report({ code: "crd-mismatch", message }, ["apiTypes", "version"]);
    return undefined;
  }
  const chosen = served.find((version) => version["storage"] === true) ?? served[0];
  if (chosen) return String(chosen["name"]);
  scope.report({ code: "crd-file", message: "The definition serves no version" }, ["crdFile"]);
  return undefined;
}

function typeAsDeclared(scope: EntryScope): CrdType | undefined {
  // What was refused there is told already.
  if (scope.isRefused(["apiTypes"]) || scope.isRefused(["crdFile"])) return undefined;
  const { apiTypes } = scope.declared.entry;
  const kind = apiTypes?.kind;
  if (!apiTypes || kind === undefined) {
    const message = `The CRD "${scope.declared.name}" does not say which resource it means`;
    const hint = "Give apiTypes with group, version, kind and plural, or a crdFile";
    scope.report({ code: "missing-key", message, hint }, apiTypes ? ["apiTypes"] : []);
    return undefined;
  }
  const { group, version, plural } = apiTypes;
  if (group === undefined || group === "") return builtinType(scope, kind);
  if (version === undefined) {
    const message = `The key "version" is missing in apiTypes of the CRD "${scope.declared.name}"`;
    scope.report({ code: "missing-key", message }, ["apiTypes"]);
    return undefined;
  }
  if (plural === undefined) {
    const guess = guessPlural(kind);
    const message = `apiTypes of the CRD "${scope.declared.name}" has no plural: "${guess}" is assumed`;
    scope.report({ code: "assumed-plural", severity: "notice", message }, ["apiTypes"]);
    return { group, version, kind, plural: guess };
  }
  return { group, version, kind, plural };
}

/** A bare kind means the one of Kubernetes itself. */
function builtinType(scope: EntryScope, kind: string): CrdType | undefined {
  const { apiTypes } = scope.declared.entry;
  const all = [...builtinKinds()].map(({ resource }) => resource);
  const found = all.find(
    (one) =>
      one.kind === kind && (apiTypes?.version === undefined || one.version === apiTypes.version),
  );
  if (found) {
    if (scope.declared.entry.labelSelector === undefined) noticeSelector(scope, kind);
    const { group, version, plural, namespaced } = found;
    return { group, version, kind, plural, namespaced };
  }
  const near = suggest(
    kind,
    all.map((one) => one.kind),
  );
  const message = `apiTypes has no group, and "${kind}" is not a kind of Kubernetes`;
  const hint = near ? `Did you mean "${near}"?` : "Give the group of the kind";
  scope.report({ code: "missing-key", message, hint }, ["apiTypes"]);
  return undefined;
}

function noticeSelector(scope: EntryScope, kind: string): void {
  const message = `Every ${kind} of the cluster gets our finalizer: a labelSelector is recommended`;
  scope.report({ code: "no-selector", severity: "notice", message }, ["apiTypes"]);
}
