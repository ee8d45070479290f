/** `env` and `envFrom` of a container, in all their spellings → the lists that Kubernetes wants. */
import { isJsonObject, type Json, type JsonObject } from "../../std/json.ts";
import {
  boolean,
  either,
  type FieldTable,
  listOf,
  object,
  requiredText,
  text,
  textList,
} from "./field.ts";
import { ChildFieldError } from "./field-error.ts";

const keyRef = object({ name: requiredText, key: requiredText, optional: boolean });
const source: FieldTable = { secretKeyRef: keyRef, configMapKeyRef: keyRef };
const valueFrom = object({
  ...source,
  fieldRef: { kind: "json", shape: "object" },
  resourceFieldRef: { kind: "json", shape: "object" },
  fileKeyRef: { kind: "json", shape: "object" },
});

/** What a whole Secret or ConfigMap is named by in `envFrom`. */
const bulk = either(
  object({ name: requiredText, prefix: text, suffix: text, optional: boolean, keys: textList }),
  text,
);
const bulkRefs = either(listOf(bulk), bulk);

export const environmentFields: FieldTable = {
  env: either(listOf(object({ name: requiredText, value: text, valueFrom, ...source })), {
    kind: "map",
    values: either(object({ value: text, valueFrom, ...source }), text),
  }),
  envFrom: either(
    listOf(
      object({
        secretRef: bulk,
        configMapRef: bulk,
        prefix: text,
        suffix: text,
        optional: boolean,
        keys: textList,
      }),
    ),
    object({ secretRef: bulkRefs, configMapRef: bulkRefs }),
  ),
};

/** `env` and `envFrom` of the container; absent when there is nothing in them. */
export function environment(fields: JsonObject): JsonObject {
  if (fields["env"] === undefined && fields["envFrom"] === undefined) return {};
  const sources = bulkSources(fields["envFrom"]);
  const picked = sources.flatMap(pickedVariables);
  const env = [...variables(fields["env"]), ...picked];
  const envFrom = sources.filter(({ keys }) => keys.length === 0).map(wholeSource);
  return { ...(env.length > 0 && { env }), ...(envFrom.length > 0 && { envFrom }) };
}

function variables(env: Json | undefined): readonly JsonObject[] {
  if (Array.isArray(env)) {
    return env.filter(isJsonObject).map((item) => variable(String(item["name"]), item));
  }
  if (!isJsonObject(env)) return [];
  return Object.entries(env).flatMap(([name, value]) => {
    if (value === undefined) return [];
    return [variable(name, isJsonObject(value) ? value : { value })];
  });
}

function variable(name: string, item: JsonObject): JsonObject {
  const { value, valueFrom: from, secretKeyRef, configMapKeyRef } = item;
  const origin = {
    ...(isJsonObject(from) && from),
    ...(secretKeyRef !== undefined && { secretKeyRef }),
    ...(configMapKeyRef !== undefined && { configMapKeyRef }),
  };
  const hasOrigin = Object.keys(origin).length > 0;
  if (hasOrigin && value !== undefined) {
    throw new ChildFieldError(`env.${name}.value`, value, "no value beside a reference");
  }
  // A value that rendered empty is an empty variable, which is what a bare name means.
  const own = value !== undefined && value !== "" && { value };
  return { name, ...own, ...(hasOrigin && { valueFrom: origin }) };
}

type BulkKind = "secretRef" | "configMapRef";
const BULK_KINDS: readonly BulkKind[] = ["secretRef", "configMapRef"];

/** One Secret or ConfigMap whose keys become variables. */
interface BulkSource {
  readonly kind: BulkKind;
  readonly name: string;
  readonly prefix: string;
  readonly suffix: string;
  readonly optional: Json | undefined;
  /** Only these keys; empty: all. */
  readonly keys: readonly string[];
}

function bulkSources(envFrom: Json | undefined): readonly BulkSource[] {
  const entries = Array.isArray(envFrom) ? envFrom : [envFrom];
  return entries.filter(isJsonObject).flatMap((entry) =>
    BULK_KINDS.flatMap((kind) => {
      const refs = entry[kind];
      const list = Array.isArray(refs) ? refs : refs === undefined ? [] : [refs];
      return list.map((ref: Json) => bulkSource(kind, ref, entry));
    }),
  );
}

/** What stands beside the reference (`prefix` in Kubernetes' own shape) counts where it says nothing. */
function bulkSource(kind: BulkKind, ref: Json, entry: JsonObject): BulkSource {
  const own: JsonObject = isJsonObject(ref) ? ref : { name: ref };
  const pick = (key: string) => own[key] ?? entry[key];
  const keys = pick("keys");
  const picked: BulkSource = {
    kind,
    name: String(own["name"]),
    prefix: String(pick("prefix") ?? ""),
    suffix: String(pick("suffix") ?? ""),
    optional: pick("optional"),
    keys: Array.isArray(keys) ? keys.map(String) : [],
  };
  if (picked.suffix !== "" && picked.keys.length === 0) {
    const expected = "keys beside it: Kubernetes has no suffix for all keys of an object";
    throw new ChildFieldError(`envFrom.${kind}.suffix`, picked.suffix, expected);
  }
  return picked;
}

function wholeSource({ kind, name, prefix, optional }: BulkSource): JsonObject {
  return {
    ...(prefix !== "" && { prefix }),
    [kind]: { name, ...(optional !== undefined && { optional }) },
  };
}

function pickedVariables({ kind, name, prefix, suffix, optional, keys }: BulkSource): JsonObject[] {
  const reference = kind === "secretRef" ? "secretKeyRef" : "configMapKeyRef";
  return keys.map((key) => ({
    name: `${prefix}${key}${suffix}`,
    valueFrom: { [reference]: { name, key, ...(optional !== undefined && { optional }) } },
  }));
}
