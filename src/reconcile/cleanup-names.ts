/**
 * Names of what a deletion will create, looked at while the custom resource lives: one that the API server
 * can only refuse would keep the finalizer for ever, and nobody would know before.
 *
 * Worked out once for each generation, and only where `onDelete` creates something. What cannot be told before the
 * deletion (its conditions and templates may ask for what is not there yet) is not told.
 */
import { apiVersionOf } from "../schema/object.ts";
import { nameProblem, nameRule } from "../schema/object-name.ts";
import { announceOnce } from "./announce.ts";
import type { PassContext } from "./context.ts";
import { trackEnvironment } from "./environment.ts";
import { expandEntries, type Instance } from "./expand.ts";
import { readsCalls } from "./external-program.ts";
import { type EntryProgram, hasFixedKind } from "./program.ts";
import type { Settled } from "./settle.ts";

export async function foretellCleanup(
  { object, scope }: Pick<Settled, "object" | "scope">,
  context: PassContext,
): Promise<void> {
  const { program, memory } = context;
  const { generation } = object.metadata;
  if (program.onDelete.groups.length === 0 || memory.foretold === generation) return;
  memory.foretold = generation;
  for (const instance of await instancesOf(scope, object, context)) {
    const message = problemOf(instance);
    if (message === undefined) continue;
    const reason = `${object.kind}DeleteError`;
    const isNews = announceOnce(object, { reason, message }, context);
    if (isNews) context.surroundings.log.warn(message, { name: object.metadata.name });
  }
}

/** Kinds that only a template names are not asked for: it would cost requests. */
async function instancesOf(
  scope: Settled["scope"],
  owner: Settled["object"],
  { program, surroundings, evaluations, kinds, nowMs, signal }: PassContext,
): Promise<readonly Instance[]> {
  const runs = program.onDelete.groups
    .flat()
    .flatMap((step): EntryProgram[] => (step.kind === "run" ? [step.run] : []));
  // What a name has from a call is known when that is made.
  const entries = runs.filter((entry) => hasFixedKind(entry) && !readsCalls(entry.name));
  if (entries.length === 0) return [];
  const { timeZone, random } = surroundings;
  // Of its own: that a cleanup reads the clock is no reason to look at this one again.
  const environment = trackEnvironment({ nowMs, timeZone, random });
  const { allowedNamespaces } = program.crd;
  const around = { owner, allowedNamespaces, scope, environment, evaluations, kinds, signal };
  const { instances } = await expandEntries(entries, around);
  return instances.filter(({ verdict }) => verdict !== "inactive");
}

function problemOf({ type, name, program }: Instance): string | undefined {
  const { kind } = type;
  const problem = nameProblem(name, nameRule({ apiVersion: apiVersionOf(type), kind }));
  if (!problem) return undefined;
  return `A deletion will fail: ${program.entry.id} names a ${kind} "${name}" (${name.length} characters), expected ${problem.expected}; "truncateName" shortens names`;
}
