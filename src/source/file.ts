/**
 * Local files as a source: what `-f` names, and what documents name beside themselves. Reads; never
 * writes; keeps paths as they were given, so that messages show what the user typed.
 */
import { readFile, stat } from "node:fs/promises";

/** What `resolve` needs of a file system; tests bring their own. */
export interface FileReader {
  /** `undefined` when nothing stands there. Other failures throw. */
  kindOf(path: string): Promise<"file" | "folder" | undefined>;
  /** The text of a file, decoded as UTF-8. Throws `SourceError`. */
  read(path: string): Promise<string>;
  /** All of standard input. */
  readInput(): Promise<string>;
}

export class SourceError extends Error {
  readonly code: "too-large" | "not-text" | "unreadable";

  constructor(
    code: SourceError["code"],
    message: string,
    options: { readonly cause?: unknown } = {},
  ) {
    super(message, options);
    this.name = "SourceError";
    this.code = code;
  }
}

/** Documents and definitions: nothing larger is read into memory. */
const MAX_FILE_BYTES = 5 * 1024 * 1024;

export const localFiles: FileReader = {
  async kindOf(path) {
    try {
      const found = await stat(path);
      return found.isDirectory() ? "folder" : "file";
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw unreadable(path, error);
    }
  },
  async read(path) {
    try {
      const found = await stat(path);
      if (found.size > MAX_FILE_BYTES) throw tooLarge(path, found.size);
      return decode(path, await readFile(path));
    } catch (error) {
      throw error instanceof SourceError ? error : unreadable(path, error);
    }
  },
  async readInput() {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of process.stdin as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > MAX_FILE_BYTES) throw tooLarge("standard input", size);
      chunks.push(chunk);
    }
    return decode("standard input", Buffer.concat(chunks));
  },
};

function decode(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new SourceError("not-text", `Cannot read "${path}": it is not UTF-8 text`, { cause });
  }
}

function tooLarge(path: string, size: number): SourceError {
  const message = `Cannot read "${path}": ${size} bytes, the limit is ${MAX_FILE_BYTES}`;
  return new SourceError("too-large", message);
}

function unreadable(path: string, cause: unknown): SourceError {
  const code = (cause as NodeJS.ErrnoException).code ?? "unknown error";
  return new SourceError("unreadable", `Cannot read "${path}": ${code}`, { cause });
}

function isAbsent(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === "ENOENT" || code === "ENOTDIR";
}
