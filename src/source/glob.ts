/**
 * Globs over local files: `*` and `?` inside one name, `**` for any number of folders. Names that
 * begin with a dot are only met by a pattern that does, too.
 */
import { join } from "node:path";
import type { FileReader } from "./file.ts";
import { SourceError } from "./source-error.ts";

/** More than that was hardly meant: `/**` on a whole disk. */
const MAX_FOLDERS = 10_000;

export function isGlob(path: string): boolean {
  return /[*?]/.test(path);
}

/** Files and folders that the pattern means, sorted by code unit. */
export async function expandGlob(pattern: string, files: FileReader): Promise<readonly string[]> {
  const segments = pattern.split("/").filter((segment) => segment !== "" && segment !== ".");
  const walk = new Walk(pattern, files);
  await walk.visit(pattern.startsWith("/") ? "/" : ".", segments);
  return [...walk.found].sort();
}

class Walk {
  readonly found = new Set<string>();
  readonly #pattern: string;
  readonly #files: FileReader;
  #folders = 0;

  constructor(pattern: string, files: FileReader) {
    this.#pattern = pattern;
    this.#files = files;
  }

  async visit(folder: string, segments: readonly string[]): Promise<void> {
    const [segment, ...rest] = segments;
    if (segment === undefined) return;
    if (!isGlob(segment)) return this.#step(join(folder, segment), rest);
    if (++this.#folders > MAX_FOLDERS) {
      const message = `Cannot import "${this.#pattern}": it looks into more than ${MAX_FOLDERS} folders`;
      throw new SourceError("unreadable", message);
    }
    const isDeep = segment === "**";
    if (isDeep) await this.visit(folder, rest);
    const matches = matcher(isDeep ? "*" : segment);
    for (const { name, isFolder } of await this.#files.list(folder)) {
      if (!matches(name)) continue;
      const path = join(folder, name);
      if (!isDeep) await this.#step(path, rest);
      else if (isFolder) await this.visit(path, segments);
      else if (rest.length === 0) this.found.add(path);
    }
  }

  async #step(path: string, rest: readonly string[]): Promise<void> {
    const kind = await this.#files.kindOf(path);
    if (kind === undefined) return;
    if (rest.length === 0) this.found.add(path);
    else if (kind === "folder") await this.visit(path, rest);
  }
}

function matcher(segment: string): (name: string) => boolean {
  const source = segment
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  const expression = new RegExp(`^${source}$`, "su");
  return (name) => (segment.startsWith(".") || !name.startsWith(".")) && expression.test(name);
}
