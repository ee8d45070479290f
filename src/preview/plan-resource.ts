/**
 * The plan of one custom resource: passes of the production reconciler, their writes noted, until one
 * writes nothing. The last one is free where nothing is left to do.
 */
import { childTitle } from "../apply/child.ts";
import { isKubeError, isNotFound } from "../kube/error.ts";
import { isTransient } from "../reconcile/classify.ts";
import { createReconciler } from "../reconcile/reconcile.ts";
import type { Surroundings } from "../reconcile/surroundings.ts";
import { type KubeObject, objectKey, parseApiVersion } from "../schema/object.ts";
import type { Outcome } from "../status/outcome.ts";
import { DryClient } from "./dry-client.ts";
import { kindSchema } from "./kind-schemas.ts";
import { type ObjectPlan, objectPlans } from "./object-plan.ts";
import type { StartedEntry } from "./plan-options.ts";
import type { PlannedWrite } from "./planned-write.ts";

export interface ResourcePlan {
  readonly namespace?: string;
  readonly name: string;
  readonly isBeingDeleted: boolean;
  /** What is written, the custom resource itself first where it is. */
  readonly objects: readonly ObjectPlan[];
  /** What the last pass would come to. */
  readonly outcome: PlannedOutcome;
  /** Why, unless it settled; each reason once. */
  readonly reasons: readonly string[];
  /** Warnings that the pass would send as Events, and what is left as it is although it is declared otherwise. */
  readonly warnings: readonly string[];
}

/**
 * `stuck`: until the custom resource or the Katalog changes. `retrying`: refused, and tried again with
 * backoff. `failed`: the cluster did not answer, or changed all the time, so the plan cannot tell.
 */
export type PlannedOutcome = "settled" | "waiting" | "stuck" | "retrying" | "failed";

const MAX_ATTEMPTS = 3;
/** More never follow from each other, unless something flips for ever. */
const MAX_PASSES = 10;

export async function planResource(object: KubeObject, entry: StartedEntry): Promise<ResourcePlan> {
  const writes: PlannedWrite[] = [];
  const warnings: string[] = [];
  const surroundings = surroundingsOf(entry, {
    note: (write) => void writes.push(write),
    hasCreated: () => writes.some(isCreation),
    warn: (message) => void warnings.push(message),
  });
  const { signal } = entry.options;
  const key = objectKey(object.metadata);
  const isBeingDeleted = object.metadata.deletionTimestamp !== undefined;
  let outcome = await passOnce();
  for (let attempt = 1; attempt < MAX_ATTEMPTS && isPassing(outcome); attempt++) {
    await refresh(object, surroundings, entry.options);
    outcome = await passOnce();
  }
  // What a pass deletes sets off the next one; each step of a cleanup waits for the one before.
  for (let pass = 1, written = 0; pass < MAX_PASSES && writes.length > written; pass++) {
    written = writes.length;
    outcome = await passOnce();
  }
  const { name, namespace } = object.metadata;
  return {
    ...(namespace !== undefined && { namespace }),
    name,
    isBeingDeleted,
    objects: inOrder(
      objectPlans(writes, (kind) => kindSchema(kind, entry.schemas)),
      object,
    ),
    ...withUnknown(summary(outcome), isBeingDeleted ? writes.filter(isCreation) : []),
    warnings: [...new Set([...warnings, ...notesOf(outcome)])],
  };

  /** A reconciler remembers what settled, and the plan's versions stand still: a new one each time. */
  function passOnce(): Promise<Outcome> {
    return createReconciler(entry.program, surroundings).reconcile(key, { signal });
  }
}

/** The custom resource, then its children by kind and name: requests run side by side. */
function inOrder(plans: readonly ObjectPlan[], { kind, metadata }: KubeObject) {
  const isOwn = (plan: ObjectPlan) => plan.kind === kind && objectKey(plan) === objectKey(metadata);
  const text = (plan: ObjectPlan) => `${isOwn(plan) ? 0 : 1} ${plan.kind} ${objectKey(plan)}`;
  return [...plans].sort((left, right) => (text(left) < text(right) ? -1 : 1));
}

/** The custom resource changed while the plan was made: what it is now counts. */
async function refresh(
  { metadata }: KubeObject,
  { client, type, primary }: Surroundings,
  { world, signal }: Pick<StartedEntry["options"], "world" | "signal">,
): Promise<void> {
  const { name, namespace } = metadata;
  const reference = { type, name, ...(namespace !== undefined && { namespace }) };
  try {
    primary.remember(await client.get(reference, { signal }));
  } catch (error) {
    // Gone meanwhile: the next pass has nothing to do. What cannot be read, the next pass says.
    if (isNotFound(error)) world.remove(reference);
    else if (!isKubeError(error) || error.status === 0) throw error;
  }
}

function isPassing(outcome: Outcome): boolean {
  return outcome.kind === "retry" && isTransient(outcome.error);
}

function summary(outcome: Outcome): Pick<ResourcePlan, "outcome" | "reasons"> {
  switch (outcome.kind) {
    case "settled":
      return { outcome: "settled", reasons: [] };
    case "waiting":
      return { outcome: "waiting", reasons: outcome.reason.split("; ") };
    case "stuck":
      return { outcome: "stuck", reasons: messagesOf(outcome.error) };
    case "retry":
      return {
        outcome: isTransient(outcome.error) ? "failed" : "retrying",
        reasons: messagesOf(outcome.error),
      };
    default:
      return outcome satisfies never;
  }
}

/** What there is to say of children that are left as they are. */
function notesOf({ changes = [] }: Outcome): readonly string[] {
  return changes.flatMap(({ action, reason, type, ...place }) =>
    action === "unchanged" && reason !== undefined
      ? [`${childTitle(type, place)} is ${reason}`]
      : [],
  );
}

function messagesOf(error: Error): readonly string[] {
  if (!(error instanceof AggregateError)) return [error.message];
  return [...new Set(error.errors.map((one: unknown) => (one as Error).message))];
}

function isCreation({ verb, before, subresource }: PlannedWrite): boolean {
  return verb !== "delete" && before === undefined && subresource === undefined;
}

/** A cleanup waits for what it creates, and nothing that a plan creates runs. */
function withUnknown(
  found: Pick<ResourcePlan, "outcome" | "reasons">,
  created: readonly PlannedWrite[],
): Pick<ResourcePlan, "outcome" | "reasons"> {
  if (found.outcome !== "waiting") return found;
  const titles = created.map(({ type, ...place }) => childTitle(type, place));
  const reasons = found.reasons.map((reason) => {
    const title = titles.find((one) => reason.startsWith(`${one}: `));
    return title === undefined
      ? reason
      : `${title} would be created; what comes after it is not known`;
  });
  return { ...found, reasons };
}

interface Ears {
  note(write: PlannedWrite): void;
  hasCreated(): boolean;
  warn(message: string): void;
}

function surroundingsOf(
  { program, options, environment, schemas, caches }: StartedEntry,
  { note, hasCreated, warn }: Ears,
): Surroundings {
  const { type, primary, children } = caches;
  const { discovery, log, clock } = environment;
  const { world, timeZone } = options;
  return {
    katalogName: program.crd.katalog,
    configDigest: options.configDigest,
    forceTakeover: options.forceTakeover,
    isPlan: true,
    hasPlanned: hasCreated,
    type,
    hasStatusSubresource: type.hasStatus,
    client: new DryClient({
      client: options.client,
      world,
      schemaOf: (kind) => kindSchema(kind, schemas),
      note,
    }),
    primary,
    children,
    async lookupKind(apiVersion, kind, signal) {
      const found = await discovery.findKind({ ...parseApiVersion(apiVersion), kind }, { signal });
      if (found) await schemas.load(found, signal);
      return found;
    },
    schemaOf: (kind) => schemas.of(kind),
    clock,
    random: options.randomBytes,
    timeZone,
    emit(event) {
      if (event.type === "Warning") warn(event.message);
    },
    log,
  };
}
