/**
 * What the cluster would hold if the planned writes were made: the live objects as they were read, with
 * the answers of dry runs laid over them. A dry run stores nothing, so what one planned write builds on
 * another is kept here.
 */
import { type KubeObject, objectKey, type ResourceType } from "../schema/object.ts";
import type { ServedResource } from "../schema/resource.ts";

/** One object by kind, namespace and name, whatever version of its kind is spoken. */
export interface PlannedAddress {
  readonly type: Pick<ResourceType, "group" | "plural">;
  readonly namespace?: string;
  readonly name: string;
}

/** Told of what is deleted, so that no later look finds it, or finds it on its way. */
export interface WorldListener {
  gone(address: PlannedAddress): void;
  /** Deleted, and held by finalizers. */
  dying(address: PlannedAddress, object: KubeObject): void;
}

export class PlannedWorld {
  readonly #live = new Map<string, KubeObject>();
  readonly #planned = new Map<string, KubeObject | "gone">();
  readonly #new = new Set<string>();
  readonly #kinds = new Map<string, ServedResource[]>();
  readonly #listeners: WorldListener[] = [];

  listen(listener: WorldListener): void {
    this.#listeners.push(listener);
  }

  /** The server told of it. */
  noteLive(address: PlannedAddress, object: KubeObject): void {
    this.#live.set(keyOf(address), object);
  }

  /** As the server holds it, where it was read before. */
  live(address: PlannedAddress): KubeObject | undefined {
    return this.#live.get(keyOf(address));
  }

  /** After the planned writes; `undefined`: none concerned it. */
  planned(address: PlannedAddress): KubeObject | "gone" | undefined {
    return this.#planned.get(keyOf(address));
  }

  /** Only this plan made it: the server knows nothing of it. */
  isNew(address: PlannedAddress): boolean {
    return this.#new.has(keyOf(address));
  }

  create(address: PlannedAddress, object: KubeObject): void {
    this.#planned.set(keyOf(address), object);
    this.#new.add(keyOf(address));
  }

  /** Everything of one kind that only this plan makes. */
  newObjects({ group, plural }: PlannedAddress["type"]): readonly KubeObject[] {
    const prefix = `${kindKey({ group, plural })} `;
    return [...this.#new].flatMap((key) => {
      const object = key.startsWith(prefix) ? this.#planned.get(key) : undefined;
      return object === undefined || object === "gone" ? [] : [object];
    });
  }

  change(address: PlannedAddress, object: KubeObject): void {
    this.#planned.set(keyOf(address), object);
  }

  /** Deleted, and held for a while. */
  hold(address: PlannedAddress, object: KubeObject): void {
    this.change(address, object);
    for (const listener of this.#listeners) listener.dying(address, object);
  }

  remove(address: PlannedAddress): void {
    this.#planned.set(keyOf(address), "gone");
    this.#new.delete(keyOf(address));
    for (const listener of this.#listeners) listener.gone(address);
  }

  /** A kind that the server will serve once a planned CRD is there. */
  addKind(resource: ServedResource): void {
    const key = kindKey(resource);
    this.#kinds.set(key, [...(this.#kinds.get(key) ?? []), resource]);
  }

  /** All versions of kinds that are not there yet. */
  newKinds(): readonly ServedResource[] {
    return [...this.#kinds.values()].flat();
  }

  isNewKind(type: PlannedAddress["type"]): boolean {
    return this.#kinds.has(kindKey(type));
  }
}

function keyOf({ type, ...metadata }: PlannedAddress): string {
  return `${kindKey(type)} ${objectKey(metadata)}`;
}

function kindKey({ group, plural }: PlannedAddress["type"]): string {
  return `${plural}.${group}`;
}
