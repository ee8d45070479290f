/** What a plan is given, and what its steps hand on to each other. */
import type { KubeClient } from "../kube/client.ts";
import type { Discovery } from "../kube/discovery.ts";
import type { Program } from "../reconcile/program.ts";
import type { BoxEnvironment } from "../runtime/box-environment.ts";
import type { BoxCaches } from "../runtime/box-start.ts";
import type { CustomSchemas } from "../runtime/custom-schemas.ts";
import type { Obstacle } from "../runtime/health.ts";
import type { InstallPolicy } from "../runtime/install.ts";
import type { Clock } from "../std/clock.ts";
import type { JsonObject } from "../std/json.ts";
import type { PlannedWorld } from "./planned-world.ts";
import type { PlannedWrite } from "./planned-write.ts";

export interface PlanOptions {
  readonly katalogName: string;
  /** That one, and those of all Katalogs that it imports. */
  readonly katalogNames: readonly string[];
  readonly configDigest: string;
  /** One for each enabled entry. */
  readonly programs: readonly Program[];
  /** CustomResourceDefinitions of the Katalog. */
  readonly definitions: readonly JsonObject[];
  readonly client: KubeClient;
  readonly discovery: Discovery;
  readonly clock: Clock;
  readonly random: () => number;
  readonly randomBytes: (size: number) => Uint8Array;
  /** IANA name. */
  readonly timeZone: string;
  /** As `run` would have them. */
  readonly installCrds: InstallPolicy;
  readonly installResources: InstallPolicy;
  readonly forceTakeover: boolean;
  /** At most so many custom resources of each entry are looked at; absent: all. */
  readonly sample?: number | undefined;
  readonly signal: AbortSignal;
  onProgress?(progress: PlanProgress): void;
}

export interface PlanProgress {
  readonly entry: string;
  readonly done: number;
  readonly total: number;
}

export interface EntryOptions extends PlanOptions {
  readonly world: PlannedWorld;
}

/** An entry whose CRD was seen to, and whose box has not started. */
export interface OpenedEntry {
  readonly program: Program;
  readonly options: EntryOptions;
  readonly environment: BoxEnvironment;
  readonly schemas: CustomSchemas;
  readonly brought: PlannedWrite[];
  readonly notices: string[];
  readonly obstacle: Obstacle | undefined;
}

/** What {@link planResource} is given. */
export interface StartedEntry extends OpenedEntry {
  readonly caches: BoxCaches;
}
