/**
 * `orkestra.lock` beside the first document, and the cache: what the flags make of them. Without a lock,
 * and without a flag that speaks of one, nothing here is in the way.
 */
import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { LOCK_NAME, type Lock, LockError, type LockReference, parseLock } from "../resolve/lock.ts";
import { type LockedSources, lockSources } from "../resolve/lock-sources.ts";
import { type ContentCache, defaultCacheFolder, openCache } from "../source/cache.ts";
import { type FileReader, localFiles } from "../source/file.ts";
import { openSources } from "../source/source.ts";
import { SourceError } from "../source/source-error.ts";
import type { WebOptions } from "../source/web.ts";
import type { Issue } from "../std/issue.ts";
import { writeWhole } from "../std/write-whole.ts";
import type { Flags } from "./flags.ts";
import type { Io } from "./io.ts";
import { OperationalError } from "./usage-error.ts";

export interface LockFile {
  readonly path: string;
  /** Absent: there is no such file. */
  readonly lock: Lock | undefined;
}

export interface OpenLockOptions {
  readonly flags: Flags;
  readonly io: Io;
  /** How servers are spoken to. */
  readonly web: WebOptions;
  /** The real ones when absent. */
  readonly files?: FileReader;
}

export interface ReadLockOptions {
  /** It is about to be written anew: one that cannot be used is as good as none, and that is said. */
  readonly isFresh?: boolean;
}

/** Throws when there is a lock that cannot be used. */
export async function readLockFile(
  flags: Flags,
  { cwd, note }: Pick<Io, "cwd" | "note">,
  { isFresh = false }: ReadLockOptions = {},
): Promise<LockFile> {
  const path = await lockPath(flags.texts("file")[0], cwd);
  try {
    return { path, lock: await readLock(path) };
  } catch (error) {
    if (!isFresh || !(error instanceof OperationalError) || error.cause) throw error;
    note(`notice: ${error.message}`);
    return { path, lock: undefined };
  }
}

/** `undefined`: there is no such file. Throws when it cannot be used. */
export async function readLock(path: string): Promise<Lock | undefined> {
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT" || cause.code === "ENOTDIR") return undefined;
    throw new OperationalError(`Cannot read the lock "${path}"`, { cause });
  });
  if (text === undefined) return undefined;
  try {
    return parseLock(text, path);
  } catch (error) {
    throw error instanceof LockError ? new OperationalError(error.message) : error;
  }
}

/** Beside the first document; in the current folder for one that comes through a pipe. */
async function lockPath(first: string | undefined, cwd: string): Promise<string> {
  if (first === undefined || first === "-") return join(cwd, LOCK_NAME);
  const found = await stat(first).catch(() => undefined);
  return join(found?.isDirectory() ? first : dirname(first), LOCK_NAME);
}

/** Sources that keep to the lock; `undefined` where there is none and no flag asks for one. */
export async function openLockedSources(
  options: OpenLockOptions,
): Promise<LockedSources | undefined> {
  const { flags, io } = options;
  const { path, lock } = await readLockFile(flags, io);
  const isRequired = flags.isOn("locked");
  const isOffline = flags.isOn("offline");
  if (isRequired && !lock) {
    throw new OperationalError(
      `Cannot start with --locked: there is no "${path}"; "ork lock" writes it`,
    );
  }
  if (!lock && !isOffline) return undefined;
  return sourcesFor(options, { lock, isRequired, isOffline, isRenewed: () => false });
}

export interface LockUse {
  readonly lock: Lock | undefined;
  readonly isRequired: boolean;
  readonly isOffline: boolean;
  readonly isWriting?: boolean;
  isRenewed(reference: LockReference): boolean;
}

export function sourcesFor(
  { flags, io, web, files = localFiles }: OpenLockOptions,
  use: LockUse,
): LockedSources {
  const offline = use.isOffline && { resolveHost: refuseHost };
  const sources = openSources(files, { ...web, ...offline, env: io.env });
  return lockSources(sources, { ...use, cache: cacheFor(flags, io) });
}

/** What no lock covers (a dependency of a chart on disk) is not fetched either. */
async function refuseHost(host: string): Promise<never> {
  throw new SourceError("lock", `Cannot reach "${host}": nothing is fetched with --offline`);
}

function cacheFor(flags: Flags, { env, note }: Io): ContentCache | undefined {
  const folder = flags.text("cache-dir") ?? defaultCacheFolder(env);
  if (folder === undefined) return undefined;
  return openCache({
    folder,
    now: Date.now,
    // A root file system that is read-only is no reason not to start.
    onUnwritable: ({ message }) =>
      note(`notice: Nothing is kept in the cache "${folder}": ${message}`),
  });
}

/** A lock that does not name everything protects only in part. */
export function unlockedIssues({ unlocked }: LockedSources): readonly Issue[] {
  return unlocked.map(({ reference }) => ({
    code: "not-locked",
    severity: "warning",
    message: `"${reference}" is not in ${LOCK_NAME}: it may be something else at the next start`,
    hint: `"ork lock" writes it down`,
  }));
}

/** Complete or not at all, whenever it is interrupted. */
export async function writeLockFile(path: string, text: string): Promise<void> {
  try {
    await writeWhole(path, text);
  } catch (cause) {
    throw new OperationalError(`Cannot write the lock "${path}"`, { cause });
  }
}
