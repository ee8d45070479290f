/** What fails in the sandbox's controllers: when to look again, and what of it to say. */
import { ApiError } from "../api-error.ts";

const FIRST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 10_000;

interface Failure {
  readonly count: number;
  readonly signature: string;
}

export interface FailureVerdict {
  /** Milliseconds after which to look again; grows with each failure in a row. */
  readonly againMs: number;
  /** It has not failed like that before. */
  readonly isNews: boolean;
}

/** Failures in a row, by the keys of one controller. */
export class Failures {
  readonly #failures = new Map<string, Failure>();

  add(key: string, error: unknown): FailureVerdict {
    const before = this.#failures.get(key);
    const count = (before?.count ?? 0) + 1;
    const signature = signatureOf(error);
    this.#failures.set(key, { count, signature });
    // Above 2 ** 30 numbers stay finite, and are cut all the same.
    const againMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(count - 1, 30));
    return { againMs, isNews: before?.signature !== signature };
  }

  /** It went well. */
  clear(key: string): void {
    this.#failures.delete(key);
  }
}

/** Objects with generated names are named anew in each attempt. */
function signatureOf(error: unknown): string {
  if (!(error instanceof ApiError)) return String(error);
  const name = error.details?.["name"];
  const text = `${error.code} ${error.message}`;
  return typeof name === "string" && name !== "" ? text.replaceAll(name, "") : text;
}
