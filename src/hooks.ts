/**
 * `orkestra/hooks`: the types that hooks are written against, and a helper that tries them out. This is
 * the package's door for authors; nothing of the program imports it.
 *
 *     const run = await runHook(hooks, { object, managedResources: [{ apiVersion: "v1", kind: "ConfigMap" }] });
 *     expect(run.objects).toEqual([…]);
 */
import { createHash } from "node:crypto";
import type {
  CustomResource,
  HookLog,
  HookRun,
  Hooks,
  KubernetesObject,
  RunHookOptions,
} from "./hook/author.ts";
import { carriedResult } from "./hook/carry.ts";
import { HookError } from "./hook/error.ts";
import { HANDLERS } from "./hook/protocol.ts";
import { checkResult } from "./hook/result.ts";
import { checkTrialOptions, trialTimeout } from "./hook/trial-options.ts";
import { createWorkerKube } from "./hook/worker-kube.ts";
import { CODE_TIMEOUT_MS } from "./katalog/code-timeout.ts";
import type { ManagedResource, ResolvedCrd } from "./katalog/resolved.ts";
import type { KubeClient } from "./kube/client.ts";
import { Echoes } from "./kube/echoes.ts";
import { createKubeClient } from "./kube/kube-client.ts";
import { answerError } from "./kube/status-error.ts";
import type { Transport } from "./kube/transport.ts";
import { type CustomKind, createHookContext } from "./reconcile/hook-trial.ts";
import { outcomeOf } from "./reconcile/run-hook.ts";
import { type OfflineSandbox, openSandbox } from "./sandbox/sandbox.ts";
import { builtinKind } from "./schema/builtin.ts";
import { CRD_TYPE, crdVersions } from "./schema/crd.ts";
import { apiVersionOf, type KubeObject, type ResourceType } from "./schema/object.ts";
import { systemClock } from "./std/clock.ts";
import { isDeepEqual, type Json, type JsonObject } from "./std/json.ts";
import { silentLogger } from "./telemetry/log.ts";

export type * from "./hook/author.ts";

const NAMESPACES = { apiVersion: "v1", kind: "Namespace" };

/**
 * Calls one handler against a cluster in memory, under the rules of a real run: what `managedResources`
 * does not name is refused, a result that is none throws, and so does a handler that is not over in time.
 * Rejects with what the handler threw.
 *
 * The handler runs in the caller's thread: one that never waits holds the test up, whatever its `timeout`.
 */
export async function runHook<Spec>(
  hooks: Hooks<Spec>,
  options: RunHookOptions<Spec>,
): Promise<HookRun> {
  checkTrialOptions(options);
  const timeoutMs = trialTimeout(options.timeout, CODE_TIMEOUT_MS);
  const { handler = "onReconcile", args = {}, children = {}, managedResources = [] } = options;
  const run = hooks[handler];
  if (!run) throw new TypeError(`Cannot run ${handler}: the hooks have ${handlersOf(hooks)}`);
  using sandbox = openSandbox({ clock: systemClock, log: silentLogger, controllers: "off" });
  const client = createKubeClient(transportTo(sandbox));
  const object = completed(options.object as unknown as KubeObject);
  const custom = await install(options.crds ?? [], client);
  const typeOf = typesOf(custom);
  await openNamespace(object, options.existing ?? [], client);
  for (const one of options.existing ?? []) {
    await restore(one as KubeObject, { type: typeOf(one), owner: object }, client);
  }
  const log: { level: keyof HookLog; message: string }[] = [];
  const crd = entryFor(object, managedResources);
  const kube = createHookContext({ client, object, crd, custom });
  const result = await inTime(timeoutMs, (signal) =>
    run.call(hooks, {
      object: object as unknown as CustomResource<Spec>,
      children,
      args,
      kube: createWorkerKube(async (request) => {
        signal.throwIfAborted();
        return kube.answer(request);
      }),
      log: logTo(log),
      signal,
      attempt: options.attempt ?? 1,
    }),
  );
  const answer = checkResult(carried(result));
  // What a status may not hold is an error here, too.
  outcomeOf(answer, kube);
  const { status, requeueAfterMs, notReady } = answer;
  const lists = managedResources.map(({ apiVersion, kind }) =>
    client.list(typeOf({ apiVersion, kind })),
  );
  const items = (await Promise.all(lists)).flatMap((list) => list.items);
  const objects = items as unknown as readonly KubernetesObject[];
  return { status, requeueAfterMs, notReady, objects, log };
}

/** As a thread and its owner tell it. */
function carried(result: unknown): Json {
  try {
    return carriedResult(result);
  } catch (cause) {
    throw new HookError("nonsense", (cause as Error).message, { cause });
  }
}

/** Aborted, and rejected, when the time is over; as a thread would be told. */
async function inTime<T>(
  timeoutMs: number,
  run: (signal: AbortSignal) => T | Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  let cancel = () => {};
  // Node 20, where tests of hooks may run, has no `Promise.withResolvers`.
  const late = new Promise<never>((_, reject) => {
    cancel = systemClock.schedule(timeoutMs, () => {
      reject(new HookError("timeout", `it did not settle within ${timeoutMs / 1_000} s`));
      controller.abort(new Error("the call is over"));
    });
  });
  try {
    return await Promise.race([run(controller.signal), late]);
  } finally {
    cancel();
  }
}

function handlersOf<Spec>(hooks: Hooks<Spec>): string {
  return HANDLERS.filter((name) => hooks[name]).join(" and ") || "no handler";
}

/** The kinds of these definitions, served from now on. */
async function install(
  crds: readonly KubernetesObject[],
  client: KubeClient,
): Promise<readonly CustomKind[]> {
  for (const crd of crds) {
    if (crd.kind !== CRD_TYPE.kind) {
      throw new TypeError(
        `Cannot run the hook: "crds" holds a ${crd.kind}, expected ${CRD_TYPE.kind}`,
      );
    }
    await client.create(CRD_TYPE, asNew(crd as KubeObject));
  }
  return crds
    .flatMap((crd) => crdVersions(crd as unknown as JsonObject))
    .filter(({ isServed }) => isServed)
    .map(({ resource, schema }) => ({ type: resource, schema }));
}

/** Where a custom resource is, there is its namespace. */
async function openNamespace(
  { metadata: { namespace: name = "" } }: KubeObject,
  existing: readonly KubernetesObject[],
  client: KubeClient,
): Promise<void> {
  const type = typesOf([])(NAMESPACES);
  if (existing.some(({ kind, metadata }) => kind === type.kind && metadata.name === name)) return;
  const { items } = await client.list(type);
  if (items.some(({ metadata }) => metadata.name === name)) return;
  await client.create(type, { ...NAMESPACES, metadata: { name } });
}

function typesOf(custom: readonly CustomKind[]) {
  return ({ apiVersion, kind }: Pick<KubernetesObject, "apiVersion" | "kind">): ResourceType => {
    const isIt = ({ type }: CustomKind) => type.kind === kind && apiVersionOf(type) === apiVersion;
    const type = builtinKind(apiVersion, kind)?.resource ?? custom.find(isIt)?.type;
    if (type) return type;
    throw new Error(
      `Cannot use ${kind} of "${apiVersion}": it is no built-in kind, give its CustomResourceDefinition in "crds"`,
    );
  };
}

/** An object as it was, its status too; a server takes none with a new object. */
async function restore(
  object: KubeObject,
  { type, owner }: { readonly type: ResourceType; readonly owner: KubeObject },
  client: KubeClient,
): Promise<void> {
  const namespace = type.namespaced
    ? (object.metadata.namespace ?? owner.metadata.namespace)
    : undefined;
  const place = namespace === undefined ? {} : { namespace };
  const whole = asNew(object);
  const { status = null } = whole;
  const made = await client.create(type, { ...whole, metadata: { ...whole.metadata, ...place } });
  if (status === null || isDeepEqual((made.status ?? null) as Json, status)) return;
  await client.patch(
    { type, ...place, name: object.metadata.name },
    { status },
    { patchType: "merge", subresource: "status" },
  );
}

/** Without what only a server says. */
function asNew(object: KubeObject): KubeObject {
  const { uid: _, resourceVersion: __, managedFields: ___, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** The same uid for the same name, in the form of a UUID. */
function completed(object: KubeObject): KubeObject {
  const { namespace = "default", name } = object.metadata;
  const text = `${object.apiVersion} ${object.kind} ${namespace}/${name}`;
  const hash = createHash("sha256").update(text).digest("hex");
  const uid = hash.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");
  return { ...object, metadata: { namespace, uid, generation: 1, ...object.metadata } };
}

/** The entry of a Katalog that has this hook and nothing else. */
function entryFor(
  { apiVersion, kind }: KubeObject,
  managedResources: readonly ManagedResource[],
): ResolvedCrd {
  const [group = "", version = ""] = apiVersion.includes("/")
    ? apiVersion.split("/")
    : ["", apiVersion];
  return {
    name: kind.toLowerCase(),
    katalog: "hook-trial",
    isEnabled: true,
    type: { group, version, kind, plural: `${kind.toLowerCase()}s`, namespaced: true },
    customResources: [],
    labels: {},
    dependsOn: [],
    workers: 1,
    resyncMs: 15_000,
    queue: { maxDepth: 0, failureThreshold: 5, retryBackoffMs: [] },
    allowedNamespaces: [],
    box: {
      children: [],
      onDelete: { groups: [], timeoutMs: 0 },
      status: { hasConditions: false, fields: [] },
      normalize: {},
      finalizers: [],
      hooks: {
        role: "hooks",
        module: "",
        files: {},
        timeoutMs: 0,
        managedResources,
        args: {},
        runHooksFirst: false,
      },
    },
  };
}

function logTo(lines: { level: keyof HookLog; message: string }[]): HookLog {
  const write = (level: keyof HookLog) => (message: string) => void lines.push({ level, message });
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
}

/** The wire to a sandbox that has no socket. */
function transportTo(sandbox: OfflineSandbox): Transport {
  return {
    server: "sandbox",
    echoes: new Echoes(),
    async request({ method, path, body = "", contentType, accept = "application/json" }) {
      const url = new URL(path, "http://sandbox");
      const answer = sandbox.handle({
        method,
        path: url.pathname,
        query: url.searchParams,
        headers: { accept, "content-type": contentType ?? "application/json" },
        body,
      });
      if (answer.kind === "stream") throw new Error("Cannot watch in a trial of hooks");
      const { status } = answer;
      if (status >= 400) {
        const what = `${method} ${path}`;
        throw answerError({ status, retryAfter: null, body: answer.body, what, now: Date.now() });
      }
      return answer.body === "" ? {} : (JSON.parse(answer.body) as JsonObject);
    },
    stream: () => Promise.reject(new Error("Cannot watch in a trial of hooks")),
    [Symbol.dispose]() {},
  };
}
