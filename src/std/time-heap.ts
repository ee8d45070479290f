/** Keys by due time, each at most once; the earliest due time of a key wins. */

interface Entry<Key, Value> {
  readonly key: Key;
  readonly dueMs: number;
  readonly value: Value;
}

/** Below this, entries that were replaced take no room worth a word. */
const SMALL = 64;

export class TimeHeap<Key, Value> {
  /** A binary heap; entries that were replaced stay until they surface. */
  #heap: Entry<Key, Value>[] = [];
  readonly #current = new Map<Key, Entry<Key, Value>>();

  get size(): number {
    return this.#current.size;
  }

  get earliestMs(): number | undefined {
    this.#dropReplaced();
    return this.#heap[0]?.dueMs;
  }

  /** The key that is due before all others. */
  get earliest(): Key | undefined {
    this.#dropReplaced();
    return this.#heap[0]?.key;
  }

  has(key: Key): boolean {
    return this.#current.has(key);
  }

  add(key: Key, dueMs: number, value: Value): void {
    const known = this.#current.get(key);
    if (known && known.dueMs <= dueMs) return;
    const entry = { key, dueMs, value };
    this.#current.set(key, entry);
    this.#heap.push(entry);
    this.#siftUp(this.#heap.length - 1);
  }

  /** Removes and gives everything that is due at `nowMs`, earliest first. */
  *takeDue(nowMs: number): Generator<readonly [Key, Value]> {
    for (;;) {
      this.#dropReplaced();
      const first = this.#heap[0];
      if (!first || first.dueMs > nowMs) return;
      this.#pop();
      this.#current.delete(first.key);
      yield [first.key, first.value];
    }
  }

  /** Tells whether the key was there. */
  delete(key: Key): boolean {
    const wasThere = this.#current.delete(key);
    // What is due in an hour surfaces in an hour: keys that come and go in between must not pile up.
    if (this.#heap.length > SMALL && this.#heap.length > 2 * this.size) this.#compact();
    return wasThere;
  }

  clear(): void {
    this.#heap = [];
    this.#current.clear();
  }

  /** A list in order of time is a heap. */
  #compact(): void {
    this.#heap = [...this.#current.values()].sort((left, right) => left.dueMs - right.dueMs);
  }

  #dropReplaced(): void {
    for (;;) {
      const first = this.#heap[0];
      if (!first || this.#current.get(first.key) === first) return;
      this.#pop();
    }
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (!last || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#siftDown(0);
  }

  #siftUp(start: number): void {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#isBefore(index, parent)) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #siftDown(start: number): void {
    let index = start;
    for (;;) {
      const left = 2 * index + 1;
      let least = index;
      if (left < this.#heap.length && this.#isBefore(left, least)) least = left;
      if (left + 1 < this.#heap.length && this.#isBefore(left + 1, least)) least = left + 1;
      if (least === index) return;
      this.#swap(index, least);
      index = least;
    }
  }

  #isBefore(left: number, right: number): boolean {
    return (this.#heap[left]?.dueMs ?? 0) < (this.#heap[right]?.dueMs ?? 0);
  }

  #swap(left: number, right: number): void {
    const held = this.#heap[left] as Entry<Key, Value>;
    this.#heap[left] = this.#heap[right] as Entry<Key, Value>;
    this.#heap[right] = held;
  }
}
