/** What the steps of one pass share. */
import type { Owner } from "../apply/inventory.ts";
import type { ObservedChild } from "../apply/prune.ts";
import { createWriter, type Writer } from "../apply/writer.ts";
import type { KubeObject, ResourceType } from "../schema/object.ts";
import { type TrackedEnvironment, trackEnvironment } from "./environment.ts";
import { Evaluations } from "./evaluations.ts";
import { createKinds, type Kinds } from "./kinds.ts";
import type { KeyMemory } from "./memory.ts";
import { ownerOf } from "./owner.ts";
import { OwnerLists } from "./owner-lists.ts";
import { type Places, placesOf } from "./places.ts";
import type { Program } from "./program.ts";
import type { Surroundings } from "./surroundings.ts";

/** One per reconciler: what stays the same from pass to pass. */
export interface ReconcilerContext {
  readonly program: Program;
  readonly surroundings: Surroundings;
  readonly kinds: Kinds;
  /** Those that the program names. */
  readonly places: Places;
  readonly writer: Writer;
  readonly ownerLists: OwnerLists;
  /** Templates of all passes: any of them may take all its steps. */
  readonly evaluations: Evaluations;
}

/** One per pass. */
export interface PassContext extends ReconcilerContext {
  readonly owner: Owner;
  readonly memory: KeyMemory;
  readonly environment: TrackedEnvironment;
  /**
   * Kinds whose children this pass must see. Of all others, which only other custom resources brought
   * up, it sees what is cached: a kind that cannot be watched is in the way of those that want it alone.
   */
  readonly needed: Set<ResourceType>;
  /** Children in places that no cache covers, as the server told. */
  readonly far: ObservedChild[];
  /** Kinds, as the marks name them, that could not be looked for: their API does not answer. */
  readonly unseen: Set<string>;
  /** The write of finalizer and marks, while it is under way: every other write waits until it is done. */
  readonly marking?: Promise<KubeObject>;
  /** What `announceOnce` was asked to say in this pass. */
  readonly told: Set<string>;
  /** The instant of this pass; reading it here does not count as a template's look at the clock. */
  readonly nowMs: number;
  readonly signal: AbortSignal;
}

export function openReconciler(program: Program, surroundings: Surroundings): ReconcilerContext {
  const { client, clock } = surroundings;
  return {
    program,
    surroundings,
    kinds: createKinds(surroundings),
    places: placesOf(program.childKinds),
    writer: createWriter(client),
    ownerLists: new OwnerLists(client),
    evaluations: surroundings.evaluations ?? new Evaluations(clock),
  };
}

export function openPass(
  object: KubeObject,
  { memory, signal }: { readonly memory: KeyMemory; readonly signal: AbortSignal },
  context: ReconcilerContext,
): PassContext {
  const { clock, timeZone, random, type } = context.surroundings;
  const nowMs = clock.now();
  return {
    ...context,
    owner: ownerOf(object, type),
    memory,
    environment: trackEnvironment({ nowMs, timeZone, random }),
    needed: new Set(),
    far: [],
    unseen: new Set(),
    told: new Set(),
    nowMs,
    signal,
  };
}
