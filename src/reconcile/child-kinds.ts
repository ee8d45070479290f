/**
 * Kinds that a custom resource had children of under earlier Katalogs. Its marks name them, so that
 * what is declared no more is found after a restart, whatever the Katalog of today says.
 */
import { typeKey } from "../apply/child.ts";
import { apiVersionOf, type KubeObject, parseApiVersion } from "../schema/object.ts";
import type { PassContext } from "./context.ts";
import { ReconcileError } from "./error.ts";
import { CHILD_KINDS_ANNOTATION } from "./marks.ts";
import { observe } from "./observe.ts";
import type { ChildKindReference } from "./program.ts";

/**
 * Makes the kinds of the program and those of the marks known, so that they are observed even when
 * no entry is active. One that the cluster does not serve is left to the entry that needs it.
 */
export async function findKinds(object: KubeObject, context: PassContext): Promise<void> {
  const { program, kinds, signal } = context;
  for (const { apiVersion, kind } of [...program.childKinds, ...formerKinds(object, context)]) {
    await kinds.find(apiVersion, kind, signal).catch((error: unknown) => {
      if (!(error instanceof ReconcileError)) throw error;
    });
  }
}

/** The text of the mark: the kinds of today, and former ones of which children are still there. */
export async function childKindsText(object: KubeObject, context: PassContext): Promise<string> {
  const former = formerKinds(object, context);
  const { owned } = former.length === 0 ? { owned: [] } : await observe(context);
  const alive = new Set(owned.map(({ type }) => `${apiVersionOf(type)} ${typeKey(type)}`));
  const kept = former.filter(({ apiVersion, kind }) =>
    alive.has(`${apiVersion} ${typeKey({ ...parseApiVersion(apiVersion), kind })}`),
  );
  return textOf([...context.program.childKinds, ...kept]);
}

function formerKinds(object: KubeObject, { program }: PassContext): readonly ChildKindReference[] {
  const text = object.metadata.annotations?.[CHILD_KINDS_ANNOTATION];
  const today = textOf(program.childKinds);
  if (text === undefined || text === today) return [];
  const known = new Set(today.split(","));
  return text.split(",").flatMap((entry) => {
    const slash = entry.lastIndexOf("/");
    if (slash <= 0 || known.has(entry)) return [];
    return [{ apiVersion: entry.slice(0, slash), kind: entry.slice(slash + 1) }];
  });
}

function textOf(kinds: readonly ChildKindReference[]): string {
  return [...new Set(kinds.map(({ apiVersion, kind }) => `${apiVersion}/${kind}`))]
    .sort()
    .join(",");
}
