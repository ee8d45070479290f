/**
 * What was parsed a moment ago, by its text. A server tells of each of our writes twice, as its answer and
 * as an event of the watch, and kube-apiserver does so in the same bytes; in any order, since they come
 * over two connections. What comes second is not parsed again.
 *
 * Guarantees: the value is what parsing the text would give, and must not be changed, since both have
 * it; a bounded number of texts is kept, and those of events only while a write is under way.
 */
import type { JsonObject } from "../std/json.ts";

/** More than are written side by side; the oldest go first. */
const MAX_TEXTS = 64;
/** Keeping a larger one costs more than parsing it saves. */
const MAX_LENGTH = 32_768;

export class Echoes {
  readonly #answers = new Map<string, JsonObject>();
  readonly #events = new Map<string, JsonObject>();
  #writes = 0;

  /** A write begins; call what comes back once its answer was parsed, or none came. */
  expectAnswer(): () => void {
    this.#writes++;
    let isExpected = true;
    return () => {
      if (!isExpected) return;
      isExpected = false;
      if (--this.#writes === 0) this.#events.clear();
    };
  }

  /** The value of the answer to a write; `parse` is called when no event brought it before. */
  answer(text: string, parse: (text: string) => JsonObject): JsonObject {
    const known = take(this.#events, text);
    if (known !== undefined) return known;
    const value = parse(text);
    keep(this.#answers, text, value);
    return value;
  }

  /** The value of an event's object; `parse` is called when no answer brought it before. */
  event(text: string, parse: (text: string) => JsonObject): JsonObject {
    const known = take(this.#answers, text);
    if (known !== undefined) return known;
    const value = parse(text);
    if (this.#writes > 0) keep(this.#events, text, value);
    return value;
  }

  /** Nothing is kept, and nothing is about to be. */
  get isIdle(): boolean {
    return this.#writes === 0 && this.#answers.size === 0;
  }
}

function take(texts: Map<string, JsonObject>, text: string): JsonObject | undefined {
  if (texts.size === 0) return undefined;
  const known = texts.get(text);
  if (known !== undefined) texts.delete(text);
  return known;
}

function keep(texts: Map<string, JsonObject>, text: string, value: JsonObject): void {
  if (text.length > MAX_LENGTH) return;
  texts.set(text, value);
  if (texts.size <= MAX_TEXTS) return;
  for (const oldest of texts.keys()) {
    texts.delete(oldest);
    return;
  }
}
