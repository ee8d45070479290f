/**
 * The entry of a pass that created what a custom resource declares, before it is one. Each custom resource has such
 * a pass, a thousand come at once, and of most nobody asks: so the entry is made when somebody does, or when the
 * next pass comes. Pure.
 *
 * Guarantees: a draft keeps alive little more than the text would take. Passes that wrote fields of children, that
 * failed or that changed a status have none.
 */
import type { Change } from "../apply/changes.ts";
import type { KubeObject } from "../schema/object.ts";
import type { Outcome } from "../status/outcome.ts";
import { invariant } from "../std/invariant.ts";
import type { Json } from "../std/json.ts";
import type { Cause } from "./causes.ts";
import { type HistoryEntry, historyEntry, MAX_CHANGES, type Reconciled } from "./history-entry.ts";

export interface CreationDraft {
  readonly atMs: number;
  readonly tookMs: number;
  readonly causes: readonly Cause[];
  readonly changes: readonly Change[];
  readonly kind: string;
  readonly name: string;
  readonly namespace: string | undefined;
  readonly finalizersBefore: readonly string[];
  readonly finalizers: readonly string[];
  /** Of the object in the cache: it is there anyway, at least until the next pass. */
  readonly status: Json | undefined;
}

const NONE: readonly string[] = [];

/** `undefined`: it was another kind of pass. */
export function creationDraft(reconciled: Reconciled): CreationDraft | undefined {
  const { atMs, tookMs, causes, outcome, before, after } = reconciled;
  if (outcome.kind !== "settled" || before === undefined || after === undefined) return undefined;
  const { changes } = outcome;
  if (before.status !== undefined || isSameVersion(before, after)) return undefined;
  if (changes.length > MAX_CHANGES || !changes.some(isCreation)) return undefined;
  if (changes.some(isLarge) || causes.some(isOfChild)) return undefined;
  const { kind, status, metadata } = after;
  const { name, namespace, finalizers = NONE } = metadata;
  const { finalizers: finalizersBefore = NONE } = before.metadata;
  return {
    atMs,
    tookMs,
    causes,
    changes,
    kind,
    name,
    namespace,
    finalizersBefore,
    finalizers,
    status,
  };
}

function isSameVersion(before: KubeObject, after: KubeObject): boolean {
  return before.metadata.resourceVersion === after.metadata.resourceVersion;
}

function isCreation({ action }: Change): boolean {
  return action === "created";
}

function isLarge({ fields, reason }: Change): boolean {
  return fields !== undefined || reason !== undefined;
}

/** It may hold all fields that somebody manages of the child. */
function isOfChild({ kind }: Cause): boolean {
  return kind === "child";
}

/** The same that {@link historyEntry} would have made at once. */
export function entryOfDraft(draft: CreationDraft): HistoryEntry {
  const { kind, name, namespace, finalizersBefore, finalizers, status, changes, ...rest } = draft;
  const place = { name, ...(namespace !== undefined && { namespace }) };
  const before: KubeObject = {
    apiVersion: "",
    kind,
    metadata: { ...place, resourceVersion: "before", finalizers: finalizersBefore },
  };
  const after: KubeObject = {
    apiVersion: "",
    kind,
    metadata: { ...place, resourceVersion: "after", finalizers },
    ...(status !== undefined && { status }),
  };
  const outcome: Outcome = { kind: "settled", changes };
  const entry = historyEntry({ ...rest, outcome, before, after });
  invariant(entry !== undefined, "a pass that created something has an entry");
  return entry;
}
