/**
 * Local files as a source: what `-f` names, and what documents name beside themselves. Reads; never
 * writes; keeps paths as they were given, so that messages show what the user typed.
 */
import { readdir, readFile, stat } from "node:fs/promises";
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
      return await readFile(path);
    } catch (error) {
      throw error instanceof SourceError ? error : unreadable(path, error);
    }
  },
  async readInput() {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of process.stdin as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > MAX_SOURCE_BYTES) throw tooLarge("standard input", size);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  },
};

function unreadable(path: string, cause: unknown): SourceError {
  const code = (cause as NodeJS.ErrnoException).code ?? "unknown error";
  return new SourceError("unreadable", `Cannot read "${path}": ${code}`, { cause });
}

function isAbsent(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === "ENOENT" || code === "ENOTDIR";
}
