/**
 * A bundle as a file system of its own: what its documents name is looked up in it and nowhere
 * else. Paths are relative to its root, with forward slashes.
 */
import type { Bundle } from "./bundle.ts";
import type { FileReader, FolderEntry } from "./file.ts";
import { MAX_SOURCE_BYTES, SourceError, tooLarge } from "./source-error.ts";

export function bundleFiles({ origin, files }: Bundle): FileReader {
  const below = (path: string) => (path === "." || path === "" ? "" : `${path}/`);
  const absent = (path: string) =>
    new SourceError("unreadable", `Cannot read "${origin}/${path}": it holds no such file`);
  return {
    async kindOf(path) {
      if (files.has(path)) return "file";
      const start = below(path);
      if (start === "") return "folder";
      for (const name of files.keys()) if (name.startsWith(start)) return "folder";
      return undefined;
    },
    async list(path) {
      const start = below(path);
      const entries = new Map<string, FolderEntry>();
      for (const name of files.keys()) {
        if (!name.startsWith(start)) continue;
        const [own = "", ...rest] = name.slice(start.length).split("/");
        entries.set(own, { name: own, isFolder: rest.length > 0 });
      }
      return [...entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    async read(path) {
      const found = files.get(path);
      if (!found) throw absent(path);
      if (found.length > MAX_SOURCE_BYTES) throw tooLarge(`${origin}/${path}`, found.length);
      return found;
    },
    async readInput() {
      throw absent("-");
    },
  };
}
