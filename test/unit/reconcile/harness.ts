/** A box in miniature: a compiled CRD entry, a fake cluster, a clock, and the reconciler between. */

import type { ExternalAccess } from "../../../src/hook/external-call.ts";
import type { RemoteAccess } from "../../../src/hook/remote-call.ts";
import type {
  BoxPlaces,
  ChildEntry,
  DeletePlan,
  OperatorBox,
  ResolvedCrd,
  StatusField,
} from "../../../src/katalog/resolved.ts";
import { KubeError } from "../../../src/kube/error.ts";
import { compileProgram, type Program } from "../../../src/reconcile/program.ts";
import { createReconciler, type Reconciler } from "../../../src/reconcile/reconcile.ts";
import type { CrEvent, Hooks } from "../../../src/reconcile/surroundings.ts";
import { builtinKind } from "../../../src/schema/builtin.ts";
import type { SchemaNode } from "../../../src/schema/node.ts";
import { type KubeObject, parseApiVersion, type ResourceType } from "../../../src/schema/object.ts";
import type { Outcome } from "../../../src/status/outcome.ts";
import type { JsonObject } from "../../../src/std/json.ts";
import { createKatalogDialect } from "../../../src/template/katalog-dialect.ts";
import { FakeKube } from "../../support/fake-kube.ts";

export const WEBSITE: ResourceType = {
  group: "example.io",
  version: "v1",
  kind: "Website",
  plural: "websites",
  namespaced: true,
};
export const GADGET: ResourceType = {
  group: "gadgets.io",
  version: "v1",
  kind: "Gadget",
  plural: "gadgets",
  namespaced: true,
};
export const CLUSTER_GADGET: ResourceType = {
  group: "gadgets.io",
  version: "v1",
  kind: "Realm",
  plural: "realms",
  namespaced: false,
};

function builtin(apiVersion: string, kind: string): ResourceType {
  const found = builtinKind(apiVersion, kind);
  if (!found) throw new Error(`no built-in kind ${kind}`);
  return found.resource;
}
export const DEPLOYMENT = builtin("apps/v1", "Deployment");
export const CONFIG_MAP = builtin("v1", "ConfigMap");
export const SECRET = builtin("v1", "Secret");
export const SERVICE = builtin("v1", "Service");
export const JOB = builtin("batch/v1", "Job");

let entries = 0;
export function child(
  key: ChildEntry["key"],
  fields: JsonObject,
  more: Partial<ChildEntry> = {},
): ChildEntry {
  return {
    id: `onReconcile.${key}[${entries++}]`,
    key,
    mode: "reconcile",
    fields,
    labels: {},
    annotations: {},
    forceConflict: true,
    adopt: false,
    recreate: false,
    whenFalse: "delete",
    crossNamespace: false,
    ...more,
  };
}

export function field(path: string, value: string, more: Partial<StatusField> = {}): StatusField {
  return { path, value, type: "string", clearOnFalse: false, ...more };
}

export const when = (field: string, equals: string) => [
  { field, operator: "equals", operand: equals, isNegated: false },
];

export interface HarnessOptions {
  readonly children?: readonly ChildEntry[];
  readonly fields?: readonly StatusField[];
  readonly onDelete?: Partial<DeletePlan>;
  readonly box?: Partial<OperatorBox>;
  readonly crd?: Partial<ResolvedCrd>;
  readonly places?: BoxPlaces;
  readonly kube?: FakeKube;
  readonly digest?: string;
  /** Of the Website. */
  readonly schema?: SchemaNode;
  /** The user's code. */
  readonly hooks?: Hooks;
  readonly remote?: RemoteAccess;
  readonly external?: ExternalAccess;
  /** The only namespace that its caches of children cover. */
  readonly namespace?: string;
}

export class Harness {
  readonly kube: FakeKube;
  readonly program: Program;
  readonly events: CrEvent[] = [];
  /** Jobs that went by their time to live, as the watch told. */
  readonly expired: KubeObject[] = [];
  /** Kinds that may not be watched. */
  readonly forbidden = new Set<string>();
  /** Kinds whose API does not answer. */
  readonly down = new Set<string>();
  readonly primary: ReturnType<FakeKube["cacheOf"]>;
  readonly #caches = new Map<string, ReturnType<FakeKube["cacheOf"]>>();
  readonly #reconciler: Reconciler;
  nowMs = Date.parse("2026-11-22T12:00:00Z");
  #randomByte = 0;

  readonly #options: HarnessOptions;

  constructor(options: HarnessOptions) {
    const { children = [], fields = [], onDelete = {}, box, crd, kube } = options;
    this.#options = options;
    this.kube = kube ?? new FakeKube();
    const resolved: ResolvedCrd = {
      name: "website",
      katalog: "demo",
      isEnabled: true,
      type: WEBSITE,
      customResources: [],
      labels: {},
      dependsOn: [],
      workers: 1,
      resyncMs: 15_000,
      queue: { maxDepth: 0, failureThreshold: 5, retryBackoffMs: [] },
      allowedNamespaces: [],
      box: {
        children,
        onDelete: { groups: [], timeoutMs: 300_000, ...onDelete },
        status: { hasConditions: true, fields },
        normalize: {},
        finalizers: [],
        ...box,
      },
      ...crd,
    };
    const compiled = compileProgram(resolved, createKatalogDialect(), options.places);
    if (compiled.kind === "failed")
      throw new Error(compiled.issues.map(({ message }) => message).join("\n"));
    this.program = compiled.program;
    this.primary = this.kube.cacheOf(WEBSITE);
    this.#reconciler = createReconciler(this.program, {
      katalogName: "web",
      configDigest: options.digest ?? "sha256:one",
      type: WEBSITE,
      hasStatusSubresource: true,
      client: this.kube,
      primary: this.primary,
      children: {
        get: (type) => (this.forbidden.has(type.kind) ? undefined : this.cache(type)),
        takeExpired: () => this.expired.splice(0),
        open: async (type) => {
          if (!this.forbidden.has(type.kind)) return this.cache(type);
          throw new KubeError(`${type.plural} is forbidden`, { status: 403, reason: "Forbidden" });
        },
      },
      lookupKind: async (apiVersion, kind) => {
        if (this.down.has(kind)) throw new KubeError(`${kind} is away`, { status: 503 });
        const { group, version } = parseApiVersion(apiVersion);
        return [GADGET, CLUSTER_GADGET].find(
          (type) => type.group === group && type.version === version && type.kind === kind,
        );
      },
      schemaOf: (type) => (type.kind === WEBSITE.kind ? options.schema : undefined),
      clock: { now: () => this.nowMs, monotonicMs: () => this.nowMs, schedule: () => () => {} },
      random: (size) =>
        new Uint8Array(size).map(() => (this.#randomByte = (this.#randomByte * 7 + 13) % 256)),
      timeZone: "UTC",
      ...(options.hooks && { hooks: options.hooks }),
      ...(options.remote && { remote: options.remote }),
      ...(options.external && { external: options.external }),
      emit: (event) => this.events.push(event),
      log: {
        debug() {},
        info() {},
        warn() {},
        error() {},
        child() {
          return this;
        },
      },
    });
  }

  cache(type: ResourceType): ReturnType<FakeKube["cacheOf"]> {
    const key = `${type.kind}.${type.group}`;
    const { namespace } = this.#options;
    const known =
      this.#caches.get(key) ?? this.kube.cacheOf(type, { ...(namespace && { namespace }) });
    this.#caches.set(key, known);
    return known;
  }

  create(spec: JsonObject, metadata: JsonObject = {}): KubeObject {
    return this.kube.put(WEBSITE, {
      apiVersion: "example.io/v1",
      kind: "Website",
      metadata: { name: "shop", namespace: "default", ...metadata },
      spec,
    });
  }

  edit(spec: JsonObject): void {
    this.kube.edit(WEBSITE, "shop", (object) => {
      object["spec"] = spec;
    });
  }

  reconcile(key = "default/shop", signal = new AbortController().signal): Promise<Outcome> {
    return this.#reconciler.reconcile(key, { signal });
  }

  get contestedCount(): number {
    return this.#reconciler.contestedCount?.() ?? 0;
  }

  /** The same box in a new process: nothing is remembered. */
  restart(options: Partial<HarnessOptions> = {}): Harness {
    return new Harness({ ...this.#options, ...options, kube: this.kube });
  }

  /** The requests of one reconcile. */
  async writesOf(): Promise<string[]> {
    this.kube.forgetRequests();
    await this.reconcile();
    return this.kube.requests.map(({ verb, kind, name, subresource }) =>
      [verb, kind, name, ...(subresource ? [subresource] : [])].join(" "),
    );
  }

  get website(): KubeObject {
    const found = this.kube.read(WEBSITE, "shop");
    if (!found) throw new Error("the Website is gone");
    return found;
  }

  get status(): JsonObject {
    // A copy: matchers write into what they are given.
    return structuredClone(this.website.status ?? {}) as JsonObject;
  }

  condition(type = "Ready"): JsonObject | undefined {
    return (this.status["conditions"] as JsonObject[] | undefined)?.find(
      (each) => each["type"] === type,
    );
  }
}
