/** A file system in a map, for tests that must not touch the real one. */
import { type FileReader, SourceError } from "../../../src/source/file.ts";

export function memoryFiles(files: Readonly<Record<string, string>>): FileReader {
  return {
    kindOf: async (path) => {
      if (Object.hasOwn(files, path)) return "file";
      const prefix = path === "." ? "" : `${path.replace(/\/$/, "")}/`;
      return Object.keys(files).some((name) => name.startsWith(prefix)) ? "folder" : undefined;
    },
    read: async (path) => {
      const text = files[path];
      if (text === undefined) throw new SourceError("unreadable", `Cannot read "${path}": ENOENT`);
      return text;
    },
    readInput: async () => files["-"] ?? "",
  };
}
