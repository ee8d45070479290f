/**
 * Ready keys in order, each at most once.
 *
 * Guarantees: a key is handed to one worker at a time; an add during its processing is not lost
 * but handed out after `done`; of two adds the higher priority holds. Background keys yield to
 * live ones, but one that waited for `agingMs` goes first, so that nothing starves.
 * (Dirty and processing sets: client-go `util/workqueue/queue.go`.)
 */
import type { Clock } from "../std/clock.ts";
import { Fifo } from "./fifo.ts";
import type { Priority, ReadyQueue, TakenKey } from "./queue.ts";

export interface ReadyOptions {
  readonly clock: Clock;
  /** @default 1000 */
  readonly agingMs?: number;
}

interface Waiting {
  readonly priority: Priority;
  readonly sinceMs: number;
}

export function createReadyQueue<Key>(options: ReadyOptions): ReadyQueue<Key> {
  return new Ready<Key>(options);
}

class Ready<Key> implements ReadyQueue<Key> {
  readonly #clock: Clock;
  readonly #agingMs: number;
  /** Keys that are to be handed out, once no worker holds them. */
  readonly #dirty = new Map<Key, Waiting>();
  readonly #processing = new Set<Key>();
  readonly #lanes: Readonly<Record<Priority, Fifo<Key>>> = {
    live: new Fifo(),
    background: new Fifo(),
  };
  readonly #takers = new Fifo<(taken: TakenKey<Key> | undefined) => void>();
  #isShutDown = false;

  constructor({ clock, agingMs = 1000 }: ReadyOptions) {
    this.#clock = clock;
    this.#agingMs = agingMs;
  }

  get depth(): number {
    return this.#dirty.size;
  }

  get active(): number {
    return this.#processing.size;
  }

  add(key: Key, priority: Priority): void {
    if (this.#isShutDown) return;
    const waiting = this.#dirty.get(key);
    if (waiting?.priority === "live" || waiting?.priority === priority) return;
    const sinceMs = waiting?.sinceMs ?? this.#clock.monotonicMs();
    this.#dirty.set(key, { priority, sinceMs });
    if (this.#processing.has(key)) return;
    this.#lanes[priority].push(key);
    this.#serve();
  }

  take(): Promise<TakenKey<Key> | undefined> {
    const taken = this.#next();
    if (taken || this.#isShutDown) return Promise.resolve(taken);
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  done(key: Key): void {
    this.#processing.delete(key);
    const waiting = this.#dirty.get(key);
    if (!waiting) return;
    this.#lanes[waiting.priority].push(key);
    this.#serve();
  }

  shutDown(): void {
    this.#isShutDown = true;
    this.#serve();
    for (let taker = this.#takers.shift(); taker; taker = this.#takers.shift()) taker(undefined);
  }

  #serve(): void {
    while (this.#takers.length > 0) {
      const taken = this.#next();
      if (!taken) return;
      this.#takers.shift()?.(taken);
    }
  }

  #next(): TakenKey<Key> | undefined {
    const now = this.#clock.monotonicMs();
    const first = this.#hasAged(now) ? "background" : "live";
    const second = first === "live" ? "background" : "live";
    return this.#nextOf(first, now) ?? this.#nextOf(second, now);
  }

  #hasAged(now: number): boolean {
    const oldest = this.#peek("background");
    return oldest !== undefined && now - oldest.sinceMs >= this.#agingMs;
  }

  #nextOf(lane: Priority, now: number): TakenKey<Key> | undefined {
    const waiting = this.#peek(lane);
    if (!waiting) return undefined;
    const key = this.#lanes[lane].shift() as Key;
    this.#dirty.delete(key);
    this.#processing.add(key);
    return { key, priority: waiting.priority, waitedMs: now - waiting.sinceMs };
  }

  /** The head of a lane, past keys that moved to the other lane or are held by a worker. */
  #peek(lane: Priority): Waiting | undefined {
    const keys = this.#lanes[lane];
    while (keys.length > 0) {
      const key = keys.peek() as Key;
      const waiting = this.#dirty.get(key);
      if (waiting?.priority === lane && !this.#processing.has(key)) return waiting;
      keys.shift();
    }
    return undefined;
  }
}
