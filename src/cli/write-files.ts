/**
 * Files of an artifact → a folder.
 *
 * Guarantees: nothing that is there is overwritten unless that is wanted, and nothing is written when
 * any file stands in the way; nothing is ever written through a link, so nothing lands outside.
 */
import { lstat, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { OperationalError } from "./usage-error.ts";

/** Paths are plain: `source/archive-names.ts` sees to that. */
export async function writeFiles(
  folder: string,
  files: ReadonlyMap<string, Uint8Array>,
  { isForced }: { readonly isForced: boolean },
): Promise<void> {
  for (const path of files.keys()) await checkPlace(folder, path, isForced);
  for (const [path, bytes] of files) {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    if (isForced) await rm(target, { force: true });
    // Never through something that came to stand there in between.
    await writeFile(target, bytes, { flag: "wx" });
  }
}

async function checkPlace(folder: string, path: string, isForced: boolean): Promise<void> {
  const segments = path.split("/");
  for (let count = 1; count < segments.length; count++) {
    const parent = join(folder, ...segments.slice(0, count));
    const found = await find(parent);
    if (!found) return;
    if (found.isDirectory()) continue;
    throw new OperationalError(`Cannot write "${join(folder, path)}": "${parent}" is no folder`);
  }
  const target = join(folder, path);
  const found = await find(target);
  if (!found) return;
  if (found.isDirectory()) throw new OperationalError(`Cannot write "${target}": it is a folder`);
  if (isForced) return;
  throw new OperationalError(`Cannot write "${target}": it exists, overwrite it with --force`);
}

/** What stands there itself, not where it leads. */
async function find(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
