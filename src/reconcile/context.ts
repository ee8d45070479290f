/** What the steps of one pass share. */
import type { Owner } from "../apply/inventory.ts";
import type { Writer } from "../apply/writer.ts";
import type { TrackedEnvironment } from "./environment.ts";
import type { Kinds } from "./kinds.ts";
import type { KeyMemory } from "./memory.ts";
import type { Program } from "./program.ts";
import type { Surroundings } from "./surroundings.ts";

/** One per reconciler: what stays the same from pass to pass. */
export interface ReconcilerContext {
  readonly program: Program;
  readonly surroundings: Surroundings;
  readonly kinds: Kinds;
  readonly writer: Writer;
}

/** One per pass. */
export interface PassContext extends ReconcilerContext {
  readonly owner: Owner;
  readonly memory: KeyMemory;
  readonly environment: TrackedEnvironment;
  /** The instant of this pass; reading it here does not count as a template's look at the clock. */
  readonly nowMs: number;
  readonly signal: AbortSignal;
}
