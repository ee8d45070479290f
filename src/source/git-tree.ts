/**
 * A commit → its files. Links and submodules are no files; a name that could mean something to a
 * file system, or to a reader of paths, is refused. Source: git-ls-tree(1), gitformat-pack(5).
 */
import { type GitObjects, PackError } from "./git-pack.ts";

const DIRECTORY = "40000";
const FILES: ReadonlySet<string> = new Set(["100644", "100755", "100664"]);
const MAX_DEPTH = 100;
const NAME_BYTES = 20;

/** Sorted by path. Throws {@link PackError}. */
export function filesOfCommit(
  objects: GitObjects,
  commit: string,
  maxFiles: number,
): ReadonlyMap<string, Uint8Array> {
  const found = objects.get(commit);
  if (found?.kind !== "commit") throw new PackError("it lacks the commit that was asked for");
  const tree = /^tree ([0-9a-f]{40})\n/.exec(
    Buffer.from(found.data).toString("latin1", 0, 64),
  )?.[1];
  if (tree === undefined) throw new PackError("its commit names no tree");
  const walk = new TreeWalk(objects, maxFiles);
  walk.visit(tree, "", 0);
  return new Map([...walk.files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

class TreeWalk {
  readonly files = new Map<string, Uint8Array>();
  readonly #objects: GitObjects;
  readonly #maxFiles: number;
  #entries = 0;

  constructor(objects: GitObjects, maxFiles: number) {
    this.#objects = objects;
    this.#maxFiles = maxFiles;
  }

  visit(name: string, folder: string, depth: number): void {
    if (depth > MAX_DEPTH) throw new PackError(`its folders are more than ${MAX_DEPTH} deep`, true);
    const tree = this.#objects.get(name);
    if (tree?.kind !== "tree") throw new PackError(`it lacks the folder "${folder || "."}"`);
    const names = new Set<string>();
    for (const entry of entriesOf(tree.data)) {
      // One tree may stand in many places: what counts is how often it is met.
      if (++this.#entries > this.#maxFiles) {
        throw new PackError(`it holds more than ${this.#maxFiles} files`, true);
      }
      if (names.has(entry.name)) throw new PackError(`it holds "${entry.name}" twice in a folder`);
      names.add(entry.name);
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.mode === DIRECTORY) this.visit(entry.object, path, depth + 1);
      else if (FILES.has(entry.mode)) this.#keep(path, entry.object);
    }
  }

  /** A file that the server left out for its size is one that nothing could read. */
  #keep(path: string, object: string): void {
    const blob = this.#objects.get(object);
    if (blob?.kind === "blob") this.files.set(path, blob.data);
  }
}

interface TreeEntry {
  readonly mode: string;
  readonly name: string;
  /** Hex. */
  readonly object: string;
}

/** One by one: there may be millions, of which the first few are too many. */
function* entriesOf(data: Uint8Array): Generator<TreeEntry, void> {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.length);
  for (let offset = 0; offset < bytes.length; ) {
    const space = bytes.indexOf(0x20, offset);
    const end = space < 0 ? -1 : bytes.indexOf(0, space);
    if (end < 0 || end + 1 + NAME_BYTES > bytes.length) throw new PackError("a folder is damaged");
    yield {
      mode: bytes.toString("latin1", offset, space).replace(/^0+/, ""),
      name: fileName(bytes.subarray(space + 1, end)),
      object: bytes.toString("hex", end + 1, end + 1 + NAME_BYTES),
    };
    offset = end + 1 + NAME_BYTES;
  }
}

function fileName(bytes: Uint8Array): string {
  const name = Buffer.from(bytes).toString("utf8");
  const isBad = name === "" || name === "." || name === ".." || /[/\\\0]|^\.git$/i.test(name);
  if (!isBad && !name.includes("\uFFFD")) return name;
  throw new PackError(`it holds a file with the name ${JSON.stringify(name)}`);
}
