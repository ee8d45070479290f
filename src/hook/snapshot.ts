/**
 * The code of modules as it was resolved, in a private folder: threads that are started later, in
 * place of one that hung, run what was read at the start and not what lies beside the Katalog by then.
 *
 * Stacks name the copies; {@link ModuleCopy.explain} gives the author's files back.
 */
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { SourcePosition } from "../std/issue.ts";

/** One file of a module, as it was read. */
export interface SourceFile {
  /** From the folder of the document, with forward slashes. */
  readonly path: string;
  /** As positions name it. */
  readonly name: string;
  readonly text: string;
  readonly digest: string;
}

/** The module of one CRD entry, itself first. */
export interface ModuleSource {
  readonly crd: string;
  readonly files: readonly SourceFile[];
}

export interface ModuleCopy {
  /** `file:` URL of the module. */
  readonly url: string;
  readonly files: readonly SourceFile[];
  /** Text with the paths of the copies replaced by the author's, down to the author's last frame. */
  explain(text: string): string;
  /** The first place in a stack that is in the author's code. */
  findPosition(stack: string): SourcePosition | undefined;
  /** A place that a compiler gave. */
  toSource(position: SourcePosition): SourcePosition;
}

export interface Snapshot extends AsyncDisposable {
  /** By the name of the CRD entry. */
  readonly modules: ReadonlyMap<string, ModuleCopy>;
}

/** Throws when no folder for temporary files can be written. */
export async function takeSnapshot(sources: readonly ModuleSource[]): Promise<Snapshot> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "ork-hooks-")));
  const copies = new Map<string, Promise<ModuleCopy>>();
  const modules = new Map<string, ModuleCopy>();
  for (const { crd, files } of sources) {
    // Entries that share a module share its copy.
    const key = JSON.stringify(files.map(({ name, digest }) => [name, digest]));
    const copy = copies.get(key) ?? writeCopy(join(folder, String(copies.size)), files);
    copies.set(key, copy);
    modules.set(crd, await copy);
  }
  return {
    modules,
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function writeCopy(folder: string, files: readonly SourceFile[]): Promise<ModuleCopy> {
  const root = join(folder, ...outerFolders(files));
  await mkdir(root, { recursive: true });
  // Without it, Node takes `.js` for CommonJS.
  await writeFile(join(folder, "package.json"), '{"type":"module"}\n');
  const places = new Map<string, SourceFile>();
  for (const file of files) {
    const path = join(root, file.path);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, file.text);
    places.set(path, file);
  }
  const [main] = places.keys();
  return { url: pathToFileURL(main ?? root).href, files, ...explainer(places) };
}

/** A module may import from above the folder of its document: so deep the copy begins. */
function outerFolders(files: readonly SourceFile[]): readonly string[] {
  const depths = files.map(({ path }) => path.split("/").filter((step) => step === "..").length);
  return Array.from({ length: Math.max(0, ...depths) }, () => "_");
}

function explainer(
  places: ReadonlyMap<string, SourceFile>,
): Pick<ModuleCopy, "explain" | "findPosition" | "toSource"> {
  const all = [...places].flatMap(([path, file]): [string, SourceFile][] => [
    [pathToFileURL(path).href, file],
    [path, file],
  ]);
  return {
    explain(text) {
      const lines = text.split("\n");
      // What called the author's code is ours, and tells nobody anything.
      const last = lines.findLastIndex((line) => all.some(([path]) => line.includes(path)));
      const own = last < 0 ? lines : lines.slice(0, last + 1);
      return all.reduce((rest, [path, { name }]) => rest.replaceAll(path, name), own.join("\n"));
    },
    findPosition(stack) {
      for (const line of stack.split("\n")) {
        const found = all.find(([path]) => line.includes(`${path}:`));
        if (!found) continue;
        const [path, { name }] = found;
        const rest = line.slice(line.indexOf(`${path}:`) + path.length);
        const [, row, column] = /^:(\d+)(?::(\d+))?/.exec(rest) ?? [];
        return { file: name, line: Number(row ?? 1), column: Number(column ?? 1) };
      }
      return undefined;
    },
    toSource: (position) => ({
      ...position,
      file: places.get(position.file)?.name ?? position.file,
    }),
  };
}
