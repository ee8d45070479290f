/** The one container of a workload or Job: the fields that both take, and what they become. */
import { isJsonObject, type Json, type JsonObject } from "../../std/json.ts";
import type { ExpandContext } from "./child.ts";
import { environment, environmentFields } from "./environment.ts";
import {
  either,
  type FieldSpec,
  type FieldTable,
  listOf,
  object,
  requiredText,
  textList,
} from "./field.ts";

/** A name, or `{name}`, or a list of either. */
const secretName = either(object({ name: requiredText }), { kind: "text" });
export const imagePullSecretsField: FieldSpec = either(listOf(secretName), secretName);

export const containerFields: FieldTable = {
  image: requiredText,
  command: textList,
  args: textList,
  ...environmentFields,
};

/** The container from fields that were read by {@link containerFields}. */
export function container(fields: JsonObject, context: ExpandContext): JsonObject {
  return {
    name: containerName(context.name),
    ...pick(fields, ["image", "command", "args"]),
    ...environment(fields),
  };
}

/** `[{name}]` from every spelling; absent when there are none. */
export function imagePullSecrets(fields: JsonObject): JsonObject {
  const given = fields["imagePullSecrets"];
  if (given === undefined) return {};
  const list: readonly Json[] = Array.isArray(given) ? given : [given];
  const names = list.map((item) => (isJsonObject(item) ? item : { name: item }));
  return { imagePullSecrets: names };
}

/** The members of `fields` with these names, those that are set. */
export function pick(fields: JsonObject, names: readonly string[]): JsonObject {
  const picked: Record<string, Json> = {};
  for (const name of names) {
    const value = fields[name];
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}

/** The child's own name, made a DNS label: container names hold no dots and 63 characters at most. */
function containerName(name: string): string {
  return name.replaceAll(".", "-").slice(0, 63).replace(/-+$/, "");
}
