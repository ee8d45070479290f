/**
 * What reconciles did and why, for `ork why`: the last ones of each custom resource that changed something
 * or failed. What changed nothing leaves no trace, apart from when the key comes next.
 *
 * Guarantees: bounded in bytes, whatever happens: at most {@link MAX_ENTRIES} for each custom resource and
 * `maxChars` in all; past that whoever was quiet for longest is forgotten first. Entries are kept as text,
 * which takes a fraction of what objects would.
 */
import type { HistoryEntry } from "./history-entry.ts";

/** When a key comes next by itself, beside resyncs and changes. */
export interface Next {
  readonly why: "retry" | "requeue" | "waited";
  /** Milliseconds since the Unix epoch. */
  readonly atMs: number;
}

/** How the last reconcile ended, where that is not "settled". */
export interface Unsettled {
  readonly result: "waiting" | "retry" | "stuck";
  readonly message: string;
  /** Failures in a row. */
  readonly failures: number;
}

export interface KeyHistory {
  /** Newest first. */
  readonly entries: readonly (HistoryEntry & {
    readonly times?: number;
    readonly lastAt?: string;
  })[];
  readonly next?: Next;
  readonly unsettled?: Unsettled;
}

interface Kept {
  text: string;
  /** Stands for a failure; one that repeats is one entry that counts. */
  readonly failure: string | undefined;
  times: number;
  lastAtMs: number;
}

interface State {
  readonly next?: Next;
  readonly unsettled?: Unsettled;
}

const MAX_ENTRIES = 10;
/** 10,000 custom resources with three children each take some 4 million characters. */
const MAX_CHARS = 8_000_000;

export class History {
  readonly #maxChars: number;
  /** In the order of the last entry. */
  readonly #entries = new Map<string, Kept[]>();
  readonly #states = new Map<string, State>();
  #chars = 0;

  constructor({ maxChars = MAX_CHARS }: { readonly maxChars?: number } = {}) {
    this.#maxChars = maxChars;
  }

  /** Characters that are kept. */
  get size(): number {
    return this.#chars;
  }

  record(id: string, entry: HistoryEntry | undefined, state: State): void {
    if (state.next || state.unsettled) this.#states.set(id, state);
    else this.#states.delete(id);
    if (entry) this.#keep(id, entry);
  }

  next(id: string): Next | undefined {
    return this.#states.get(id)?.next;
  }

  /** The custom resource is gone; what it was through stays until room is needed. */
  settle(id: string): void {
    this.#states.delete(id);
  }

  of(id: string): KeyHistory {
    const entries = (this.#entries.get(id) ?? []).map(({ text, times, lastAtMs }) => ({
      ...(JSON.parse(text) as HistoryEntry),
      ...(times > 1 && { times, lastAt: new Date(lastAtMs).toISOString() }),
    }));
    return { entries: entries.reverse(), ...this.#states.get(id) };
  }

  #keep(id: string, entry: HistoryEntry): void {
    const kept = this.#entries.get(id) ?? [];
    const last = kept.at(-1);
    const lastAtMs = Date.parse(entry.at);
    const failure = failureOf(entry);
    if (last?.failure !== undefined && last.failure === failure) {
      last.times++;
      last.lastAtMs = lastAtMs;
      return;
    }
    const text = JSON.stringify(entry);
    kept.push({ text, failure, times: 1, lastAtMs });
    this.#chars += text.length;
    if (kept.length > MAX_ENTRIES) this.#chars -= kept.shift()?.text.length ?? 0;
    this.#entries.delete(id);
    this.#entries.set(id, kept);
    this.#makeRoom();
  }

  #makeRoom(): void {
    for (const [id, kept] of this.#entries) {
      if (this.#chars <= this.#maxChars) return;
      for (const { text } of kept) this.#chars -= text.length;
      this.#entries.delete(id);
    }
  }
}

/** `undefined` for what changed something: that is told, whatever went wrong beside it. */
function failureOf({ changes, message }: HistoryEntry): string | undefined {
  if (message === undefined) return undefined;
  const failed = changes.filter(({ action }) => action === "failed" || action === "skipped");
  if (failed.length < changes.length) return undefined;
  return [message, ...failed.map(({ kind, name, reason }) => `${kind} ${name} ${reason}`)].join(
    "\n",
  );
}
