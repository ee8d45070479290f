/**
 * What a service is sent to know us by, from a Secret in the custom resource's namespace or from the
 * environment. Read anew each time, so that one that changes is used at once; in no message is its value.
 */
import { RemoteError } from "../hook/remote-error.ts";
import type { RemoteAuth } from "../katalog/resolved.ts";
import { isNotFound } from "../kube/error.ts";
import { builtinKind } from "../schema/builtin.ts";
import { isJsonObject, type JsonObject } from "../std/json.ts";
import type { PassContext } from "./context.ts";

export interface Credential {
  readonly header: string;
  readonly value: string;
}

/** `whose`: `the remote`, for messages. Throws a `RemoteError` "credential". */
export async function readCredential(
  { source, header }: RemoteAuth,
  whose: string,
  context: PassContext,
): Promise<Credential> {
  if (source.kind === "secret") {
    const text = await readSecret(source, whose, context);
    return credentialOf({ text, place: `Secret "${source.name}"`, header }, whose);
  }
  const { remote, external } = context.surroundings;
  const text = (external ?? remote)?.variable(source.name);
  return credentialOf({ text, place: `the variable ${source.name}`, header }, whose);
}

export interface CredentialText {
  readonly text: string | undefined;
  /** Where it is from, for messages. */
  readonly place: string;
  readonly header: string;
}

/** A bare token is a `Bearer`. */
export function credentialOf({ text, place, header }: CredentialText, whose: string): Credential {
  const value = (text ?? "").trim();
  if (value === "") throw unread(whose, `${place} holds none, set it`);
  if (!isHeaderValue(value)) throw unread(whose, `${place} holds what no header can`);
  const isBare = header.toLowerCase() === "authorization" && !value.includes(" ");
  return { header, value: isBare ? `Bearer ${value}` : value };
}

/** One line of visible characters: RFC 9110, 5.5. */
export function isHeaderValue(text: string): boolean {
  return /^[\x20-\x7e]+$/.test(text);
}

/** In the custom resource's own namespace, by the client that everything goes through. */
async function readSecret(
  { name, key }: Extract<RemoteAuth["source"], { kind: "secret" }>,
  whose: string,
  { owner, surroundings, signal }: PassContext,
): Promise<string> {
  const type = builtinKind("v1", "Secret")?.resource;
  const { namespace } = owner;
  if (!type || namespace === undefined) {
    throw unread(whose, "a custom resource without a namespace has no Secrets, use auth.env");
  }
  const secret = await surroundings.client
    .get({ type, name, namespace }, { signal })
    .catch((cause: unknown) => {
      if (!isNotFound(cause)) throw cause;
      throw unread(whose, `there is no Secret "${namespace}/${name}"`, cause);
    });
  const { data } = secret as unknown as JsonObject;
  const value = isJsonObject(data) && Object.hasOwn(data, key) ? data[key] : undefined;
  if (typeof value !== "string") {
    throw unread(whose, `Secret "${namespace}/${name}" has no key "${key}"`);
  }
  return Buffer.from(value, "base64").toString("utf8");
}

function unread(whose: string, why: string, cause?: unknown): RemoteError {
  return new RemoteError("credential", `Cannot read the credential of ${whose}: ${why}`, { cause });
}
