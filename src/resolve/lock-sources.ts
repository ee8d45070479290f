/**
 * Sources that keep to a lock: what is fetched is held against what the lock says of it, and noted, so
 * that a lock can be written. Offline, the cache is the only source.
 *
 * What a tag, a branch or a URL means today must be what the lock says, or the start stops with both
 * values. Of a range of versions the locked one is fetched, so that a new release changes nothing.
 */
import { createHash } from "node:crypto";
import type { Bundle } from "../source/bundle.ts";
import { packBundle, unpackBundle } from "../source/bundle-pack.ts";
import type { ContentCache } from "../source/cache.ts";
import { parseOciReference } from "../source/oci/reference.ts";
import { coversArtifact } from "../source/oci/rule-match.ts";
import type { BundleReference, SignatureRule, SourceReference } from "../source/reference.ts";
import { type Content, content, type Sources, urlScheme } from "../source/source.ts";
import { SourceError } from "../source/source-error.ts";
import { canonicalJson, type Json } from "../std/json.ts";
import { shownRules } from "./accepted-by.ts";
import { LOCK_NAME, type Lock, type LockEntry, type LockReference, lockKey } from "./lock.ts";

export interface LockPolicy {
  /** Absent: nothing is held against anything. */
  readonly lock?: Lock | undefined;
  /** What the lock does not name is refused. */
  readonly isRequired: boolean;
  /** Nothing is fetched. */
  readonly isOffline: boolean;
  readonly cache?: ContentCache | undefined;
  /** A lock is about to be written: what is read counts as locked. */
  readonly isWriting?: boolean;
  /** Looked at anew, whatever the lock says. */
  isRenewed(reference: LockReference): boolean;
}

export interface LockedSources extends Sources {
  /** What was read so far, as a lock would name it. */
  readonly seen: readonly LockEntry[];
  /** Read, and not in the lock. */
  readonly unlocked: readonly LockReference[];
}

export function lockSources(inner: Sources, policy: LockPolicy): LockedSources {
  const { isWriting = false } = policy;
  const seen = new Map<string, LockEntry>();
  const unlocked = new Map<string, LockReference>();
  const lookUp = (asked: LockReference): LockEntry | undefined => {
    const entry = policy.isRenewed(asked) ? undefined : policy.lock?.find(asked);
    if (entry) return entry;
    if (policy.isRequired) throw notLocked(asked);
    if (policy.isOffline) throw policy.lock ? notLocked(asked, "offline") : withoutLock(asked);
    unlocked.set(lockKey(asked), asked);
    return undefined;
  };
  const settle = (found: LockEntry, entry: LockEntry | undefined) => {
    if (entry) compare(found, entry);
    const other = seen.get(lockKey(found));
    if (other && other.digest !== found.digest) throw alike(found);
    // Asked for with a keyring and without one: what was verified stays so, whichever came first.
    const isKnown = other?.verified !== undefined && !((found.verified ?? "") > other.verified);
    if (!isKnown) seen.set(lockKey(found), found);
  };
  return {
    files: inner.files,
    isOffline: policy.isOffline,
    get seen() {
      return [...seen.values()];
    },
    get unlocked() {
      return [...unlocked.values()];
    },
    isFixed: (reference) => isWriting || policy.lock?.find(urlOf(reference)) !== undefined,
    async read(reference) {
      if (urlScheme(reference.location) === undefined) return inner.read(reference);
      const asked = urlOf(reference);
      const entry = lookUp(asked);
      if (policy.isOffline && entry) {
        const kept = content(reference, await fromCache(entry, policy));
        seen.set(lockKey(entry), entry);
        return kept;
      }
      const found = await inner.read(reference);
      settle({ ...asked, digest: found.digest }, entry);
      await policy.cache?.put(bytesOf(found));
      return found;
    },
    async fetch(reference) {
      // A chart on disk lies beside the lock, under the same version control.
      if (urlScheme(reference.location) === undefined) return inner.fetch(reference);
      const asked = bundleOf(reference);
      const entry = lookUp(asked);
      const verified = rulesDigest(reference);
      if (policy.isOffline && entry) {
        if (verified !== undefined && verified !== entry.verified)
          throw notVerified(entry, reference);
        const kept = await offlineBundle(entry, policy);
        seen.set(lockKey(entry), entry);
        return kept;
      }
      const bundle = await inner.fetch(narrowed(reference, entry));
      const packed = packBundle(bundle);
      const { version, digest } = bundle;
      const found = { ...asked, digest, content: await digestOf(packed, policy) };
      const more = { ...(version !== undefined && { version }), ...(verified && { verified }) };
      settle({ ...found, ...more }, entry);
      return entry || isWriting ? { ...bundle, isFixed: true } : bundle;
    },
  };
}

function urlOf({ name }: SourceReference): LockReference {
  return { kind: "url", reference: name };
}

function bundleOf(reference: BundleReference): LockReference {
  const { kind, name } = reference;
  switch (reference.kind) {
    case "artifact":
      return { kind, reference: name };
    case "git":
      return {
        kind,
        reference: name,
        ...(reference.ref !== undefined && { asked: reference.ref }),
      };
    case "chart":
      return {
        kind,
        reference: name,
        ...(reference.chart !== undefined && { chart: reference.chart }),
        ...(reference.version !== undefined && { asked: reference.version }),
      };
    default:
      return reference satisfies never;
  }
}

/** The locked version instead of a range. */
function narrowed(reference: BundleReference, entry: LockEntry | undefined): BundleReference {
  if (reference.kind !== "chart" || entry?.version === undefined) return reference;
  return { ...reference, version: entry.version };
}

/** Stands for the rules and keys that signatures are held against; `undefined` without any. */
function rulesDigest(reference: BundleReference): string | undefined {
  const signatures = shownRules(rulesFor(reference));
  const keyring = reference.kind === "chart" ? reference.keyring?.base64 : undefined;
  if (signatures.length === 0 && keyring === undefined) return undefined;
  const rules = { signatures, ...(keyring !== undefined && { keyring }) };
  return sha256(new TextEncoder().encode(canonicalJson(rules as unknown as Json)));
}

/** Those that have a say in it. */
function rulesFor({ kind, location, signatures = [] }: BundleReference): readonly SignatureRule[] {
  switch (kind) {
    case "artifact": {
      if (signatures.length === 0) return [];
      const artifact = parseOciReference(location);
      return signatures.filter(({ match }) => coversArtifact(match, artifact));
    }
    // Its dependencies may come from any registry.
    case "chart":
      return signatures;
    // Nothing is signed there that a rule could be about.
    case "git":
      return [];
    default:
      return kind satisfies never;
  }
}

/** Signatures lie beside what they sign, so offline nobody can look at them. */
function notVerified({ reference }: LockEntry, asked: BundleReference): SourceError {
  const rule =
    asked.kind === "chart" && asked.keyring ? "keyring or policy.verify" : "policy.verify";
  const message = `Cannot use "${reference}" offline: it was locked under another ${rule}, or none`;
  const hint = `Write the lock anew with "ork lock", which verifies the signatures`;
  return new SourceError("signature", message, { hint });
}

function compare(found: LockEntry, entry: LockEntry): void {
  const isSame = found.digest === entry.digest && found.content === entry.content;
  if (isSame) return;
  const by = found.digest === entry.digest ? "content" : "digest";
  const what = by === "content" ? "the files in it have" : "its digest is";
  const message = `Cannot use "${found.reference}": ${what} ${found[by]}, ${LOCK_NAME} says ${entry[by]}`;
  const hint = `Look at what changed there; "ork lock --update ${found.reference}" takes it over`;
  throw new SourceError("digest", message, { hint });
}

/** What tells them apart (a query, a variable) may be secret, so it is not in the lock. */
function alike({ reference }: LockReference): SourceError {
  const message = `Cannot lock "${reference}": two references that look the same bring different things`;
  const hint = "Give them different paths: queries and values of variables are not written down";
  return new SourceError("lock", message, { hint });
}

function notLocked({ reference }: LockReference, mode?: "offline"): SourceError {
  const why = mode === "offline" ? "nothing is fetched with --offline" : "--locked allows no other";
  const message = `Cannot use "${reference}": ${LOCK_NAME} does not name it, and ${why}`;
  const hint = `Write the lock anew with "ork lock", and look at what it says`;
  return new SourceError("lock", message, { hint });
}

function withoutLock({ reference }: LockReference): SourceError {
  const message = `Cannot use "${reference}" offline: there is no ${LOCK_NAME}, which says what to take from the cache`;
  const hint = `Run "ork lock" once with a connection, which writes it and fills the cache`;
  return new SourceError("lock", message, { hint });
}

async function fromCache(entry: LockEntry, { cache }: LockPolicy): Promise<Uint8Array> {
  const digest = entry.content ?? entry.digest;
  const bytes = await cache?.get(digest);
  if (bytes) return bytes;
  const message = `Cannot read "${entry.reference}" offline: the cache does not hold ${digest}`;
  const hint = `Run "ork lock --check" once with a connection, which fills the cache`;
  throw new SourceError("lock", message, { hint });
}

async function offlineBundle(entry: LockEntry, policy: LockPolicy): Promise<Bundle> {
  const bundle = unpackBundle(await fromCache(entry, policy));
  if (bundle && bundle.digest === entry.digest) return { ...bundle, isFixed: true };
  const message = `Cannot use "${entry.reference}": what the cache holds for it is something else`;
  const hint = `Write the lock anew with "ork lock"`;
  throw new SourceError("digest", message, { hint });
}

/** Of the packed files; they are kept where there is a cache. */
async function digestOf(packed: Uint8Array, { cache }: LockPolicy): Promise<string> {
  return cache ? cache.put(packed) : sha256(packed);
}

/** Decoding leaves a byte order mark out, which is part of what the digest is over. */
function bytesOf({ text, digest }: Content): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  return sha256(bytes) === digest ? bytes : new TextEncoder().encode(`\uFEFF${text}`);
}

function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
