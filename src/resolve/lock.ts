/**
 * `orkestra.lock`: what every reference to another machine meant when somebody looked, so that a start can
 * tell whether it still means that. Text ⇄ data; pure.
 *
 * Local files are not in it: they lie beside it, under the same version control. Nothing secret is in it:
 * references are as the documents spell them.
 *
 * Guarantees: the same entries give the same text, whatever the order in which they were read; a text of
 * which any byte changed is refused, by a checksum over all of it.
 */
import { createHash } from "node:crypto";
import { isJsonObject, type Json, type JsonObject } from "../std/json.ts";
import { parseYaml } from "../std/yaml.ts";
import { toJson } from "../std/yaml-node.ts";

export type LockKind = "url" | "artifact" | "git" | "chart";

/** What identifies a reference in a document. */
export interface LockReference {
  readonly kind: LockKind;
  /** As the document spells it, without anything secret. */
  readonly reference: string;
  /** Of a repository of charts. */
  readonly chart?: string;
  /** A version, a range, a branch or a tag that is asked for beside the reference. */
  readonly asked?: string;
}

export interface LockEntry extends LockReference {
  /** That was found, where the reference left a choice. */
  readonly version?: string;
  /** Of what was fetched: `sha256:` and 64 hex digits; of git `sha1:` and the commit. */
  readonly digest: string;
  /** Of the files in it, as the cache keeps them; absent where that is the digest itself. */
  readonly content?: string;
  /** Of the rules of `policy.verify`, and the keyring, that it was held against; absent: there were none. */
  readonly verified?: string;
}

export interface Lock {
  /** In the order of the text. */
  readonly entries: readonly LockEntry[];
  find(reference: LockReference): LockEntry | undefined;
}

/** The text is not a lock, or was changed by hand. */
export class LockError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "LockError";
  }
}

export const LOCK_NAME = "orkestra.lock";

const HEAD = `# What the imports meant when "ork lock" looked. Commit it beside the documents; do not edit it.`;
const VERSION = 1;
const CHECKSUM = "checksum: ";

export function createLock(entries: Iterable<LockEntry>): Lock {
  const byKey = new Map([...entries].map((entry) => [lockKey(entry), entry]));
  const sorted = [...byKey].sort(([left], [right]) => (left < right ? -1 : 1));
  return {
    entries: sorted.map(([, entry]) => entry),
    find: (reference) => byKey.get(lockKey(reference)),
  };
}

/** One text for each reference. */
export function lockKey({ kind, reference, chart = "", asked = "" }: LockReference): string {
  return JSON.stringify([kind, reference, chart, asked]);
}

export function printLock({ entries }: Lock): string {
  const lines = [HEAD, `version: ${VERSION}`, entries.length === 0 ? "imports: []" : "imports:"];
  for (const entry of entries) {
    for (const [index, field] of FIELDS.filter((name) => entry[name] !== undefined).entries()) {
      lines.push(`${index === 0 ? "  - " : "    "}${field}: ${JSON.stringify(entry[field])}`);
    }
  }
  const body = `${lines.join("\n")}\n`;
  return `${body}${CHECKSUM}${checksum(body)}\n`;
}

const FIELDS = [
  "reference",
  "kind",
  "chart",
  "asked",
  "version",
  "digest",
  "content",
  "verified",
] as const;
const REQUIRED = ["reference", "kind", "digest"] as const;
const KINDS: readonly string[] = ["url", "artifact", "git", "chart"] satisfies LockKind[];
const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha1:[0-9a-f]{40})$/;

/** Throws `LockError`. `name` is for messages. */
export function parseLock(text: string, name: string): Lock {
  // Git may check files out with other line ends.
  const plain = text.replaceAll("\r\n", "\n");
  const at = plain.lastIndexOf(`\n${CHECKSUM}`) + 1;
  const body = plain.slice(0, at);
  if (at === 0 || plain.slice(at) !== `${CHECKSUM}${checksum(body)}\n`) {
    throw new LockError(
      `Cannot use "${name}": its checksum does not fit, so somebody changed or cut it; take it from version control, or write it anew with "ork lock"`,
    );
  }
  return createLock(entriesOf(body, name));
}

function entriesOf(body: string, name: string): readonly LockEntry[] {
  const [document] = parseYaml(body, { file: name }).documents;
  const data: Json = document ? toJson(document) : null;
  if (!isJsonObject(data) || data["version"] !== VERSION || !Array.isArray(data["imports"])) {
    throw new LockError(
      `Cannot use "${name}": it is not a lock of version ${VERSION}; write it anew with "ork lock"`,
    );
  }
  return data["imports"].map((entry) => {
    if (isJsonObject(entry) && isEntry(entry)) return entry as unknown as LockEntry;
    throw new LockError(
      `Cannot use "${name}": it has an entry that is none: ${JSON.stringify(entry)}`,
    );
  });
}

function isEntry(entry: JsonObject): boolean {
  const names = Object.keys(entry);
  return (
    REQUIRED.every((field) => names.includes(field)) &&
    names.every((field) => (FIELDS as readonly string[]).includes(field)) &&
    Object.values(entry).every((value) => typeof value === "string") &&
    KINDS.includes(String(entry["kind"])) &&
    [entry["digest"], entry["content"], entry["verified"]].every(
      (one) => one === undefined || DIGEST.test(String(one)),
    )
  );
}

function checksum(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}
