/**
 * Lines of a byte stream whose chunks end anywhere, in the middle of a UTF-8 character too: lines
 * are cut as bytes and decoded whole.
 */

const NEWLINE = 10;
/** An object of a watch is at most some megabytes; more than this is no watch. */
const MAX_LINE_BYTES = 64 << 20;

export class LineSplitter {
  #parts: Buffer[] = [];
  #size = 0;

  /** The lines that this chunk completes, decoded when they are asked for. */
  *push(chunk: Uint8Array): Generator<string, void> {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      const line = this.#complete(bytes, start, end);
      start = end + 1;
      if (line !== "") yield line;
    }
    if (start < bytes.length) this.#keep(bytes.subarray(start));
  }

  #complete(bytes: Buffer, start: number, end: number): string {
    if (this.#parts.length === 0) return bytes.toString("utf8", start, end);
    const line = Buffer.concat([...this.#parts, bytes.subarray(start, end)]).toString("utf8");
    this.#parts = [];
    this.#size = 0;
    return line;
  }

  #keep(rest: Buffer): void {
    this.#size += rest.length;
    if (this.#size > MAX_LINE_BYTES) {
      throw new Error(`Cannot read a line of a watch: over ${MAX_LINE_BYTES} bytes`);
    }
    this.#parts.push(rest);
  }
}
