/**
 * A body as the object that it means under its kind: names checked, types checked, unknown fields
 * found and dropped, stored form (defaults, canonical quantities) made. The one way by which
 * foreign JSON becomes an object of the store.
 */
import { normalizeObject } from "../../schema/normalize.ts";
import type { KubeObject } from "../../schema/object.ts";
import { pruneUnknown } from "../../schema/prune.ts";
import { canonicalJson, isJsonObject, type Json, type JsonObject } from "../../std/json.ts";
import { type ApiError, badRequest, invalid, invalidValue } from "../api-error.ts";
import { fillStructures } from "../kinds/structures.ts";
import { findTypeError } from "../kinds/type-check.ts";
import type { Target, WriteOptions } from "./request.ts";

/** @throws ApiError 400 when the body is no object of the kind, or `Strict` and unknown fields. */
export function decodeObject(body: Json, target: Target, options: WriteOptions): KubeObject {
  return complete(readObject(body, target, options), target);
}

/** The object as it was sent, checked and without unknown fields, but without defaults. */
export function readObject(body: Json, target: Target, options: WriteOptions): KubeObject {
  const { kind } = target;
  const given = withTypeMeta(body, target);
  const wrong = findTypeError(given, kind);
  if (wrong !== undefined) throw refusal(given, target, { ...options, why: wrong });
  // The metadata of custom objects is built in; what lies below is pruned without an error.
  const { value, dropped } = pruneUnknown(given, kind.schema);
  const unknown = kind.custom === undefined ? dropped : [...dropped].sort();
  reportUnknown({ given, unknown }, target, options);
  return withMetadata(value as unknown as KubeObject);
}

/** The stored form. Cheap for an object that has it already. */
export function complete(object: KubeObject, { kind }: Pick<Target, "kind">): KubeObject {
  const whole =
    kind.custom === undefined
      ? fillStructures(object as unknown as JsonObject, kind.schema)
      : object;
  const normal = normalizeObject(whole as unknown as JsonObject, kind.schema);
  return withMetadata(normal as unknown as KubeObject);
}

/** `metadata` is never absent, even when nothing is in it. */
function withMetadata(object: KubeObject): KubeObject {
  return isJsonObject(object.metadata) ? object : { ...object, metadata: { name: "" } };
}

function withTypeMeta(body: Json, target: Target): JsonObject {
  const { kind } = target;
  const expected = kind.resource.kind;
  if (!isJsonObject(body)) {
    throw badRequest(
      `the object provided is unrecognized (must be of type ${expected}): couldn't get version/kind; json parse error: the body is not an object`,
    );
  }
  const apiVersion = body["apiVersion"] ?? "";
  const name = body["kind"] ?? "";
  if (kind.custom !== undefined) checkCustomType({ apiVersion, name, body }, target);
  else checkBuiltinType({ apiVersion, name, body }, target);
  return { ...body, apiVersion: kind.apiVersion, kind: expected };
}

interface TypeMeta {
  readonly apiVersion: Json;
  readonly name: Json;
  readonly body: JsonObject;
}

function checkCustomType({ apiVersion, name, body }: TypeMeta, { kind }: Target): void {
  const missing = name === "" ? "Kind" : apiVersion === "" ? "apiVersion" : undefined;
  if (missing !== undefined) {
    const text = JSON.stringify(body);
    throw badRequest(
      `the object provided is unrecognized (must be of type ${kind.resource.kind}): Object '${missing}' is missing in '${text}' (${excerpt(text)})`,
    );
  }
  if (apiVersion !== kind.apiVersion) {
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${kind.apiVersion})`,
    );
  }
  if (name === kind.resource.kind) return;
  const metadata = isJsonObject(body["metadata"]) ? body["metadata"] : {};
  const subject = {
    group: kind.resource.group,
    kind: String(name),
    name: String(metadata["name"] ?? ""),
  };
  throw invalid(subject, [invalidValue("kind", name, `must be ${kind.resource.kind}`)]);
}

const EXCERPT = 30;

/** The beginning of a body, as messages quote it. */
export function excerpt(text: string): string {
  if (text === "") return "<empty>";
  return text.length > EXCERPT ? `${text.slice(0, EXCERPT)} ...` : text;
}

function checkBuiltinType({ apiVersion, name }: TypeMeta, { kind }: Target): void {
  const { resource } = kind;
  if (apiVersion !== "" && apiVersion !== kind.apiVersion) {
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${kind.apiVersion})`,
    );
  }
  if (name !== "" && name !== resource.kind) {
    const from = `${resource.version}.${name}`;
    const to = `${internalGroup(resource.group)}.${resource.kind}`;
    throw badRequest(
      `${name} in version "${resource.version}" cannot be handled as a ${resource.kind}: converting (${from}) to (${to}): unknown conversion`,
    );
  }
}

/** The package of the server's own types: `core`, `apps`, `networking`. */
function internalGroup(group: string): string {
  return group === "" ? "core" : (group.split(".")[0] ?? group);
}

function undecodable({ kind }: Target, why: string) {
  const { resource } = kind;
  return badRequest(
    `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: ${why}`,
  );
}

/** A body is refused as 400; what a patch made as 422, with the whole of it in the message. */
function refusal(
  given: JsonObject,
  target: Target,
  { isPatched, why }: WriteOptions & { readonly why: string },
): ApiError {
  if (!isPatched) return undecodable(target, why);
  const wrong = invalidValue("patch", canonicalJson(given), why);
  return invalid({ group: "", kind: "", name: "" }, [wrong]);
}

function reportUnknown(
  { given, unknown }: { readonly given: JsonObject; readonly unknown: readonly string[] },
  target: Target,
  options: WriteOptions,
): void {
  if (unknown.length === 0 || options.fieldValidation === "Ignore") return;
  const problems = unknown.map((path) => `unknown field ${JSON.stringify(path)}`);
  if (options.fieldValidation === "Strict") {
    throw refusal(given, target, {
      ...options,
      why: `strict decoding error: ${problems.join(", ")}`,
    });
  }
  options.warnings.push(...problems);
}
