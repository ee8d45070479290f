/**
 * The kinds of a tar's entries, watched beside whoever reads it: readers take a kind that they do not know for a
 * file, each in its own way, so that one archive could be two things. Here it is refused.
 *
 * Source: POSIX.1-2017 pax, "ustar Interchange Format"; the GNU tar manual, "Basic Tar Format".
 */

const BLOCK = 512;
const SIZE = { start: 124, end: 136 };
const TYPE = 156;

/** Files, links, devices, folders, pipes; then what pax and GNU tar put before an entry. */
const KNOWN: ReadonlySet<string> = new Set("\u000001234567xgLK");

/** In words, of those that tools do write. */
const WORDS: Readonly<Record<string, string>> = {
  S: "a sparse file",
  M: "a part of a larger file",
  V: "the name of a volume",
  D: "a list of files",
};

export class TarTypes {
  readonly #header = new Uint8Array(BLOCK);
  /** Bytes of the header at hand. */
  #filled = 0;
  /** Bytes of content before the next header. */
  #skip = 0;
  #isEnded = false;

  /** What is wrong with the entries that begin in these bytes, which follow those before. */
  read(bytes: Uint8Array): string | undefined {
    for (let at = 0; at < bytes.length && !this.#isEnded; ) {
      const skipped = Math.min(this.#skip, bytes.length - at);
      this.#skip -= skipped;
      at += skipped;
      const part = bytes.subarray(at, at + BLOCK - this.#filled);
      this.#header.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled < BLOCK) break;
      const why = this.#begin();
      if (why !== undefined) return why;
    }
    return undefined;
  }

  #begin(): string | undefined {
    const header = this.#header;
    this.#filled = 0;
    this.#isEnded = header.every((byte) => byte === 0);
    if (this.#isEnded) return undefined;
    const type = String.fromCharCode(header[TYPE] ?? 0);
    if (!KNOWN.has(type)) return WORDS[type] ?? "an entry of a kind that is not known";
    const size = sizeIn(header.subarray(SIZE.start, SIZE.end));
    if (size === undefined) return "an entry whose size is no number";
    this.#skip = Math.ceil(size / BLOCK) * BLOCK;
    return undefined;
  }
}

/** Octal digits; larger files than these can say are refused for their size anyway. */
function sizeIn(field: Uint8Array): number | undefined {
  const text = Buffer.from(field).toString("latin1").replace(/\0.*/s, "").replaceAll(" ", "");
  return /^[0-7]*$/.test(text) ? Number.parseInt(text || "0", 8) : undefined;
}
