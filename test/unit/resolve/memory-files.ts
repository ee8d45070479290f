/** A file system in a map, for tests that must not touch the real one. */
import type { FileReader } from "../../../src/source/file.ts";
import { SourceError } from "../../../src/source/source-error.ts";

export function memoryFiles(files: Readonly<Record<string, string>>): FileReader {
  const encode = (text: string) => new TextEncoder().encode(text);
  const below = (path: string) => (path === "." ? "" : `${path.replace(/\/$/, "")}/`);
  return {
    kindOf: async (path) => {
      if (Object.hasOwn(files, path)) return "file";
      return Object.keys(files).some((name) => name.startsWith(below(path))) ? "folder" : undefined;
    },
    list: async (path) => {
      const inside = Object.keys(files).filter((name) => name.startsWith(below(path)));
      const rests = inside.map((name) => name.slice(below(path).length));
      const names = [...new Set(rests.map((rest) => rest.split("/")[0] ?? ""))].sort();
      return names.map((name) => ({
        name,
        isFolder: rests.some((rest) => rest.startsWith(`${name}/`)),
      }));
    },
    read: async (path) => {
      const text = files[path];
      if (text === undefined) throw new SourceError("unreadable", `Cannot read "${path}": ENOENT`);
      return encode(text);
    },
    readInput: async () => encode(files["-"] ?? ""),
  };
}
