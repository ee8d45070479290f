/**
 * The verdict on a change of a CustomResourceDefinition against the objects that are stored: which of
 * them the new schema would refuse, drop fields of, or see with other eyes. Pure.
 *
 * A change is *compatible* (whatever was valid stays valid and whole), *breaking* (objects may be hurt,
 * and `affected` names those that are), or *unknown* (a rule in CEL, which nobody evaluates here).
 * API servers tolerate a value that was invalid before as long as a write leaves it alone
 * (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-ratcheting),
 * so a breaking change hurts at the next edit of that field, or at once where fields are dropped.
 */
import { getPath, isDeepEqual, isJsonObject, type Json, type JsonObject } from "../std/json.ts";
import { type SchemaShift, type SchemaStep, shiftsOfSchema, valuesAt } from "./evolution-schema.ts";
import type { JsonSchema } from "./json-schema.ts";
import { type KubeObject, objectKey } from "./object.ts";

export interface DefinitionChange {
  /** What changed, as a word that programs may rely on: `removed-field`, `narrowed-enum` … */
  readonly kind: string;
  /** The version whose schema changed; absent for what concerns the whole definition. */
  readonly version?: string;
  /** `spec.ports[].name`; `""` for the whole object. */
  readonly path: string;
  /** One sentence: what was, what is. */
  readonly message: string;
  readonly verdict: "compatible" | "breaking" | "unknown";
  /** Keys of the objects that are hurt, sorted. */
  readonly affected: readonly string[];
}

/** All differences between two definitions of one name that matter to objects. */
export function judgeDefinition(
  before: JsonObject,
  after: JsonObject,
  objects: readonly KubeObject[],
): readonly DefinitionChange[] {
  return [
    ...judgeIdentity(before, after, objects),
    ...judgeVersions(before, after, objects),
    ...versionsOf(after).flatMap((version) => {
      const former = versionsOf(before).find(({ name }) => name === version.name);
      return former ? judgeSchema(former, version, readable(objects, version, after)) : [];
    }),
  ];
}

/** `breaking for 3 objects: a, b, c`, as people read it. */
export function verdictText({ verdict, affected }: DefinitionChange): string {
  if (verdict === "compatible") return "compatible";
  if (verdict === "unknown") return "not evaluated";
  const count = affected.length;
  if (count === 0) return "breaking, no object affected";
  const shown = affected.slice(0, 3).join(", ");
  const more = count > 3 ? ` and ${count - 3} more` : "";
  return `breaking for ${count} object${count === 1 ? "" : "s"}: ${shown}${more}`;
}

const IDENTITY: readonly (readonly [kind: string, path: readonly string[]])[] = [
  ["changed-group", ["spec", "group"]],
  ["changed-scope", ["spec", "scope"]],
  ["changed-kind", ["spec", "names", "kind"]],
  ["changed-plural", ["spec", "names", "plural"]],
];

/** What the API server refuses to change: only a new definition, without the objects, could. */
function judgeIdentity(
  before: JsonObject,
  after: JsonObject,
  objects: readonly KubeObject[],
): readonly DefinitionChange[] {
  return IDENTITY.flatMap(([kind, path]) => {
    const [was, is] = [getPath(before, path), getPath(after, path)];
    if (isDeepEqual(was, is)) return [];
    const name = path.join(".");
    const message = `${name} changes from ${text(was)} to ${text(is)}: the API server refuses that for a definition that exists`;
    return [{ kind, path: name, message, verdict: "breaking", affected: keysOf(objects) }];
  });
}

export interface Version {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly hasStatus: boolean;
  readonly schema: JsonSchema;
}

/** The versions of a definition as they are written; one without a schema takes anything. */
export function versionsOf(definition: JsonObject): readonly Version[] {
  const versions = getPath(definition, ["spec", "versions"]);
  return (Array.isArray(versions) ? versions : []).filter(isJsonObject).map((version) => ({
    name: String(version["name"] ?? ""),
    served: version["served"] === true,
    storage: version["storage"] === true,
    hasStatus: isJsonObject(getPath(version, ["subresources", "status"])),
    schema: (getPath(version, ["schema", "openAPIV3Schema"]) ?? OPEN) as JsonSchema,
  }));
}

const OPEN: JsonSchema = { "x-kubernetes-preserve-unknown-fields": true };

function judgeVersions(
  before: JsonObject,
  after: JsonObject,
  objects: readonly KubeObject[],
): readonly DefinitionChange[] {
  const now = new Map(versionsOf(after).map((version) => [version.name, version]));
  const past = versionsOf(before);
  const stored = getPath(before, ["status", "storedVersions"]);
  const changes = past.flatMap((version) =>
    judgeVersion(version, now.get(version.name), {
      objects,
      isStored: Array.isArray(stored) && stored.includes(version.name),
    }),
  );
  const added = [...now.keys()].filter((name) => !past.some((version) => version.name === name));
  return [
    ...changes,
    ...added.map((version) => compatible("added-version", version, `version ${version} is new`)),
    ...judgeStorage(past, [...now.values()]),
  ];
}

function judgeVersion(
  was: Version,
  is: Version | undefined,
  { objects, isStored }: { readonly objects: readonly KubeObject[]; readonly isStored: boolean },
): readonly DefinitionChange[] {
  const { name: version } = was;
  const breaking = (kind: string, message: string, hurt: readonly KubeObject[]) => [
    { kind, version, path: "", message, verdict: "breaking" as const, affected: keysOf(hurt) },
  ];
  if (!is && isStored) {
    const message = `version ${version} is dropped and objects may be stored in it: the API server refuses that until they are migrated and it left status.storedVersions`;
    return breaking("dropped-version", message, objects);
  }
  if (!is) return breaking("dropped-version", `version ${version} is dropped`, []);
  const changes: DefinitionChange[] = [];
  if (was.served && !is.served) {
    changes.push(...breaking("unserved-version", `version ${version} is no longer served`, []));
  }
  if (was.hasStatus && !is.hasStatus) {
    const message = `version ${version} loses its status subresource: no status is written any more`;
    changes.push(...breaking("removed-status", message, objects));
  }
  if (!was.hasStatus && is.hasStatus) {
    const message = `version ${version} gets a status subresource`;
    changes.push(compatible("added-status", version, message));
  }
  return changes;
}

function judgeStorage(past: readonly Version[], now: readonly Version[]): DefinitionChange[] {
  const [was, is] = [past, now].map((list) => list.find(({ storage }) => storage)?.name);
  if (was === is || is === undefined) return [];
  const message = `objects are stored as ${is} from now on, those that exist when they are next written`;
  return [compatible("changed-storage", is, message)];
}

/** Objects whose fields can be looked for under the names of this version. */
function readable(
  objects: readonly KubeObject[],
  { name }: Version,
  definition: JsonObject,
): readonly KubeObject[] {
  const strategy = getPath(definition, ["spec", "conversion", "strategy"]) ?? "None";
  if (strategy === "None") return objects;
  return objects.filter(({ apiVersion }) => apiVersion.endsWith(`/${name}`));
}

function judgeSchema(
  was: Version,
  is: Version,
  objects: readonly KubeObject[],
): readonly DefinitionChange[] {
  return shiftsOfSchema(was.schema, is.schema).map((shift) => ({
    kind: shift.kind,
    version: is.name,
    path: pathText(shift.path),
    message: shift.message,
    verdict: shift.verdict,
    affected:
      shift.verdict === "breaking" ? keysOf(objects.filter((one) => isHurt(one, shift))) : [],
  }));
}

function isHurt(object: KubeObject, { path, hurts }: SchemaShift): boolean {
  return valuesAt(object as unknown as Json, path).some(hurts);
}

function pathText(path: readonly SchemaStep[]): string {
  return path
    .map((step) => {
      if (step.kind === "items") return "[]";
      return step.kind === "values" ? ".*" : `.${step.name}`;
    })
    .join("")
    .replace(/^\./, "");
}

function compatible(kind: string, version: string, message: string): DefinitionChange {
  return { kind, version, path: "", message, verdict: "compatible", affected: [] };
}

function keysOf(objects: readonly KubeObject[]): readonly string[] {
  return objects.map(({ metadata }) => objectKey(metadata)).sort();
}

function text(value: Json | undefined): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}
