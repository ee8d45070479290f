/**
 * What a call of `onDelete` sends: everything that its templates give, held against what a request may be,
 * with the credential that the Katalog names.
 */
import type { ExternalRequest } from "../hook/external-call.ts";
import { secretsOf } from "../hook/remote-call.ts";
import { RemoteError } from "../hook/remote-error.ts";
import { isHostWritten, readCallUrl } from "../katalog/external-url.ts";
import type { ExternalCall } from "../katalog/resolved.ts";
import { isJsonObject, type Json } from "../std/json.ts";
import type { Scope, TemplateValue } from "../template/template.ts";
import type { PassContext } from "./context.ts";
import { type Credential, credentialOf, isHeaderValue, readCredential } from "./credential.ts";
import type { CallProgram } from "./external-program.ts";

/** Throws a `RemoteError` "endpoint" or "credential", or what a template threw. */
export async function callRequest(
  program: CallProgram,
  scope: Scope,
  context: PassContext,
): Promise<ExternalRequest> {
  const { environment, evaluations, signal, surroundings } = context;
  const { call } = program;
  const given = await evaluations.run(environment, (own) => ({
    url: program.url.evaluate(scope, own),
    query: program.query.evaluate(scope, own),
    method: program.method.evaluate(scope, own),
    headers: program.headers.evaluate(scope, own),
    body: program.body.evaluate(scope, own),
    token: program.token.evaluate(scope, own),
  }));
  const url = urlOf(call, given.url, surroundings.external?.allowHttp ?? false);
  addQuery(url, given.query);
  const method = methodOf(call, given.method);
  const { body, contentType } = bodyOf(given.body);
  const own = headersOf(call, given.headers);
  const credential = await credentialFor(call, given.token, context);
  const headers = {
    accept: "*/*",
    // The limit counts what is read.
    "accept-encoding": "identity",
    "user-agent": "orkestra",
    ...(contentType && { "content-type": contentType }),
    ...own,
    ...(credential && { [credential.header.toLowerCase()]: credential.value }),
  };
  return {
    name: call.name,
    url,
    reach: isHostWritten(call.url, url) ? "inside" : "public",
    method,
    headers,
    body,
    secrets: secretsOf(credential),
    unspoken: likelySecrets(own, given.query),
    isExpected: (status) => isExpected(call, status),
    timeoutMs: call.timeoutMs,
    signal,
  };
}

function refused({ name }: ExternalCall, why: string): RemoteError {
  return new RemoteError("endpoint", `Cannot call "${name}": ${why}`);
}

function urlOf(call: ExternalCall, given: TemplateValue, allowHttp: boolean): URL {
  const found = readCallUrl(String(given ?? "").trim(), allowHttp);
  if (found.kind === "refused") throw refused(call, found.why);
  return found.url;
}

/** What renders empty is not sent; a list is sent as one pair for each. */
function addQuery(url: URL, query: TemplateValue): void {
  if (!isJsonObject(query)) return;
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? (value as readonly Json[]) : [value]) {
      const text = textOf(one);
      if (text !== "") url.searchParams.append(name, text);
    }
  }
}

/** Source: RFC 9110, 9.1, without those that no service of this kind takes. */
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

function methodOf(call: ExternalCall, given: TemplateValue): string {
  const method = String(given ?? "")
    .trim()
    .toUpperCase();
  if (METHODS.includes(method)) return method;
  throw refused(call, `its method is none of ${METHODS.join(", ")}`);
}

/** By names in lower case. */
function headersOf(call: ExternalCall, given: TemplateValue): Readonly<Record<string, string>> {
  const headers: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(isJsonObject(given) ? given : {})) {
    const text = textOf(value);
    if (text === "") continue;
    if (!isHeaderValue(text)) {
      throw refused(call, `its header "${name}" holds what no header can`);
    }
    headers[name.toLowerCase()] = text;
  }
  return headers;
}

function bodyOf(given: TemplateValue): { readonly body?: string; readonly contentType?: string } {
  if (given === undefined || given === null || given === "") return {};
  if (typeof given === "object") {
    return { body: JSON.stringify(given), contentType: "application/json" };
  }
  const body = String(given);
  return { body, contentType: isJsonText(body) ? "application/json" : "text/plain; charset=utf-8" };
}

function isJsonText(text: string): boolean {
  try {
    return typeof JSON.parse(text) === "object";
  } catch {
    return false;
  }
}

async function credentialFor(
  { name, credential }: ExternalCall,
  token: TemplateValue,
  context: PassContext,
): Promise<Credential | undefined> {
  const whose = `the call "${name}"`;
  const header = "authorization";
  switch (credential?.kind) {
    case undefined:
      return undefined;
    case "auth":
      return readCredential(credential.auth, whose, context);
    case "variable": {
      const text = context.surroundings.external?.variable(credential.name);
      return credentialOf({ text, place: `the variable ${credential.name}`, header }, whose);
    }
    case "token":
      return credentialOf({ text: textOf(token), place: "its token", header }, whose);
    default:
      return credential satisfies never;
  }
}

/** Nobody hides a word that short. */
const MIN_SECRET_LENGTH = 4;
/** Headers that say what is sent and wanted. */
const OPEN_HEADERS: ReadonlySet<string> = new Set(["content-type", "accept"]);

/** Values of headers and of the query: any of them may be what a service knows us by. */
function likelySecrets(
  headers: Readonly<Record<string, string>>,
  query: TemplateValue,
): readonly string[] {
  const values = Object.keys(headers)
    .filter((name) => !OPEN_HEADERS.has(name))
    .map((name) => headers[name] ?? "");
  const asked = isJsonObject(query) ? Object.values(query).flat().map(textOf) : [];
  return [...values, ...asked].filter((value) => value.length >= MIN_SECRET_LENGTH);
}

function isExpected({ expectedStatus }: ExternalCall, status: number): boolean {
  return expectedStatus.some((one) =>
    one.endsWith("xx") ? Math.floor(status / 100) === Number(one[0]) : Number(one) === status,
  );
}

function textOf(value: TemplateValue): string {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
