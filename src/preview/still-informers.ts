/**
 * Informers for a look at one moment: one list each and no watch. What a plan's writes answer is laid
 * over it, as the live ones do it with the answers of real writes.
 */
import type { KubeClient } from "../kube/client.ts";
import type { Informer, InformerState, Informers, Selection } from "../kube/informer.ts";
import { ObjectStore, strip } from "../kube/store.ts";
import { compileLabelSelector } from "../sandbox/store/selectors.ts";
import { type KubeObject, objectKey } from "../schema/object.ts";
import { unlessAborted } from "../std/unless-aborted.ts";
import type { PlannedAddress, PlannedWorld, WorldListener } from "./planned-world.ts";

export interface StillInformersOptions {
  readonly client: Pick<KubeClient, "list">;
  readonly world: PlannedWorld;
  readonly signal: AbortSignal;
}

const PAGE = 500;

export function createStillInformers(options: StillInformersOptions): Informers {
  const opened = new Map<string, StillInformer>();
  return {
    open(selection) {
      const { type, namespace, labelSelector, fieldSelector, keep } = selection;
      const place = [
        type.group,
        type.version,
        type.plural,
        namespace,
        labelSelector,
        fieldSelector,
      ];
      const key = JSON.stringify([...place, keep]);
      const known = opened.get(key) ?? new StillInformer(selection, options);
      opened.set(key, known);
      return known;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...opened.values()].map((informer) => informer.ended()));
    },
  };
}

class StillInformer implements Informer, WorldListener {
  readonly selection: Selection;
  readonly store = new ObjectStore();
  readonly epoch = 0;
  readonly #listed: Promise<void>;
  #state: InformerState = { kind: "listing" };

  constructor(selection: Selection, options: StillInformersOptions) {
    this.selection = selection;
    options.world.listen(this);
    this.#listed = this.#list(options);
    // Whoever waits for it hears of it; others see it in the state.
    this.#listed.catch(() => {});
  }

  get state(): InformerState {
    return this.#state;
  }

  synced(signal: AbortSignal): Promise<void> {
    return unlessAborted(this.#listed, signal);
  }

  subscribe(): () => void {
    return () => {};
  }

  remember(object: KubeObject): void {
    // The store takes what it is given apart; what is only planned is part of other things, too.
    this.store.put(structuredClone(strip(object, this.selection.keep)));
  }

  expectWrite(): () => void {
    return () => {};
  }

  async audit() {
    return { kind: "skipped" } as const;
  }

  gone(address: PlannedAddress): void {
    if (this.#isOf(address)) this.store.delete(objectKey(address));
  }

  dying(address: PlannedAddress, object: KubeObject): void {
    if (this.#isOf(address) && this.store.get(objectKey(address))) this.remember(object);
  }

  #isOf({ type: { group, plural } }: PlannedAddress): boolean {
    const { type } = this.selection;
    return type.group === group && type.plural === plural;
  }

  async ended(): Promise<void> {
    await this.#listed.catch(() => {});
    this.#state = { kind: "stopped" };
  }

  /** The holders of it come and go; what was listed stays for the whole plan. */
  async [Symbol.asyncDispose](): Promise<void> {}

  async #list({ client, world, signal }: StillInformersOptions): Promise<void> {
    const { type, keep: _, ...scope } = this.selection;
    try {
      let continueToken: string | undefined;
      do {
        const page = await client.list(type, {
          ...scope,
          limit: PAGE,
          signal,
          ...(continueToken !== undefined && { continueToken }),
        });
        for (const object of page.items) this.#take(object, world);
        continueToken = page.continueToken;
      } while (continueToken !== undefined);
      this.#takePlanned(world);
      this.#state = { kind: "watching" };
    } catch (error) {
      const known = error instanceof Error ? error : new Error(String(error));
      this.#state = { kind: "retrying", error: known, attempts: 1 };
      throw error;
    }
  }

  /** What the start itself brings along. Children are remembered by whoever makes them. */
  #takePlanned(world: PlannedWorld): void {
    const { type, namespace, labelSelector, fieldSelector, keep } = this.selection;
    for (const object of world.newObjects(type)) {
      const { metadata } = object;
      if (namespace !== undefined && metadata.namespace !== namespace) continue;
      // What a selector of fields means is known to the server alone.
      if (fieldSelector !== undefined) continue;
      if (labelSelector === undefined || compileLabelSelector(labelSelector)(object)) {
        this.store.put(structuredClone(strip(object, keep)));
      }
    }
  }

  #take(object: KubeObject, world: PlannedWorld): void {
    const { type, keep } = this.selection;
    const { name, namespace } = object.metadata;
    const stored = this.store.put(strip(object, keep));
    const address = { type, name, ...(namespace !== undefined && { namespace }) };
    if (world.planned(address) === undefined) world.noteLive(address, stored);
  }
}
