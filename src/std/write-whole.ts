/** A file that is complete or not there, whenever its writing is interrupted and whoever waits for it. */
import { randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";

export interface WriteWholeOptions {
  /** Permissions, as of chmod(2); what the umask leaves unless given. */
  readonly mode?: number;
  /** Where it is written first, on the same file system; beside `path` unless given. */
  readonly draft?: string;
}

/** What is at `path` already is replaced. Throws what the system reports. */
export async function writeWhole(
  path: string,
  content: string | Uint8Array,
  { mode, draft = `${path}.${randomUUID()}` }: WriteWholeOptions = {},
): Promise<void> {
  try {
    const file = await open(draft, "wx", mode);
    try {
      await file.writeFile(content);
      // On the disk before it has its name.
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {});
    throw error;
  }
}
