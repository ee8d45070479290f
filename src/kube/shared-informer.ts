/**
 * One watch, its mirror, and those who share it. Runs from its making until it is stopped; whatever
 * goes wrong in between is retried and shows in `state`.
 */
import type { KubeObject } from "../schema/object.ts";
import type { Clock } from "../std/clock.ts";
import { sleep } from "../std/sleep.ts";
import { unlessAborted } from "../std/unless-aborted.ts";
import type { Logger } from "../telemetry/log.ts";
import { Auditor } from "./audit.ts";
import type { KubeClient } from "./client.ts";
import type {
  AuditOptions,
  AuditReport,
  InformerState,
  Selection,
  StoreEvent,
} from "./informer.ts";
import { Mirror } from "./mirror.ts";
import { Outage } from "./outage.ts";
import type { ObjectStore } from "./store.ts";
import type { Transport } from "./transport.ts";
import { type WatchEvent, watchList } from "./watch.ts";

export interface SharedInformerOptions {
  readonly transport: Transport;
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  /** An audit found an object whose event was never told. */
  readonly onLostEvent: () => void;
  /** A list or a watch failed, and is tried again. */
  readonly onFailure: () => void;
}

export type StoreEventHandler = (event: StoreEvent) => void;

/** After a fault of this program: long enough not to fill the log. */
const FAULT_PAUSE_MS = 5_000;

export class SharedInformer {
  readonly selection: Selection;
  readonly #options: SharedInformerOptions;
  readonly #mirror: Mirror;
  readonly #auditor: Auditor;
  readonly #handlers = new Set<StoreEventHandler>();
  readonly #stopping = new AbortController();
  readonly #firstList = Promise.withResolvers<void>();
  readonly #running: Promise<void>;
  #epoch = 0;
  #state: InformerState = { kind: "listing" };
  readonly #outage: Outage;

  constructor(selection: Selection, options: SharedInformerOptions) {
    this.selection = selection;
    this.#options = options;
    this.#mirror = new Mirror(selection, (event) => this.#emit(event));
    this.#auditor = new Auditor({
      selection,
      mirror: this.#mirror,
      client: options.client,
      clock: options.clock,
      onLost: options.onLostEvent,
    });
    const { clock, log } = options;
    this.#outage = new Outage({ kind: selection.type.kind, clock, log });
    // Nobody may be waiting for it when it is stopped.
    this.#firstList.promise.catch(() => undefined);
    this.#running = this.#run();
  }

  get store(): ObjectStore {
    return this.#mirror.store;
  }

  get state(): InformerState {
    return this.#state;
  }

  get epoch(): number {
    return this.#epoch;
  }

  synced(signal: AbortSignal): Promise<void> {
    return unlessAborted(this.#firstList.promise, signal);
  }

  subscribe(handler: StoreEventHandler): () => void {
    // A wrapper, so that one handler may subscribe twice.
    const own: StoreEventHandler = (event) => handler(event);
    for (const object of this.store.values()) {
      this.#call(own, { kind: "added", object, isInitial: true });
    }
    this.#handlers.add(own);
    return () => this.#handlers.delete(own);
  }

  remember(object: KubeObject): void {
    this.#mirror.remember(object);
  }

  expectWrite(key: string): () => void {
    return this.#mirror.expectWrite(key);
  }

  async audit(options: AuditOptions): Promise<AuditReport> {
    // A store that is being filled, or is known to be behind, differs for good reasons.
    if (this.#state.kind !== "watching") return { kind: "skipped" };
    return this.#auditor.audit(options);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    this.#outage.stop();
    this.#state = { kind: "stopped" };
    this.#handlers.clear();
    const { kind } = this.selection.type;
    this.#firstList.reject(new Error(`Cannot wait for the list of ${kind}: its informer stopped`));
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const { transport, clock, random } = this.#options;
    while (!signal.aborted) {
      try {
        for await (const event of watchList(this.selection, { transport, signal, clock, random })) {
          this.#handle(event);
        }
      } catch (error) {
        if (signal.aborted) return;
        this.#options.onFailure();
        this.#outage.broken(error as Error);
        this.#state = { kind: "retrying", error: error as Error, attempts: 1 };
        await sleep(FAULT_PAUSE_MS, { clock, signal }).catch(() => undefined);
      }
    }
  }

  #handle(event: WatchEvent): void {
    switch (event.kind) {
      case "reset-started":
        this.#state = { kind: "listing" };
        this.#mirror.startReset(event);
        break;
      case "changed":
        for (const change of event.changes) this.#mirror.change(change);
        break;
      case "reset-done":
        this.#mirror.finishReset(event.resourceVersion);
        this.#epoch++;
        this.#firstList.resolve();
        this.#state = { kind: "watching" };
        this.#outage.answered();
        break;
      case "progress":
        this.#mirror.progress(event.resourceVersion);
        break;
      case "watching":
        this.#state = { kind: "watching" };
        this.#outage.answered();
        break;
      case "failed":
        this.#failed(event);
        break;
      default:
        event satisfies never;
    }
  }

  #failed({ error, attempts }: WatchEvent & { readonly kind: "failed" }): void {
    this.#options.onFailure();
    this.#state = { kind: "retrying", error, attempts };
    this.#outage.failed(error, attempts);
  }

  #emit(event: StoreEvent): void {
    for (const handler of this.#handlers) this.#call(handler, event);
  }

  #call(handler: StoreEventHandler, event: StoreEvent): void {
    try {
      handler(event);
    } catch (error) {
      const { kind } = this.selection.type;
      this.#options.log.error("A handler of store events failed", { kind, error });
    }
  }
}
