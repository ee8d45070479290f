/**
 * What a remote is asked: `{key, gvk, object, args, prepared: {children}}` and what `payload` adds, with
 * the credential that the Katalog names. Read anew in each pass, so that one that changes is used at once.
 */
import type { ObservedChild } from "../apply/prune.ts";
import type { RemoteRequest } from "../hook/remote-call.ts";
import { RemoteError } from "../hook/remote-error.ts";
import { readEndpoint } from "../katalog/remote-endpoint.ts";
import type { RemoteAuth } from "../katalog/resolved.ts";
import { isNotFound } from "../kube/error.ts";
import { builtinKind } from "../schema/builtin.ts";
import { type KubeObject, objectKey } from "../schema/object.ts";
import { isJsonObject, type Json, type JsonObject } from "../std/json.ts";
import type { TemplateValue } from "../template/template.ts";
import type { PassContext } from "./context.ts";
import type { RemoteProgram } from "./program.ts";
import type { HookInput } from "./run-hook.ts";

/** Throws a `RemoteError` "endpoint" or "credential", or what a template threw. */
export async function remoteRequest(
  remote: RemoteProgram,
  input: HookInput,
  context: PassContext,
): Promise<RemoteRequest> {
  const { environment, evaluations, signal } = context;
  const { plan } = remote;
  const asked = await evaluations.run(environment, (own) => ({
    endpoint: remote.endpoint.evaluate(input.scope, own),
    payload: remote.payload.evaluate(input.scope, own),
    args: remote.args.evaluate(input.scope, own),
  }));
  const endpoint = readEndpoint(String(asked.endpoint ?? "").trim());
  if (endpoint.kind === "refused") {
    throw new RemoteError("endpoint", `Cannot ask the remote: ${endpoint.why}`);
  }
  const { url, title } = endpoint;
  const { timeoutMs, auth } = plan;
  const body = bodyOf(asked, input, context);
  const credential = auth && (await credentialOf(auth, context));
  return { url, title, body, timeoutMs, signal, ...(credential && { credential }) };
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

async function credentialOf(
  { source, header }: RemoteAuth,
  context: PassContext,
): Promise<RemoteRequest["credential"]> {
  const text =
    source.kind === "env"
      ? context.surroundings.remote?.variable(source.name)
      : await readSecret(source, context);
  const place = source.kind === "env" ? `the variable ${source.name}` : `Secret "${source.name}"`;
  const value = (text ?? "").trim();
  if (value === "") throw unread(`${place} holds none, set it`);
  // A header is one line of visible characters: RFC 9110, 5.5.
  if (!/^[\x20-\x7e]+$/.test(value)) throw unread(`${place} holds what no header can`);
  const isBare = header.toLowerCase() === "authorization" && !value.includes(" ");
  return { header, value: isBare ? `Bearer ${value}` : value };
}

/** In the custom resource's own namespace, by the client that everything goes through. */
async function readSecret(
  { name, key }: Extract<RemoteAuth["source"], { kind: "secret" }>,
  { owner, surroundings, signal }: PassContext,
): Promise<string> {
  const type = builtinKind("v1", "Secret")?.resource;
  const { namespace } = owner;
  if (!type || namespace === undefined) {
    throw unread("a custom resource without a namespace has no Secrets, use auth.env");
  }
  const secret = await surroundings.client
    .get({ type, name, namespace }, { signal })
    .catch((cause: unknown) => {
      if (!isNotFound(cause)) throw cause;
      throw unread(`there is no Secret "${namespace}/${name}"`, cause);
    });
  const data = asMap((secret as unknown as JsonObject)["data"]);
  const value = Object.hasOwn(data, key) ? data[key] : undefined;
  if (typeof value !== "string") {
    throw unread(`Secret "${namespace}/${name}" has no key "${key}"`);
  }
  return Buffer.from(value, "base64").toString("utf8");
}

function unread(why: string, cause?: unknown): RemoteError {
  const message = `Cannot read the credential of the remote: ${why}`;
  return new RemoteError("credential", message, { cause });
}

function asMap(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}
