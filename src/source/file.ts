/**
 * Local files as a source: what `-f` names, and what documents name beside themselves. Reads; never
 * writes; keeps paths as they were given, so that messages show what the user typed.
 */
import { createReadStream } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { systemFault } from "../std/system-fault.ts";
import { MAX_SOURCE_BYTES, SourceError, tooLarge } from "./source-error.ts";

/** What `resolve` needs of a file system; tests bring their own. */
export interface FileReader {
  /** `undefined` when nothing stands there. Other failures throw. */
  kindOf(path: string): Promise<"file" | "folder" | undefined>;
  /** Names in a folder, sorted by code unit; of links, where they lead. Throws `SourceError`. */
  list(path: string): Promise<readonly FolderEntry[]>;
  /** The content of a file. Throws `SourceError`. */
  read(path: string): Promise<Uint8Array>;
  /** All of standard input. */
  readInput(): Promise<Uint8Array>;
}

export interface FolderEntry {
  readonly name: string;
  /** Not so for a link to a folder: a walk that went down there might never end. */
  readonly isFolder: boolean;
}

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
  async list(path) {
    try {
      const entries = await readdir(path, { withFileTypes: true });
      return entries
        .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    } catch (error) {
      throw unreadable(path, error);
    }
  },
  async read(path) {
    try {
      const found = await stat(path);
      if (found.size > MAX_SOURCE_BYTES) throw tooLarge(path, found.size);
      // A pipe and a device do not say how much will come.
      const isKnown = found.isFile() && found.size > 0;
      return await (isKnown ? readFile(path) : gather(createReadStream(path), path));
    } catch (error) {
      throw error instanceof SourceError ? error : unreadable(path, error);
    }
  },
  readInput: () => gather(process.stdin, "standard input"),
};

/** All of a stream that may have no end. */
async function gather(stream: AsyncIterable<Uint8Array>, name: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > MAX_SOURCE_BYTES) throw tooLarge(name);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function unreadable(path: string, cause: unknown): SourceError {
  const { code = "unknown error" } = cause as NodeJS.ErrnoException;
  const { words = code, hint } = systemFault(cause) ?? {};
  return new SourceError("unreadable", `Cannot read "${path}": ${words}`, { cause, hint });
}

function isAbsent(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === "ENOENT" || code === "ENOTDIR";
}
