/**
 * The content-addressed cache: what was fetched once, under the SHA-256 of its bytes. A hint, never a
 * truth: every entry is held against its name when it is read, and one that does not fit is as good as
 * not there.
 *
 * Guarantees: an entry is complete or absent, whenever a writer is killed (written beside, flushed, then
 * renamed); several processes may use one folder at once; it stays below its limit (the longest unused
 * goes first). A folder that cannot be written is no error: the first failure is told, once.
 */
import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { writeWhole } from "../std/write-whole.ts";

export interface ContentCache {
  /** `undefined`: not there, or not what its name says. `digest`: `sha256:` and 64 hex digits. */
  get(digest: string): Promise<Uint8Array | undefined>;
  /** Gives the digest of what it was given, whether or not it could be kept. */
  put(bytes: Uint8Array): Promise<string>;
}

export interface CacheOptions {
  readonly folder: string;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** Bytes of all entries together; 512 MiB unless given. */
  readonly limit?: number;
  /** The folder cannot be written to. */
  onUnwritable(error: Error): void;
}

const LIMIT_BYTES = 512 * 1024 * 1024;
/** A writer that takes longer was killed. */
const ABANDONED_MS = 60 * 60_000;

export function openCache(options: CacheOptions): ContentCache {
  const { folder, onUnwritable } = options;
  let isWritable = true;
  return {
    async get(digest) {
      const path = pathOf(folder, digest);
      const bytes = path && (await readFile(path).catch(ignoreMissing));
      if (!path || !bytes) return undefined;
      if (digestOf(bytes) === digest) {
        await touch(path, options);
        return bytes;
      }
      // Whoever writes it anew must not take it for there already.
      await rm(path, { force: true }).catch(ignoreMissing);
      return undefined;
    },
    async put(bytes) {
      const digest = digestOf(bytes);
      if (!isWritable) return digest;
      try {
        if (await keep(bytes, { ...options, digest })) await prune(options);
      } catch (error) {
        isWritable = false;
        onUnwritable(error instanceof Error ? error : new Error(String(error)));
      }
      return digest;
    },
  };
}

/** `$XDG_CACHE_HOME/orkestra`, or `~/.cache/orkestra`; `undefined` where there is no home. */
export function defaultCacheFolder(
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const { XDG_CACHE_HOME: own, HOME: home } = env;
  // A relative path is to be ignored, says the XDG base directory specification.
  if (own?.startsWith("/")) return join(own, "orkestra");
  return home ? join(home, ".cache", "orkestra") : undefined;
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** Nothing but a digest becomes a path. */
function pathOf(folder: string, digest: string): string | undefined {
  const [, hex] = /^sha256:([0-9a-f]{64})$/.exec(digest) ?? [];
  return hex && join(folder, "sha256", hex.slice(0, 2), hex);
}

/** Says whether something new was written. */
async function keep(
  bytes: Uint8Array,
  { folder, digest }: CacheOptions & { readonly digest: string },
): Promise<boolean> {
  const path = pathOf(folder, digest);
  if (!path) return false;
  const known = await readFile(path).catch(ignoreMissing);
  if (known && digestOf(known) === digest) return false;
  const draft = join(folder, "tmp", randomUUID());
  // What private servers give is nobody else's business.
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await mkdir(dirname(draft), { recursive: true, mode: 0o700 });
  await writeWhole(path, bytes, { mode: 0o600, draft });
  return true;
}

/** For the order of pruning; a cache that can only be read keeps none. */
async function touch(path: string, { now }: CacheOptions): Promise<void> {
  const time = new Date(now());
  await utimes(path, time, time).catch(() => {});
}

interface Entry {
  readonly path: string;
  readonly bytes: number;
  readonly usedMs: number;
}

async function prune({ folder, limit = LIMIT_BYTES, now }: CacheOptions): Promise<void> {
  for (const { path, usedMs } of await entriesOf(join(folder, "tmp"))) {
    if (now() - usedMs > ABANDONED_MS) await rm(path, { force: true });
  }
  const shelves = await readdir(join(folder, "sha256"));
  const entries = await Promise.all(shelves.map((name) => entriesOf(join(folder, "sha256", name))));
  const oldestFirst = entries.flat().sort((left, right) => left.usedMs - right.usedMs);
  let total = oldestFirst.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { path, bytes } of oldestFirst) {
    if (total <= limit) return;
    await rm(path, { force: true });
    total -= bytes;
  }
}

async function entriesOf(folder: string): Promise<readonly Entry[]> {
  const names = (await readdir(folder).catch(ignoreMissing)) ?? [];
  const found = await Promise.all(
    names.map(async (name): Promise<readonly Entry[]> => {
      const path = join(folder, name);
      // Another process may be faster.
      const facts = await stat(path).catch(ignoreMissing);
      return facts ? [{ path, bytes: facts.size, usedMs: facts.mtimeMs }] : [];
    }),
  );
  return found.flat();
}

/** Absent, or not to be read: for a cache that is the same. */
function ignoreMissing(): undefined {
  return undefined;
}
