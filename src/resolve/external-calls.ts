/** `onDelete.external`, as declared → resolved: calls to outside services, each one judged as far as its text tells. */
import type { ExternalDocument } from "../katalog/external.ts";
import { readCallUrl } from "../katalog/external-url.ts";
import { hasFixedOrigin } from "../katalog/remote-endpoint.ts";
import type { CallCredential, ExternalCall } from "../katalog/resolved.ts";
import { retryWaits } from "../katalog/retry-backoff.ts";
import type { PathSegment } from "../std/json.ts";
import { checkCallTimeout, checkTimeout, FRAMING_HEADERS, resolveAuth } from "./code.ts";
import { resolveConditional } from "./conditions.ts";
import type { EntryScope } from "./entry.ts";

const DEFAULT_TIMEOUT_MS = 10_000;
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

type Path = readonly PathSegment[];

export function resolveCalls(
  scope: EntryScope,
  documents: readonly ExternalDocument[],
  path: Path,
): readonly ExternalCall[] {
  const names = new Set<string>();
  return documents.map((document, index) => {
    const place = [...path, index];
    checkName(scope, { name: document.name, names }, place);
    names.add(document.name);
    return resolveCall(scope, document, place);
  });
}

function resolveCall(scope: EntryScope, document: ExternalDocument, path: Path): ExternalCall {
  const { name, query, headers = {}, body, timeout = DEFAULT_TIMEOUT_MS } = document;
  const url = withoutLiterals(document.url);
  const { method = "GET", expectedStatus = ["2xx"], continueOnError = false } = document;
  checkProtocol(scope, document, path);
  checkIdle(scope, document, path);
  checkMethod(scope, document, path);
  checkTimeout(scope, timeout, path);
  checkCallTimeout(scope, timeout, path);
  checkHeaders(scope, document, path);
  checkStatuses(scope, expectedStatus, path);
  const credential = resolveCredential(scope, document, path);
  checkUrl(scope, { url, credential }, path);
  return {
    id: `onDelete.external[${path.at(-1)}]`,
    name,
    url,
    query: (query ?? {}) as ExternalCall["query"],
    method: method.includes("{{") ? method : method.toUpperCase(),
    headers,
    ...(body !== undefined && { body }),
    ...(credential && { credential }),
    timeoutMs: timeout,
    expectedStatus: expectedStatus.map((one) => one.toLowerCase()),
    continueOnError,
    retryBackoffMs: document.retryBackoff === undefined ? [] : retryWaits(document.retryBackoff),
    ...resolveConditional(scope, document, path),
  };
}

/** An action that is nothing but text, as inputs of Motifs become, is that text: it decides nothing. */
function withoutLiterals(template: string): string {
  return template.replace(/\{\{ *\(("(?:[^"\\]|\\["\\])*")\) *\}\}/g, (action, text: string) => {
    const literal = JSON.parse(text) as string;
    return literal.includes("{{") ? action : literal;
  });
}

/** Templates read it as `.external.<name>`. */
function checkName(
  scope: EntryScope,
  { name, names }: { readonly name: string; readonly names: ReadonlySet<string> },
  path: Path,
): void {
  const place = [...path, "name"];
  if (!/^[A-Za-z_][\w-]*$/.test(name)) {
    const message = `Cannot name a call "${name}": expected letters, digits, - and _`;
    const hint = "Templates read what came of it as .external.<name>";
    scope.report({ code: "bad-name", message, hint }, place);
  } else if (names.has(name)) {
    const message = `Two calls are named "${name}": expected a name of its own for each`;
    scope.report({ code: "duplicate-name", message }, place);
  }
}

function checkProtocol(scope: EntryScope, { protocol }: ExternalDocument, path: Path): void {
  if (protocol === undefined || ["http", "https"].includes(protocol)) return;
  const message = `Cannot make a call by the protocol "${protocol}": this build makes http calls only`;
  const hint = "Leave it out, and name the URL of a service that speaks HTTP";
  scope.report({ code: "unsupported", message, hint }, [...path, "protocol"]);
}

/** Settings that this build knows and does not act on. */
function checkIdle(scope: EntryScope, { sleep, cacheFor }: ExternalDocument, path: Path): void {
  if (sleep !== undefined) {
    const message = 'Cannot act on "sleep": this build does not support it yet';
    const hint =
      "A call begins when the one before it has ended; retryBackoff says when it is tried again";
    const place = [...path, "sleep"];
    scope.report({ code: "unsupported", message, hint, at: scope.position(place, "key") }, place);
  }
  if (cacheFor === undefined) return;
  const message =
    '"cacheFor" does nothing here: a call that was good is not repeated in a deletion';
  const place = [...path, "cacheFor"];
  const at = scope.position(place, "key");
  scope.report({ code: "unsupported", severity: "notice", message, at }, place);
}

function checkMethod(scope: EntryScope, { method = "GET", body }: ExternalDocument, path: Path) {
  const upper = method.toUpperCase();
  if (method.includes("{{")) return;
  if (!METHODS.includes(upper)) {
    const message = `Cannot use the method "${method}": expected one of ${METHODS.join(", ")}`;
    scope.report({ code: "bad-method", message }, [...path, "method"]);
  } else if (body !== undefined && ["GET", "HEAD"].includes(upper)) {
    const message = `Cannot send a body with ${upper}: it means nothing there`;
    const hint = 'Name a method such as "POST"';
    scope.report({ code: "bad-method", message, hint }, [...path, "body"]);
  }
}

/** Those that say what is sent, and what is wanted, are the user's to choose. */
const OWN_HEADERS = /^(content-type|content-language|accept|accept-language)$/i;

function checkHeaders(
  scope: EntryScope,
  { headers = {}, token, auth }: ExternalDocument,
  path: Path,
): void {
  const secret = auth ? (auth.header ?? "Authorization") : token !== undefined && "Authorization";
  for (const name of Object.keys(headers)) {
    const isOurs = FRAMING_HEADERS.test(name) && !OWN_HEADERS.test(name);
    const isTwice = secret && name.toLowerCase() === secret.toLowerCase();
    if (/^[A-Za-z0-9_-]+$/.test(name) && !isOurs && !isTwice) continue;
    const why = isTwice ? `: ${auth ? "auth" : "token"} gives it` : " as the name of a header";
    const place = [...path, "headers", name];
    const at = scope.position(place, "key");
    scope.report({ code: "bad-header", message: `Cannot use "${name}"${why}`, at }, place);
  }
}

function checkStatuses(scope: EntryScope, statuses: readonly string[], path: Path): void {
  for (const status of statuses) {
    if (/^[2-5](\d\d|xx)$/i.test(status)) continue;
    const message = `Cannot expect the status "${status}": expected a status such as 204, or a class such as 2xx`;
    scope.report({ code: "bad-status", message }, [...path, "expectedStatus"]);
  }
  if (statuses.length > 0) return;
  const message = "Cannot expect no status at all: no answer would be good";
  scope.report({ code: "bad-status", message }, [...path, "expectedStatus"]);
}

function resolveCredential(
  scope: EntryScope,
  { token: written, auth }: ExternalDocument,
  path: Path,
): CallCredential | undefined {
  const token = written === undefined ? undefined : withoutLiterals(written);
  if (auth) {
    if (token !== undefined) {
      const message = 'Cannot send two credentials: expected one of "token" and "auth"';
      scope.report({ code: "bad-auth", message }, [...path, "token"]);
    }
    const resolved = resolveAuth(scope, auth, [...path, "auth"]);
    return resolved && { kind: "auth", auth: resolved };
  }
  if (token === undefined) return undefined;
  const [, name] = /^\$\{?([A-Za-z_]\w*)\}?$/.exec(token.trim()) ?? [];
  if (name !== undefined) return { kind: "variable", name };
  if (!token.includes("{{")) {
    const message = "A token stands in the Katalog: whoever reads the Katalog has it";
    const hint = "Name a variable, as $NAME, or a Secret with auth.secretRef";
    const issue = { code: "open-secret", severity: "warning", message, hint } as const;
    scope.report(issue, [...path, "token"]);
  }
  return { kind: "token", token };
}

/** What is written down is judged now; what templates give, when it is there. */
function checkUrl(
  scope: EntryScope,
  { url, credential }: { readonly url: string; readonly credential: CallCredential | undefined },
  path: Path,
): void {
  const place = [...path, "url"];
  if (!url.includes("{{")) {
    const found = readCallUrl(url, scope.settings.allowHttp ?? false);
    if (found.kind === "url") return;
    const message = `Cannot call it: ${found.why}`;
    scope.report({ code: "bad-url", message }, place);
    return;
  }
  // One that data gives is the data's own.
  const isOfData = credential?.kind === "token" && credential.token.includes("{{");
  if (!credential || isOfData || hasFixedOrigin(url)) return;
  const message = "Cannot send a credential to a host that a template decides";
  const hint = "Write scheme, host and port down; the path may hold templates";
  scope.report({ code: "bad-url", message, hint }, place);
}
