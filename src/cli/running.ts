/**
 * What runs now, as far as it can be told: the view of the process or the lock that it was started with
 * (`--running`), or the digests that the custom resources carry. Compared with what would run, field by field where the whole document is there.
 */
import { documentDifferences } from "../preview/document-differences.ts";
import type { Plan } from "../preview/plan.ts";
import { shownKatalog } from "../server/redacted.ts";
import { isJsonObject, type Json } from "../std/json.ts";
import type { Flags } from "./flags.ts";
import type { Io } from "./io.ts";
import type { Resolved } from "./resolve-files.ts";
import { compareWithLock } from "./running-lock.ts";
import { OperationalError, UsageError } from "./usage-error.ts";
import type { Running } from "./what-runs.ts";

export interface RunningOptions {
  readonly resolved: Resolved;
  readonly plan: Plan;
  readonly flags: Flags;
  readonly io: Io;
  readonly signal: AbortSignal;
}

export async function compareWithRunning(options: RunningOptions): Promise<Running> {
  const given = options.flags.text("running");
  if (given === undefined) return fromMarks(options);
  if (given.includes("://")) return fromView(given, options);
  return HOST_AND_PORT.test(given)
    ? fromView(`http://${given}`, options)
    : compareWithLock(given, { ...options, marks: fromMarks(options) });
}

/** `127.0.0.1:8080`, `[::1]:8080`: nobody calls a lock so, and one that is meant can be `./a:1`. */
const HOST_AND_PORT = /^(?:\[[0-9a-f:.]+\]|[a-z0-9.-]+):\d{1,5}$/i;

function fromMarks({ resolved, plan }: RunningOptions): Running {
  const digests = [...new Set(plan.entries.flatMap((entry) => Object.keys(entry.digests)))].sort();
  const from = "the marks of the custom resources";
  if (digests.length === 0) return { kind: "unknown" };
  const { digest } = resolved;
  if (digests.length === 1 && digests[0] === digest)
    return { kind: "equal", from, digest, isFromMarks: true };
  return { kind: "differs", from, digests };
}

const TIMEOUT_MS = 10_000;

async function fromView(url: string, { resolved, signal }: RunningOptions): Promise<Running> {
  const { digest } = resolved;
  const summary = await read(url, "/katalog", signal);
  const runs = isJsonObject(summary) ? summary["digest"] : undefined;
  if (typeof runs !== "string") {
    throw new OperationalError(
      `Cannot compare with "${url}": it does not answer as a running ork does`,
    );
  }
  if (runs === digest) return { kind: "equal", from: url, digest };
  const before = await read(url, "/katalog/raw", signal);
  // Through the same filter, so that what the view hides does not look like a change.
  const after = JSON.parse(JSON.stringify(shownKatalog(resolved.katalog))) as Json;
  const document = documentDifferences(before, after);
  return { kind: "differs", from: url, digests: [runs], document };
}

async function read(base: string, path: string, signal: AbortSignal): Promise<Json> {
  const url = addressOf(base, path);
  try {
    const response = await fetch(url, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      redirect: "error",
    });
    if (!response.ok) throw new OperationalError(`it answers ${response.status}`);
    return (await response.json()) as Json;
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new OperationalError(
      `Cannot read what runs from "${url}": give the address of its view, as in --running http://127.0.0.1:8080`,
      { cause },
    );
  }
}

function addressOf(base: string, path: string): URL {
  try {
    const url = new URL(base);
    if (url.protocol !== "http:" && url.protocol !== "https:") throw new TypeError(url.protocol);
    return new URL(path, url);
  } catch {
    throw new UsageError(
      `Option "--running" is "${base}", expected a URL such as http://127.0.0.1:8080, or the path of a lock`,
    );
  }
}
