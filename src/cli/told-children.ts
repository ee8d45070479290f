/** What `Ready` of a custom resource says of single children, in the tree of `ork get`. Pure. */
import type { ChildKindReference } from "../reconcile/program.ts";
import type { KubeObject } from "../schema/object.ts";
import { isToldOf, type ToldChild, toldChildren, withWhatIsTold } from "../status/told-children.ts";
import type { TreeEntry } from "./tree.ts";

/** The children with what `owner` says of them, and those that it could not make; `kinds`: all that it may have. */
export function withTold(
  children: readonly TreeEntry[],
  owner: KubeObject,
  kinds: readonly ChildKindReference[],
): readonly TreeEntry[] {
  const told = toldChildren(owner);
  if (told.length === 0) return children;
  const known = children.map((child) => ({
    ...child,
    readiness: withWhatIsTold(child.object, child.readiness, told),
  }));
  const missing = told.filter(
    (one) =>
      one.readiness.kind === "failed" && !children.some(({ object }) => isToldOf(object, one)),
  );
  return [...known, ...missing.flatMap((one) => unmade(one, kinds))];
}

function unmade(
  { kind, key, readiness }: ToldChild,
  kinds: readonly ChildKindReference[],
): TreeEntry[] {
  const found = kinds.find((one) => one.kind === kind);
  if (!found) return [];
  const [name = "", namespace] = key.split("/").reverse();
  const metadata = { name, ...(namespace !== undefined && { namespace }) };
  return [{ object: { apiVersion: found.apiVersion, kind, metadata }, readiness }];
}
