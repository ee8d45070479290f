/**
 * What a remote is asked: `{key, gvk, object, args, prepared: {children}}` and what `payload` adds, with
 * the credential that the Katalog names. Read anew in each pass, so that one that changes is used at once.
 */
import type { ObservedChild } from "../apply/prune.ts";
import type { RemoteRequest } from "../hook/remote-call.ts";
import { RemoteError } from "../hook/remote-error.ts";
import { readEndpoint } from "../katalog/remote-endpoint.ts";
import { type KubeObject, objectKey } from "../schema/object.ts";
import { isJsonObject, type Json, type JsonObject } from "../std/json.ts";
import type { Scope, TemplateValue } from "../template/template.ts";
import type { PassContext } from "./context.ts";
import { readCredential } from "./credential.ts";
import type { RemoteProgram } from "./program.ts";
import type { HookInput } from "./run-hook.ts";
import { blockFault } from "./template-fault.ts";

/** Throws a `RemoteError` "endpoint" or "credential", or what a template threw. */
export async function remoteRequest(
  remote: RemoteProgram,
  input: HookInput,
  context: PassContext,
): Promise<RemoteRequest> {
  const { signal } = context;
  const { plan } = remote;
  const asked = await render(remote, input.scope, context);
  const endpoint = readEndpoint(String(asked.endpoint ?? "").trim());
  if (endpoint.kind === "refused") {
    throw new RemoteError("endpoint", `Cannot ask the remote: ${endpoint.why}`);
  }
  const { url, title } = endpoint;
  const { timeoutMs, auth } = plan;
  const body = bodyOf(asked, input, context);
  const credential = auth && (await readCredential(auth, "the remote", context));
  return { url, title, body, timeoutMs, signal, ...(credential && { credential }) };
}

async function render(
  remote: RemoteProgram,
  scope: Scope,
  { environment, evaluations }: PassContext,
) {
  try {
    return await evaluations.run(environment, (own) => ({
      endpoint: remote.endpoint.evaluate(scope, own),
      payload: remote.payload.evaluate(scope, own),
      args: remote.args.evaluate(scope, own),
    }));
  } catch (error) {
    throw blockFault("remote", error);
  }
}

function bodyOf(
  { args, payload }: { readonly args: TemplateValue; readonly payload: TemplateValue },
  { object, scope, children }: HookInput,
  { surroundings }: PassContext,
): JsonObject {
  const { group, version, kind } = surroundings.type;
  const { managedFields: _, ...metadata } = object.metadata;
  return {
    ...asMap(payload),
    key: objectKey(metadata),
    gvk: { group, version, kind },
    object: { ...object, metadata, spec: scope["spec"] } as unknown as JsonObject,
    args: asMap(args),
    prepared: { children: childrenOf(children) },
  };
}

/** Each child once: `children.configMaps.<name>`. */
function childrenOf(children: readonly ObservedChild[]): JsonObject {
  const groups = new Map<string, Map<string, Json>>();
  for (const { type, object } of children) {
    const plural = type.kind.charAt(0).toLowerCase() + type.kind.slice(1);
    const name = plural + type.plural.slice(type.kind.length);
    const group = groups.get(name) ?? new Map<string, Json>();
    groups.set(name, group.set(object.metadata.name, withoutSecrets(object)));
  }
  const entries = [...groups].map(([name, group]) => [name, Object.fromEntries(group)] as const);
  return Object.fromEntries(entries);
}

/** Values of Secrets leave the process for nobody. */
function withoutSecrets(object: KubeObject): Json {
  const { managedFields: _, ...metadata } = object.metadata;
  const whole = { ...object, metadata } as unknown as JsonObject;
  if (object.kind !== "Secret") return whole;
  const { data: _data, stringData: _text, ...rest } = whole;
  return rest;
}

function asMap(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}
