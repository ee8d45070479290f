/**
 * What runs now by the lock that it was started with: which imports are something else by now, and, where the
 * cache still holds what they were, what that changes in the document. What was changed in the documents
 * themselves no lock knows: that the custom resources tell, by the digest that they carry.
 */
import { documentDifferences } from "../preview/document-differences.ts";
import type { Lock } from "../resolve/lock.ts";
import { compareLocks } from "../resolve/lock-changes.ts";
import { resolve } from "../resolve/resolve.ts";
import { shownKatalog } from "../server/redacted.ts";
import type { Json } from "../std/json.ts";
import type { Flags } from "./flags.ts";
import type { Io } from "./io.ts";
import { readLock, readLockFile, sourcesFor } from "./lock-file.ts";
import { type Resolved, resolveOptionsOf } from "./resolve-files.ts";
import { OperationalError } from "./usage-error.ts";
import type { Running } from "./what-runs.ts";

export interface LockComparison {
  readonly resolved: Resolved;
  readonly flags: Flags;
  readonly io: Io;
  /** What the custom resources say. */
  readonly marks: Running;
}

/** `path`: the lock that the process was started with; held against the one beside the documents. */
export async function compareWithLock(
  path: string,
  { resolved, flags, io, marks }: LockComparison,
): Promise<Running> {
  const before = await readLock(path);
  if (!before) throw new OperationalError(`Cannot compare with "${path}": there is no such file`);
  const { path: own, lock } = await readLockFile(flags, io);
  if (!lock) {
    const way = `there is no "${own}"; "ork lock" writes it`;
    throw new OperationalError(`Cannot compare with "${path}": ${way}`);
  }
  const imports = compareLocks(before, lock);
  const carried = marks.kind === "differs" && { digests: marks.digests, digestsFrom: marks.from };
  if (imports.length === 0) {
    if (!carried) return { kind: "equal", from: path, isFromLock: true };
    return { kind: "differs", from: path, ...carried, imports };
  }
  const old = await resolvedUnder(before, { flags, io });
  const document = old && documentDifferences(shown(old), shown(resolved));
  return {
    kind: "differs",
    from: path,
    digests: [],
    ...carried,
    imports,
    ...(document && { document }),
  };
}

/** These documents with what their imports were. Nothing, where the cache does not hold all of it any more. */
async function resolvedUnder(
  lock: Lock,
  { flags, io }: { readonly flags: Flags; readonly io: Io },
): Promise<Resolved | undefined> {
  const options = await resolveOptionsOf(flags, io);
  const use = { lock, isRequired: true, isOffline: true, isRenewed: () => false };
  const sources = sourcesFor({ flags, io, web: options.web ?? {} }, use);
  const paths = flags.texts("file");
  const result = await resolve({ ...options, paths, sources, withOrigins: false });
  return result.kind === "resolved" ? result : undefined;
}

/** As the view shows it: secrets are not told here either. */
function shown({ katalog }: Resolved): Json {
  return JSON.parse(JSON.stringify(shownKatalog(katalog))) as Json;
}
