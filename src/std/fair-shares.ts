/**
 * Bounded concurrency among parties that must not starve each other: a party may begin something as
 * long as it holds fewer slots than are free, and up to `least` in any case. Whoever is alone gets half
 * of the slots; parties that never give theirs back halve what is left, and cannot take anybody's least.
 *
 * Source: dynamic queue thresholds for shared buffers, Choudhury and Hahne (1998), with alpha = 1.
 */
import { type Waiter, waitForTurn } from "./turns.ts";

export interface FairSharesOptions {
  readonly slots: number;
  /** Of each party, beyond `slots` when those are taken. */
  readonly least: number;
}

export interface Share {
  /** Resolves when a slot is taken; rejects with the signal's reason when aborted before. */
  acquire(signal?: AbortSignal): Promise<void>;
  /** Gives a slot back; exactly once for each `acquire` that resolved. */
  release(): void;
}

interface Party {
  held: number;
  readonly waiting: Waiter[];
}

export class FairShares {
  readonly #parties: Party[] = [];
  readonly #shares = new Map<string, Share>();
  readonly #least: number;
  /** Below zero when parties needed their least. */
  #free: number;
  /** Whose turn it is when a slot comes back. */
  #turn = 0;

  constructor({ slots, least }: FairSharesOptions) {
    this.#least = least;
    this.#free = slots;
  }

  /** The share of the party of that name; it stays the same one. */
  of(name: string): Share {
    const share = this.#shares.get(name) ?? this.#join();
    this.#shares.set(name, share);
    return share;
  }

  #join(): Share {
    const party: Party = { held: 0, waiting: [] };
    this.#parties.push(party);
    return {
      acquire: (signal) => this.#acquire(party, signal),
      release: () => {
        party.held--;
        this.#free++;
        this.#serve();
      },
    };
  }

  async #acquire(party: Party, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (party.waiting.length === 0 && this.#mayTake(party)) {
      this.#take(party);
      return;
    }
    await waitForTurn(party.waiting, signal);
  }

  /** Hands out what is free, to one party after the other. */
  #serve(): void {
    for (let passed = 0; passed < this.#parties.length; ) {
      const party = this.#parties[this.#turn++ % this.#parties.length] as Party;
      if (this.#serveOne(party)) passed = 0;
      else passed++;
    }
  }

  #serveOne(party: Party): boolean {
    while (party.waiting.length > 0 && this.#mayTake(party)) {
      if (!party.waiting.shift()?.()) continue;
      this.#take(party);
      return true;
    }
    return false;
  }

  #mayTake({ held }: Party): boolean {
    return held < Math.max(this.#free, this.#least);
  }

  #take(party: Party): void {
    party.held++;
    this.#free--;
  }
}
