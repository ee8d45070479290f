/** `hooks`, `constructor` and `remote` of an entry, as declared → resolved. */
import type { AuthDocument, HooksDocument, RemoteDocument } from "../katalog/code.ts";
import { CODE_TIMEOUT_MS } from "../katalog/code-timeout.ts";
import type { CrdEntry } from "../katalog/document.ts";
import { hasFixedOrigin, readEndpoint } from "../katalog/remote-endpoint.ts";
import type { HooksPlan, ManagedResource, RemoteAuth, RemotePlan } from "../katalog/resolved.ts";
import { formatDuration } from "../std/duration.ts";
import type { JsonObject, PathSegment } from "../std/json.ts";
import type { EntryScope } from "./entry.ts";
import { type ModuleFile, readModule } from "./module-files.ts";
import type { DocumentReader } from "./reader.ts";

export interface EntryCode {
  readonly hooks?: HooksPlan;
  readonly remote?: RemotePlan;
  /** Of the module of `hooks`, itself first. */
  readonly files: readonly ModuleFile[];
}

type ReconcileDocument = NonNullable<NonNullable<CrdEntry["operatorBox"]>["reconcile"]>;

const RECONCILE = ["operatorBox", "reconcile"];

export async function resolveCode(scope: EntryScope, reader: DocumentReader): Promise<EntryCode> {
  const reconcile = scope.declared.entry.operatorBox?.reconcile;
  if (!reconcile) return { files: [] };
  const { hooks, remote, replacement } = reconcile;
  checkTogether(scope, reconcile);
  const role = replacement ? "constructor" : "hooks";
  const document = replacement ?? hooks;
  const found = document && (await resolveHooks(scope, { document, role }, reader));
  return {
    files: found?.files ?? [],
    ...(found && { hooks: found.plan }),
    ...(remote && { remote: resolveRemote(scope, remote) }),
  };
}

const DECLARATIONS = [
  "onCreate",
  "onReconcile",
  "onDelete",
  "normalize",
  "hooks",
  "remote",
] as const;

function checkTogether(scope: EntryScope, reconcile: ReconcileDocument): void {
  if (reconcile.replacement) {
    for (const key of DECLARATIONS) {
      if (reconcile[key] === undefined) continue;
      const message = `Cannot have "${key}" beside a constructor: the module makes everything`;
      const hint = 'Name the module with "hooks" to have both';
      scope.report({ code: "two-reconcilers", message, hint }, [...RECONCILE, key]);
    }
  } else if (reconcile.default === false) {
    const message = "Cannot leave the declarative reconciler out: nothing would be left";
    const hint = 'Name a module with "constructor" that takes its place';
    scope.report({ code: "unsupported", message, hint }, [...RECONCILE, "default"]);
  }
}

interface HooksParts {
  readonly document: HooksDocument;
  readonly role: HooksPlan["role"];
}

async function resolveHooks(
  scope: EntryScope,
  { document, role }: HooksParts,
  reader: DocumentReader,
): Promise<{ readonly plan: HooksPlan; readonly files: readonly ModuleFile[] } | undefined> {
  const path = [...RECONCILE, role];
  const { module, timeout = CODE_TIMEOUT_MS, args = {}, runHooksFirst = false } = document;
  checkTimeout(scope, timeout, path);
  const managedResources = resolveManaged(scope, document.managedResources, path);
  const place = [...path, "module"];
  const files = await readModule(scope, { path: module, place }, reader);
  const [main] = files ?? [];
  if (!files || !main) return undefined;
  const digests = files.map(({ path, digest }): [string, string] => [path, digest]);
  const plan: HooksPlan = {
    role,
    module: main.path,
    files: Object.fromEntries(digests.sort(([a], [b]) => (a < b ? -1 : 1))),
    timeoutMs: timeout,
    managedResources,
    args,
    runHooksFirst,
  };
  return { plan, files };
}

function resolveRemote(scope: EntryScope, document: RemoteDocument): RemotePlan {
  const path = [...RECONCILE, "remote"];
  const { endpoint, timeout = CODE_TIMEOUT_MS, args = {}, payload = {} } = document;
  checkTimeout(scope, timeout, path);
  checkCallTimeout(scope, timeout, path);
  checkEndpoint(scope, document, path);
  checkPayload(scope, payload, path);
  const auth = document.auth && resolveAuth(scope, document.auth, [...path, "auth"]);
  return {
    endpoint,
    timeoutMs: timeout,
    ...(auth && { auth }),
    args,
    payload,
    managedResources: resolveManaged(scope, document.managedResources, path),
  };
}

/** Runtimes end requests that take longer, whatever we say. */
const MAX_REMOTE_TIMEOUT_MS = 240_000;

export function checkCallTimeout(
  scope: EntryScope,
  ms: number,
  path: readonly PathSegment[],
): void {
  if (ms <= MAX_REMOTE_TIMEOUT_MS) return;
  const most = formatDuration(MAX_REMOTE_TIMEOUT_MS);
  const isRemote = path.at(-1) === "remote";
  const message = `Cannot wait ${formatDuration(ms)} for a ${isRemote ? "remote" : "call"}: the most is ${most}`;
  const hint = isRemote
    ? 'Let it answer "requeue" at once, and ask again later'
    : "Let it answer an error until it is done, and it is called again";
  scope.report({ code: "bad-duration", message, hint }, [...path, "timeout"]);
}

/** What is written down is judged now; what templates give, when it is there. */
function checkEndpoint(
  scope: EntryScope,
  { endpoint, auth }: RemoteDocument,
  path: readonly PathSegment[],
): void {
  const place = [...path, "endpoint"];
  if (!endpoint.includes("{{")) {
    const found = readEndpoint(endpoint);
    if (found.kind === "url") return;
    scope.report({ code: "bad-endpoint", message: `Cannot ask the remote: ${found.why}` }, place);
  } else if (auth && !hasFixedOrigin(endpoint)) {
    const message = "Cannot send a credential to a host that a template decides";
    const hint = "Write scheme, host and port down; the path may hold templates";
    scope.report({ code: "bad-endpoint", message, hint }, place);
  }
}

/** Keys of the question that are ours. */
const REQUEST_KEYS = ["key", "gvk", "object", "args", "prepared"];

function checkPayload(scope: EntryScope, payload: JsonObject, path: readonly PathSegment[]): void {
  for (const key of REQUEST_KEYS) {
    if (payload[key] === undefined) continue;
    const message = `Cannot send "${key}" in the payload: every question has a "${key}" of its own`;
    scope.report({ code: "bad-payload", message }, [...path, "payload", key]);
  }
}

/** What says how a message is read is not for a credential: RFC 9110, RFC 9112. */
export const FRAMING_HEADERS =
  /^(host|connection|content-.*|transfer-encoding|te|upgrade|expect|accept.*|keep-alive|trailer)$/i;

export function resolveAuth(
  scope: EntryScope,
  { secretRef, env, header = "Authorization" }: AuthDocument,
  path: readonly PathSegment[],
): RemoteAuth | undefined {
  if ((secretRef === undefined) === (env === undefined)) {
    const message = `Cannot read the credential of the ${path.includes("remote") ? "remote" : "call"}: expected one of "secretRef" and "env"`;
    scope.report({ code: "bad-auth", message }, path);
    return undefined;
  }
  if (!/^[A-Za-z0-9-]+$/.test(header) || FRAMING_HEADERS.test(header)) {
    const message = `Cannot use "${header}" as the name of a header`;
    scope.report({ code: "bad-auth", message }, [...path, "header"]);
  }
  if (secretRef) return { source: { kind: "secret", ...secretRef }, header };
  return { source: { kind: "env", name: env ?? "" }, header };
}

export function checkTimeout(
  scope: EntryScope,
  timeoutMs: number,
  path: readonly PathSegment[],
): void {
  if (timeoutMs > 0) return;
  const message = "Cannot use a timeout of 0: the code would never have time to answer";
  scope.report({ code: "bad-duration", message }, [...path, "timeout"]);
}

const API_VERSION = /^([a-z0-9]([a-z0-9.-]*[a-z0-9])?\/)?v\d[a-z0-9]*$/;

function resolveManaged(
  scope: EntryScope,
  declared: HooksDocument["managedResources"] = [],
  path: readonly PathSegment[],
): readonly ManagedResource[] {
  return declared.map(({ apiVersion, kind, namespace }, index) => {
    const place = [...path, "managedResources", index];
    if (!API_VERSION.test(apiVersion)) {
      const message = `Cannot manage resources of "${apiVersion}": expected an apiVersion such as v1 or apps/v1`;
      scope.report({ code: "bad-kind", message }, [...place, "apiVersion"]);
    }
    if (!/^[A-Za-z][A-Za-z0-9]*$/.test(kind)) {
      const message = `Cannot manage resources of kind "${kind}": expected a kind such as ConfigMap`;
      scope.report({ code: "bad-kind", message }, [...place, "kind"]);
    }
    return { apiVersion, kind, ...(namespace ? { namespace } : {}) };
  });
}
