/**
 * `ork lock`: what the imports of a Komposer mean today, written down beside it. `--check` only compares;
 * `--update` looks again at the named imports and keeps the others to what is written.
 */
import { createLock, type Lock, type LockReference, printLock } from "../../resolve/lock.ts";
import { compareLocks } from "../../resolve/lock-changes.ts";
import { resolve } from "../../resolve/resolve.ts";
import { suggest } from "../../std/suggest.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { type LockUse, readLockFile, sourcesFor, writeLockFile } from "../lock-file.ts";
import { failureCode, reportIssues, resolveOptionsOf } from "../resolve-files.ts";
import type { CommandInput } from "../spec.ts";
import { OperationalError, UsageError } from "../usage-error.ts";

export async function execute({ flags, io }: CommandInput): Promise<ExitCode> {
  const updates = flags.texts("update");
  const isFresh = updates.length === 0 && !flags.isOn("check");
  const { path, lock } = await readLockFile(flags, io, { isFresh });
  if (updates.length > 0) checkUpdates(updates, lock);
  const options = await resolveOptionsOf(flags, io);
  const { web = {} } = options;
  const sources = sourcesFor({ flags, io, web }, useOf(lock, updates));
  const result = await resolve({ ...options, paths: flags.texts("file"), sources });
  await reportIssues(result.issues, io);
  if (result.kind === "failed") return failureCode(result);
  const found = createLock(sources.seen);
  const changes = compareLocks(lock ?? createLock([]), found);
  const isJson = flags.text("output") === "json";
  if (!isJson) for (const change of changes) io.print(change);
  const isCheck = flags.isOn("check");
  if (isCheck && !lock)
    throw new OperationalError(`Cannot check: there is no "${path}"; "ork lock" writes it`);
  if (!isCheck) await writeLockFile(path, printLock(found));
  if (isJson) {
    const { entries } = found;
    io.print(JSON.stringify({ path, written: !isCheck, changes, entries }, null, 2));
  }
  if (isCheck && changes.length > 0) return EXIT.differences;
  const what = isCheck ? `${path} says what the imports bring` : `Wrote ${path}`;
  io.note(`${what}: ${countOf(found)}`);
  return EXIT.ok;
}

function useOf(lock: Lock | undefined, updates: readonly string[]): LockUse {
  const base = { isRequired: false, isOffline: false, isWriting: true };
  if (updates.length === 0) return { ...base, lock: undefined, isRenewed: () => true };
  const isRenewed = (reference: LockReference) => updates.some((name) => isNamed(reference, name));
  return { ...base, lock, isRenewed };
}

function isNamed({ reference, chart }: LockReference, name: string): boolean {
  return reference === name || chart === name;
}

function checkUpdates(updates: readonly string[], lock: Lock | undefined): void {
  if (!lock) {
    throw new UsageError(`Option "--update" needs a lock to change: run it without to write one`);
  }
  const known = lock.entries.flatMap(({ reference, chart }) => [
    reference,
    ...(chart ? [chart] : []),
  ]);
  const unknown = updates.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const near = suggest(unknown, known);
  const advice = near ? `did you mean "${near}"?` : `expected one of: ${known.join(", ")}`;
  throw new UsageError(`The lock names no "${unknown}", ${advice}`);
}

function countOf({ entries }: Lock): string {
  return `${entries.length} reference${entries.length === 1 ? "" : "s"}`;
}
