/**
 * What `Ready` of a custom resource says of single children. A child that works may be another one than is declared,
 * since its last write was refused, or may be kept only until its successor stands; and one that cannot be made is
 * nowhere else. All of that is told in the message alone, in the words of `apply/child.ts` and `apply/rejection.ts`. Pure.
 */
import type { Readiness } from "../apply/readiness.ts";
import type { ChildKindReference } from "../reconcile/program.ts";
import { type KubeObject, objectKey } from "../schema/object.ts";
import { storedReady } from "../status/stored-ready.ts";
import type { TreeEntry } from "./tree.ts";

interface Told {
  readonly kind: string;
  /** `namespace/name`, or `name`. */
  readonly key: string;
  readonly readiness: Exclude<Readiness, { readonly kind: "ready" }>;
}

/** The children with what `owner` says of them, and those that it could not make; `kinds`: all that it may have. */
export function withTold(
  children: readonly TreeEntry[],
  owner: KubeObject,
  kinds: readonly ChildKindReference[],
): readonly TreeEntry[] {
  const ready = storedReady(owner);
  if (ready?.status !== "False") return children;
  const told = ready.message.split("; ").flatMap(readSentence);
  const isOf = ({ object }: TreeEntry, { kind, key }: Told) =>
    object.kind === kind && objectKey(object.metadata) === key;
  const known = children.map((child) => {
    const said = told.find((one) => isOf(child, one));
    const isNews = said?.readiness.kind === "failed" || child.readiness.kind === "ready";
    return said && isNews ? { ...child, readiness: said.readiness } : child;
  });
  const missing = told.filter(
    (one) => one.readiness.kind === "failed" && !children.some((child) => isOf(child, one)),
  );
  return [...known, ...missing.flatMap((one) => unmade(one, kinds))];
}

const TITLE = /\b([A-Z][A-Za-z0-9]*) "([^"]+)"/;
const STAYS = /^([A-Z][A-Za-z0-9]*) "([^"]+)" is (.+)$/s;

/** `Cannot write Service "a/b" …: why`, or `Service "a/b" is kept until …`. */
function readSentence(sentence: string): readonly Told[] {
  const [, waiting = "", place = "", state = ""] = STAYS.exec(sentence) ?? [];
  if (state) {
    return [{ kind: waiting, key: place, readiness: { kind: "progressing", reason: state } }];
  }
  const [head = ""] = sentence.split(": ", 1);
  const [, kind, key] = (head.startsWith("Cannot ") && TITLE.exec(head)) || [];
  if (kind === undefined || key === undefined) return [];
  return [{ kind, key, readiness: { kind: "failed", reason: sentence } }];
}

function unmade({ kind, key, readiness }: Told, kinds: readonly ChildKindReference[]): TreeEntry[] {
  const found = kinds.find((one) => one.kind === kind);
  if (!found) return [];
  const [name = "", namespace] = key.split("/").reverse();
  const metadata = { name, ...(namespace !== undefined && { namespace }) };
  return [{ object: { apiVersion: found.apiVersion, kind, metadata }, readiness }];
}
