/**
 * What the imports of one start have unpacked so far, all of them together: each keeps the limits of an archive, but
 * a hundred of them at once would not fit into any memory.
 */
import { SourceError } from "./source-error.ts";

const MAX_BYTES = 256 * 1024 * 1024;

export class Ledger {
  readonly #limit: number;
  #bytes = 0;

  constructor(limit = MAX_BYTES) {
    this.#limit = limit;
  }

  /** Before so many bytes more are kept for the import that messages call `name`. Throws `SourceError`. */
  take(bytes: number, name: string): void {
    this.#bytes += bytes;
    if (this.#bytes <= this.#limit) return;
    const found = `all imports together are more than ${this.#limit} bytes unpacked, the limit`;
    const hint =
      "Import less at a time: whoever serves it may put what is needed into an artifact of its own";
    throw new SourceError("archive", `Cannot unpack "${name}": ${found}`, { hint });
  }
}
