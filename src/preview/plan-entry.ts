/**
 * The plan of one entry: its CRD, the resources that it brings, and each of its custom resources.
 */
import type { ResolvedCrd } from "../katalog/resolved.ts";
import type { ApiResource } from "../kube/api-resource.ts";
import { isKubeError } from "../kube/error.ts";
import { CONFIG_DIGEST_ANNOTATION } from "../kube/marks.ts";
import type { Program } from "../reconcile/program.ts";
import type { BoxEnvironment } from "../runtime/box-environment.ts";
import { bringDefinition, type StartOptions, startBox } from "../runtime/box-start.ts";
import { createCustomSchemas } from "../runtime/custom-schemas.ts";
import type { Obstacle } from "../runtime/health.ts";
import { CRD_DIFFERS } from "../runtime/install.ts";
import { MissingKindError, obstacleOf, UnestablishedError } from "../runtime/obstacle.ts";
import { type KubeObject, objectKey } from "../schema/object.ts";
import { Bell } from "../std/bell.ts";
import { mapParallel } from "../std/parallel.ts";
import { type LogFields, type Logger, silentLogger } from "../telemetry/log.ts";
import { DryClient } from "./dry-client.ts";
import { kindSchema } from "./kind-schemas.ts";
import { type ObjectPlan, objectPlans } from "./object-plan.ts";
import { type DefinitionPlan, planDefinition } from "./plan-definition.ts";
import type { EntryOptions, OpenedEntry } from "./plan-options.ts";
import { planResource, type ResourcePlan } from "./plan-resource.ts";
import { createPlannedDiscovery } from "./planned-discovery.ts";
import type { PlannedWrite } from "./planned-write.ts";
import { createStillInformers } from "./still-informers.ts";

export interface EntryPlan {
  readonly crd: ResolvedCrd;
  /** Absent when the cluster does not serve the kind. */
  readonly type?: ApiResource;
  /** Why the entry would not start; nothing is known of its custom resources then. */
  readonly obstacle?: Obstacle;
  readonly definition?: DefinitionPlan;
  /** Writes of the start itself: the CRD, objects of `crFiles`. */
  readonly brought: readonly ObjectPlan[];
  /** What no plan can tell of this entry, a sentence each. */
  readonly notComputed: readonly string[];
  /** What the start would warn of. */
  readonly notices: readonly string[];
  /** Config digests that the custom resources carry, with how many carry each. */
  readonly digests: Readonly<Record<string, number>>;
  /** How many custom resources there are. */
  readonly total: number;
  /** Those that were looked at, by key. */
  readonly resources: readonly ResourcePlan[];
}

/** Custom resources at once: each may have up to 8 requests under way. */
const PARALLEL_RESOURCES = 12;

export async function openEntry(program: Program, options: EntryOptions): Promise<OpenedEntry> {
  const brought: PlannedWrite[] = [];
  const notices: string[] = [];
  const schemas = createCustomSchemas({ client: options.client, known: options.definitions });
  const environment = environmentOf({ options, schemas, brought, notices });
  const entry = { program, options, environment, schemas, brought, notices };
  const { obstacle } = await untilObstacle(entry, bringDefinition);
  return { ...entry, obstacle };
}

export async function planResources(entry: OpenedEntry): Promise<EntryPlan> {
  const { program, options, notices } = entry;
  const { crd } = program;
  const started = entry.obstacle === undefined ? await untilObstacle(entry, startBox) : entry;
  const caches = "value" in started ? started.value : undefined;
  const objects = [...(caches?.primary.store.values() ?? [])];
  const isRefused = entry.obstacle !== undefined;
  const definition = await planDefinition(crd, { ...options, objects, isRefused });
  const brought = objectPlans(entry.brought, (type) => kindSchema(type, entry.schemas));
  const digests = countDigests(objects);
  const common = {
    crd,
    brought,
    // The plan of the CRD says it in full.
    notices: notices.filter(
      (notice) => definition?.action !== "leave" || !notice.startsWith(CRD_DIFFERS),
    ),
    digests,
    notComputed: notComputed(crd),
    ...(definition && { definition }),
  };
  if (!caches) {
    const { obstacle } = started;
    return { ...common, ...(obstacle && { obstacle }), total: 0, resources: [] };
  }
  const chosen = sampleOf(objects.sort(byKey), options.sample);
  let done = 0;
  const tell = () => {
    options.onProgress?.({ entry: crd.name, done, total: chosen.length });
  };
  tell();
  const resources = await mapParallel(chosen, PARALLEL_RESOURCES, async (object) => {
    const plan = await planResource(object, { ...entry, caches });
    done++;
    tell();
    return plan;
  });
  return { ...common, type: caches.type, total: objects.length, resources };
}

/** Code of the user's and calls to others are no dry run, so they are left out. */
function notComputed({ box: { hooks, remote, onDelete } }: ResolvedCrd): readonly string[] {
  const left = "what it makes, says of the status and waits for is not part of this plan";
  return [
    ...(hooks ? [`The code of "${hooks.module}" is not run: ${left}`] : []),
    ...(remote ? [`"${remote.endpoint}" is not asked: ${left}`] : []),
    ...(onDelete.external ?? []).map(
      ({ name, method }) =>
        `At a deletion, "${name}" is called (${method}), which a plan does not do: what depends on its answer is not part of it`,
    ),
  ];
}

interface Tried<T> {
  readonly value?: T | undefined;
  readonly obstacle?: Obstacle | undefined;
}

/** What `run` would wait for ends the plan of the entry: it is no use to wait for it here. */
async function untilObstacle<T>(
  {
    program,
    options,
    environment,
    notices,
  }: Pick<OpenedEntry, "program" | "options" | "environment" | "notices">,
  step: (start: StartOptions) => Promise<T>,
): Promise<Tried<T>> {
  const stop = new AbortController();
  let obstacle: Obstacle | undefined;
  let failure: unknown;
  try {
    const value = await step({
      program,
      environment,
      log: noticeLog(notices),
      signal: AbortSignal.any([options.signal, stop.signal]),
      onObstacle(met, error) {
        // Over in a second or two: the step tries again.
        if (met?.kind === "initializing") return;
        obstacle = met;
        failure = error;
        if (met) stop.abort(new Error(met.message));
      },
      onOpened() {},
      onChildChange() {},
    });
    return { value };
  } catch (error) {
    options.signal.throwIfAborted();
    // An informer of `run` waits until it may list; that it may not is as much in the way.
    const cause = failure ?? error;
    if (!isAnswer(cause)) throw cause;
    return { obstacle: obstacle ?? obstacleOf(cause) };
  }
}

/** The cluster said no to this entry; others go on. A cluster that is gone, or a bug, ends the whole plan. */
function isAnswer(error: unknown): boolean {
  if (isKubeError(error)) return error.status !== 0;
  return error instanceof MissingKindError || error instanceof UnestablishedError;
}

function environmentOf({
  options,
  schemas,
  brought,
  notices,
}: Pick<OpenedEntry, "options" | "schemas" | "brought" | "notices">): BoxEnvironment {
  const { world, clock, random, signal, installCrds, installResources } = options;
  const client = new DryClient({
    client: options.client,
    world,
    schemaOf: (type) => kindSchema(type, schemas),
    note: (write) => void brought.push(write),
  });
  return {
    client,
    informers: createStillInformers({ client, world, signal }),
    discovery: createPlannedDiscovery(options.discovery, world),
    clock,
    random,
    metrics: {
      expect() {},
      reconciled() {},
      taken() {},
      added() {},
      retried() {},
      startFailed() {},
    },
    log: noticeLog(notices),
    installCrds,
    installResources,
    changed: new Bell(),
    emit() {},
    createReconciler() {
      throw new Error("A plan makes a reconciler for each custom resource");
    },
  };
}

/** Keeps what the start warns of. */
function noticeLog(notices: string[]): Logger {
  const log: Logger = {
    ...silentLogger,
    warn: (message, fields) => void notices.push(`${message}${shown(fields)}`),
    child: () => log,
  };
  return log;
}

function shown(fields: LogFields = {}): string {
  const text = (value: unknown) => (Array.isArray(value) ? value.join("; ") : String(value));
  const parts = Object.entries(fields).map(([key, value]) => `${key}: ${text(value)}`);
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}

/** Spread evenly over all, the same ones each time. */
function sampleOf(objects: readonly KubeObject[], sample: number | undefined) {
  if (sample === undefined || objects.length <= sample) return objects;
  const step = objects.length / sample;
  return Array.from({ length: sample }, (_, index) => objects[Math.floor(index * step)]).filter(
    (object) => object !== undefined,
  );
}

function countDigests(objects: readonly KubeObject[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { metadata } of objects) {
    const digest = metadata.annotations?.[CONFIG_DIGEST_ANNOTATION];
    if (digest !== undefined) counts[digest] = (counts[digest] ?? 0) + 1;
  }
  return counts;
}

function byKey(left: KubeObject, right: KubeObject): number {
  return objectKey(left.metadata) < objectKey(right.metadata) ? -1 : 1;
}
