/**
 * A lock between processes of one machine: a folder that holds the owner's process id. It keeps two test
 * runs from building the same thing for minutes side by side. It is an economy, not a safety: what is
 * built is renamed into place, so that even two builds at once leave a whole result.
 */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** After so many seconds a lock without a process id was left by one that died in between. */
const ORPHAN_ROUNDS = 10;

/** Waits until the lock is free or its owner is gone, and takes it. */
export async function holdBuildLock(
  folder: string,
  { print }: { print: (text: string) => void },
): Promise<AsyncDisposable> {
  for (let round = 0; !(await take(folder)); round++) {
    const owner = await readOwner(folder);
    if (owner === undefined ? round > ORPHAN_ROUNDS : !isAlive(owner)) {
      await rm(folder, { recursive: true, force: true });
      continue;
    }
    if (round === 0) print(`Waiting for process ${owner ?? "?"}, which builds the same thing\n`);
    await sleep(1_000);
  }
  return { [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

async function take(folder: string): Promise<boolean> {
  try {
    await mkdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw new Error(`Cannot take the build lock "${folder}"`, { cause: error });
  }
  await writeFile(join(folder, "pid"), String(process.pid));
  return true;
}

/** Undefined in the moment between the folder and the file. */
async function readOwner(folder: string): Promise<number | undefined> {
  const text = await readFile(join(folder, "pid"), "utf8").catch(() => "");
  return text === "" ? undefined : Number(text);
}

/** Whether a process of this id runs, be it ours or not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
