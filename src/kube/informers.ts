/**
 * The informers of the process: one for each selection, shared by all who open it, running while
 * somebody holds it.
 */
import type { KubeObject } from "../schema/object.ts";
import type { Clock } from "../std/clock.ts";
import type { Logger } from "../telemetry/log.ts";
import type { Metrics, Sample } from "../telemetry/metrics.ts";
import type { KubeClient } from "./client.ts";
import type {
  AuditOptions,
  Informer,
  InformerState,
  Informers,
  Selection,
  Store,
  StoreEvent,
} from "./informer.ts";
import { SharedInformer } from "./shared-informer.ts";
import type { Transport } from "./transport.ts";

export interface InformersOptions {
  readonly transport: Transport;
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly metrics: Metrics;
}

export function createInformers(options: InformersOptions): Informers {
  return new InformerRegistry(options);
}

interface Entry {
  readonly informer: SharedInformer;
  holders: number;
}

class InformerRegistry implements Informers {
  readonly #options: InformersOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #countLost: (selection: Selection) => void;
  readonly #countFailure: (selection: Selection) => void;

  constructor(options: InformersOptions) {
    this.#options = options;
    const lost = options.metrics.counter({
      name: "orkestra_informer_lost_events_total",
      help: "Changes that the watch did not tell of and an audit found",
      labels: ["group", "kind"],
    });
    this.#countLost = (selection) => lost.add(labelsOf(selection));
    const failures = options.metrics.counter({
      name: "orkestra_informer_failures_total",
      help: "Lists and watches that failed, and were tried again",
      labels: ["group", "kind"],
    });
    this.#countFailure = (selection) => failures.add(labelsOf(selection));
    options.metrics.onScrape(
      {
        name: "orkestra_informer_objects",
        help: "Objects in the store of informers",
        labels: ["group", "kind"],
      },
      () => this.#sizes(),
    );
  }

  open(selection: Selection): Informer {
    const key = keyOf(selection);
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      const { log } = this.#options;
      const informer = new SharedInformer(selection, {
        ...this.#options,
        log: log.child({ informer: selection.type.plural }),
        onLostEvent: () => this.#countLost(selection),
        onFailure: () => this.#countFailure(selection),
      });
      entry = { informer, holders: 0 };
      this.#entries.set(key, entry);
    }
    const held = entry;
    held.holders++;
    return new InformerHandle(held.informer, () => this.#release(key, held));
  }

  async #release(key: string, entry: Entry): Promise<void> {
    entry.holders--;
    if (entry.holders > 0) return;
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
    await entry.informer.stop();
  }

  /** Two selections of one kind count together. */
  #sizes(): Iterable<Sample> {
    const sizes = new Map<string, { labels: ReturnType<typeof labelsOf>; value: number }>();
    for (const { informer } of this.#entries.values()) {
      const labels = labelsOf(informer.selection);
      const key = `${labels.group}/${labels.kind}`;
      const value = (sizes.get(key)?.value ?? 0) + informer.store.size;
      sizes.set(key, { labels, value });
    }
    return sizes.values();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const informers = [...this.#entries.values()].map(({ informer }) => informer);
    this.#entries.clear();
    await Promise.all(informers.map((informer) => informer.stop()));
  }
}

/** One holder's view: what it subscribed to ends with it. */
class InformerHandle implements Informer {
  readonly #informer: SharedInformer;
  readonly #release: () => Promise<void>;
  readonly #subscriptions = new Set<() => void>();
  #isReleased = false;

  constructor(informer: SharedInformer, release: () => Promise<void>) {
    this.#informer = informer;
    this.#release = release;
  }

  get selection(): Selection {
    return this.#informer.selection;
  }

  get store(): Store {
    return this.#informer.store;
  }

  get state(): InformerState {
    return this.#informer.state;
  }

  get epoch(): number {
    return this.#informer.epoch;
  }

  synced(signal: AbortSignal): Promise<void> {
    return this.#informer.synced(signal);
  }

  subscribe(handler: (event: StoreEvent) => void): () => void {
    const unsubscribe = this.#informer.subscribe(handler);
    this.#subscriptions.add(unsubscribe);
    return () => {
      this.#subscriptions.delete(unsubscribe);
      unsubscribe();
    };
  }

  remember(object: KubeObject): void {
    this.#informer.remember(object);
  }

  expectWrite(key: string): () => void {
    return this.#informer.expectWrite(key);
  }

  audit(options: AuditOptions) {
    return this.#informer.audit(options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isReleased) return;
    this.#isReleased = true;
    for (const unsubscribe of this.#subscriptions) unsubscribe();
    await this.#release();
  }
}

function keyOf({ type, namespace, labelSelector, fieldSelector, keep = "all" }: Selection): string {
  const { group, version, plural } = type;
  return JSON.stringify([group, version, plural, namespace, labelSelector, fieldSelector, keep]);
}

function labelsOf({ type }: Selection): { readonly group: string; readonly kind: string } {
  return { group: type.group, kind: type.kind };
}
