/** One box with everything around it replaced: the informer is driven by the test, no wire, no time. */
import type { ResolvedCrd } from "../../../src/katalog/resolved.ts";
import type { ApiResource } from "../../../src/kube/api-resource.ts";
import type { KubeClient } from "../../../src/kube/client.ts";
import type { Informer, InformerState, Selection, StoreEvent } from "../../../src/kube/informer.ts";
import type { Program } from "../../../src/reconcile/program.ts";
import type { ReconcileOptions } from "../../../src/reconcile/reconcile.ts";
import type { CrEvent } from "../../../src/reconcile/surroundings.ts";
import { Box } from "../../../src/runtime/box.ts";
import type { BoxEnvironment, ReconcilerPlace } from "../../../src/runtime/box-environment.ts";
import { createBoxMetrics } from "../../../src/runtime/box-metrics.ts";
import type { Leadership } from "../../../src/runtime/leadership.ts";
import { type KubeObject, objectKey } from "../../../src/schema/object.ts";
import type { Outcome } from "../../../src/status/outcome.ts";
import { Bell } from "../../../src/std/bell.ts";
import { silentLogger } from "../../../src/telemetry/log.ts";
import { createMetrics } from "../../../src/telemetry/metrics.ts";
import { manualClock } from "../../support/manual-clock.ts";

export const LAMP: ApiResource = {
  group: "home.dev",
  version: "v1",
  kind: "Lamp",
  plural: "lamps",
  namespaced: true,
  singular: "lamp",
  shortNames: [],
  categories: [],
  verbs: ["list", "watch"],
  subresources: [],
  hasStatus: false,
};

export function lamp(name: string, metadata: Partial<KubeObject["metadata"]> = {}): KubeObject {
  return {
    apiVersion: "home.dev/v1",
    kind: "Lamp",
    metadata: { name, namespace: "ns", uid: `uid-${name}`, resourceVersion: "1", ...metadata },
  };
}

/** An informer whose store, state and events the test decides. */
class FakeInformer {
  readonly objects = new Map<string, KubeObject>();
  readonly #handlers = new Set<(event: StoreEvent) => void>();
  readonly selection: Selection;
  state: InformerState = { kind: "watching" };
  epoch = 1;

  constructor(selection: Selection) {
    this.selection = selection;
  }

  readonly store = {
    get: (key: string) => this.objects.get(key),
    values: () => this.objects.values(),
    byOwner: () => [],
  };

  async synced(): Promise<void> {}

  subscribe(handler: (event: StoreEvent) => void): () => void {
    for (const object of this.objects.values()) handler({ kind: "added", object, isInitial: true });
    this.#handlers.add(handler);
    return () => this.#handlers.delete(handler);
  }

  add(object: KubeObject): void {
    this.objects.set(objectKey(object.metadata), object);
    for (const handler of this.#handlers) handler({ kind: "added", object, isInitial: false });
  }

  remove(object: KubeObject): void {
    this.objects.delete(objectKey(object.metadata));
    for (const handler of this.#handlers) handler({ kind: "deleted", object });
  }

  async audit() {
    return { kind: "skipped" as const };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.state = { kind: "stopped" };
  }
}

export interface BoxHarnessOptions {
  readonly crd?: Partial<ResolvedCrd>;
  readonly childKinds?: Program["childKinds"];
  readonly client?: Partial<KubeClient>;
  /** Objects of the first list. */
  readonly objects?: readonly KubeObject[];
  readonly reconcile?: (key: string) => Promise<Outcome>;
  readonly createReconciler?: BoxEnvironment["createReconciler"];
  readonly leadership?: Leadership;
  /** The dependency that is not met; the test rings `changed` when it says something else. */
  readonly unmet?: () => string | undefined;
  /** The cluster serves the kind from the start, unless told otherwise. */
  readonly isServed?: boolean;
  /** By `reconcile`, where it takes part: the signal of the pass. */
  readonly onSignal?: (signal: AbortSignal) => void;
}

export const SETTLED: Outcome = { kind: "settled", changes: [] };

export function openBox(options: BoxHarnessOptions = {}) {
  const clock = manualClock();
  const metrics = createMetrics();
  /** What discovery says; the test may change it. */
  const served: { type: ApiResource | undefined } = {
    type: options.isServed === false ? undefined : LAMP,
  };
  const informers: FakeInformer[] = [];
  const reconciled: string[] = [];
  const places: ReconcilerPlace[] = [];
  const events: CrEvent[] = [];
  const reconcile = options.reconcile ?? (async () => SETTLED);
  const crd = {
    name: "lamp",
    katalog: "home",
    type: LAMP,
    workers: 1,
    resyncMs: 60_000,
    queue: { maxDepth: 0, failureThreshold: 5, retryBackoffMs: [] },
    customResources: [],
    dependsOn: [],
    box: { children: [], onDelete: { groups: [] } },
    ...options.crd,
  } as unknown as ResolvedCrd;
  const changed = new Bell();
  const environment = {
    client: { list: async () => ({ items: [], resourceVersion: "1" }), ...options.client },
    informers: {
      open(selection: Selection) {
        const informer = new FakeInformer(selection);
        if (informers.length === 0) {
          for (const object of options.objects ?? []) {
            informer.objects.set(objectKey(object.metadata), object);
          }
        }
        informers.push(informer);
        return informer as unknown as Informer;
      },
    },
    discovery: {
      findPlural: async () => served.type,
      findKind: async ({ kind }: { kind: string }) =>
        served.type && { ...served.type, kind, plural: `${kind}s` },
      refresh: async () => {},
    },
    clock,
    random: () => 0,
    metrics: createBoxMetrics(metrics),
    log: silentLogger,
    installCrds: "never",
    installResources: "never",
    changed,
    ...(options.leadership && { leadership: options.leadership }),
    emit: (event: CrEvent) => void events.push(event),
    createReconciler:
      options.createReconciler ??
      ((_: Program, place: ReconcilerPlace) => {
        places.push(place);
        return {
          reconcile: async (key: string, { signal }: ReconcileOptions) => {
            reconciled.push(key);
            options.onSignal?.(signal);
            return reconcile(key);
          },
        };
      }),
  } as unknown as BoxEnvironment;
  const program = { crd, childKinds: options.childKinds ?? [] } as unknown as Program;
  const box = new Box({
    program,
    environment,
    crds: [program.crd],
    configDigest: "sha256:one",
    unmet: options.unmet ?? (() => undefined),
  });
  const draining = new AbortController();
  const aborting = new AbortController();
  const ended = box.run({ draining: draining.signal, aborting: aborting.signal });
  return {
    box,
    clock,
    metrics,
    changed,
    served,
    informers,
    reconciled,
    places,
    events,
    ended,
    async stop() {
      draining.abort(new Error("stopping"));
      await ended;
    },
    drain: () => draining.abort(new Error("stopping")),
  };
}

/** Lets everything run that waits for nothing but its turn. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}
