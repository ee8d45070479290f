/**
 * What reconciles did and why, for `ork why`: the last ones of each custom resource that changed something
 * or failed. What changed nothing leaves no trace, apart from when the key comes next.
 *
 * Guarantees: bounded in bytes, whatever happens: at most {@link MAX_ENTRIES} for each custom resource and
 * `maxChars` in all; past that whoever was quiet for longest is forgotten first. Entries are kept as text,
 * which takes a fraction of what objects would; the last one of a custom resource may be a draft.
 */
import type { Json } from "../std/json.ts";
import { type Failure, isSameFailure } from "../std/same-failure.ts";
import { type CreationDraft, entryOfDraft } from "./creation-draft.ts";
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
  content: string | CreationDraft;
  /** One that repeats is one entry that counts. */
  readonly failure: Failure | undefined;
  times: number;
  /** RFC 3339; of one that counts. */
  lastAt?: string;
}

interface State {
  readonly next?: Next;
  readonly unsettled?: Unsettled;
}

interface PassState extends State {
  /** Of the custom resource, as the cache holds it after the pass. */
  readonly status?: Json | undefined;
  /** Of the custom resource. */
  readonly generation?: number | undefined;
}

const MAX_ENTRIES = 10;
/** 10,000 custom resources with three children each take some 4 million characters. */
const MAX_CHARS = 8_000_000;
/** What a draft counts as: about the text of most. */
const DRAFT_CHARS = 500;

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

  record(
    id: string,
    entry: HistoryEntry | undefined,
    { status, generation, ...state }: PassState,
  ): void {
    this.#note(id, state);
    this.#writeOut(id, entry === undefined ? status : undefined);
    if (entry) this.#keep(id, entry, generation);
  }

  /** The same, for an entry that is made when somebody looks. */
  recordDraft(id: string, draft: CreationDraft, state: State): void {
    this.#note(id, state);
    this.#writeOut(id);
    this.#push(id, { content: draft, failure: undefined, times: 1 });
  }

  next(id: string): Next | undefined {
    return this.#states.get(id)?.next;
  }

  /** The custom resource is gone; what it was through stays until room is needed. */
  settle(id: string): void {
    this.#states.delete(id);
    this.#writeOut(id);
  }

  of(id: string): KeyHistory {
    const entries = (this.#entries.get(id) ?? []).map(({ content, times, lastAt }) => ({
      ...entryOf(content),
      ...(lastAt !== undefined && { times, lastAt }),
    }));
    return { entries: entries.reverse(), ...this.#states.get(id) };
  }

  #note(id: string, state: State): void {
    if (state.next || state.unsettled) this.#states.set(id, state);
    else this.#states.delete(id);
  }

  /** A draft stays one as long as what it holds is what the cache holds. */
  #writeOut(id: string, status?: Json | undefined): void {
    const last = this.#entries.get(id)?.at(-1);
    if (last === undefined || typeof last.content === "string") return;
    if (status !== undefined && last.content.status === status) return;
    const text = JSON.stringify(entryOfDraft(last.content));
    this.#chars += text.length - DRAFT_CHARS;
    last.content = text;
    this.#makeRoom();
  }

  #keep(id: string, entry: HistoryEntry, generation: number | undefined): void {
    const last = this.#entries.get(id)?.at(-1);
    const message = failureOf(entry);
    const failure = message === undefined ? undefined : { message, generation };
    if (last && failure && isSameFailure(last.failure, failure)) {
      last.times++;
      last.lastAt = entry.at;
      return;
    }
    this.#push(id, { content: JSON.stringify(entry), failure, times: 1 });
  }

  #push(id: string, one: Kept): void {
    const kept = this.#entries.get(id) ?? [];
    kept.push(one);
    this.#chars += charsOf(one);
    const dropped = kept.length > MAX_ENTRIES ? kept.shift() : undefined;
    if (dropped) this.#chars -= charsOf(dropped);
    this.#entries.delete(id);
    this.#entries.set(id, kept);
    this.#makeRoom();
  }

  #makeRoom(): void {
    if (this.#chars <= this.#maxChars) return;
    for (const [id, kept] of this.#entries) {
      for (const one of kept) this.#chars -= charsOf(one);
      this.#entries.delete(id);
      if (this.#chars <= this.#maxChars) return;
    }
  }
}

function entryOf(content: string | CreationDraft): HistoryEntry {
  return typeof content === "string" ? JSON.parse(content) : entryOfDraft(content);
}

function charsOf({ content }: Kept): number {
  return typeof content === "string" ? content.length : DRAFT_CHARS;
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
