/**
 * The start of a box, step by step: CRD, API, resources, caches. Each step is tried until it
 * succeeds; between tries the obstacle is shown, so that a missing CRD or permission is seen, and
 * the start goes on by itself once somebody has put it right.
 */
import { staysAtHome } from "../katalog/box-entries.ts";
import type { ResolvedCrd } from "../katalog/resolved.ts";
import type { ApiResource } from "../kube/api-resource.ts";
import { isForbidden, isKubeError } from "../kube/error.ts";
import type { Informer, StoreEvent } from "../kube/informer.ts";
import type { Program } from "../reconcile/program.ts";
import { type KubeObject, parseApiVersion } from "../schema/object.ts";
import { backoff } from "../std/backoff.ts";
import { sleep } from "../std/sleep.ts";
import type { Logger } from "../telemetry/log.ts";
import type { BoxEnvironment } from "./box-environment.ts";
import { type BoxChildren, openBoxChildren } from "./child-caches.ts";
import type { Obstacle } from "./health.ts";
import { installCrd, installObject } from "./install.ts";
import { readingObstacle } from "./missing-rights.ts";
import { MissingKindError, obstacleOf } from "./obstacle.ts";
import { findPrimaryType } from "./primary-type.ts";

export interface StartOptions {
  readonly program: Program;
  readonly environment: BoxEnvironment;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Another replica leads: look, and write nothing. */
  readonly isStandby?: boolean;
  /** Something stands in the way; `undefined`: nothing any more. `error`: of a step that is tried again. */
  onObstacle(obstacle: Obstacle | undefined, error?: unknown): void;
  /** Caches are open from here on, and must be disposed even when the start does not finish. */
  onOpened(caches: BoxCaches): void;
  /** A child of this owner changed. */
  onChildChange(ownerKey: string, event: StoreEvent): void;
}

export interface BoxCaches {
  readonly type: ApiResource;
  readonly primary: Informer;
  readonly children: BoxChildren;
}

const RETRY = { initialMs: 200, maxMs: 5_000 };
const LOOK_MS = 500;

/** First of all, before any dependency is waited for: what others build on should be there soon. */
export function bringDefinition(options: StartOptions): Promise<void> {
  return persist(options, () => bringCrd(options.program.crd, options));
}

/** What a standby left to the leader. `startBox` does it by itself. */
export function bringCustomResources(options: StartOptions): Promise<void> {
  return persist(options, () => bringResources(options.program.crd, options));
}

/** Resolves when the caches hold everything. Rejects only when `signal` is aborted. */
export async function startBox(options: StartOptions): Promise<BoxCaches> {
  const { crd } = options.program;
  const type = await persist(options, () => findType(crd, options));
  if (!options.isStandby) await bringCustomResources(options);
  const caches = openCaches(type, options);
  options.onOpened(caches);
  await persist(options, () => startChildren(caches.children, options));
  await untilSynced(caches, options);
  options.onObstacle(undefined);
  return caches;
}

async function persist<T>(options: StartOptions, step: () => Promise<T>): Promise<T> {
  const { environment, signal, onObstacle } = options;
  const { clock, random } = environment;
  const delays = backoff({ ...RETRY, random });
  for (;;) {
    try {
      return await step();
    } catch (error) {
      signal.throwIfAborted();
      environment.metrics.startFailed(options.program.crd.name);
      onObstacle(obstacleOf(error), error);
      const askedMs = isKubeError(error) ? (error.retryAfterMs ?? 0) : 0;
      await sleep(Math.max(delays.next().value, askedMs), { clock, signal });
    }
  }
}

async function bringCrd(crd: ResolvedCrd, options: StartOptions): Promise<void> {
  const { client, clock, discovery, installCrds: policy } = options.environment;
  const { log, signal } = options;
  if (!crd.crd) return;
  try {
    const hasChanged = await installCrd(crd, { client, policy, clock, log, signal });
    if (hasChanged) await discovery.refresh({ signal });
  } catch (error) {
    // Whoever installed the CRD may not have given us the right to look at it; the kind is there.
    if (!isForbidden(error) || !(await findPrimaryType(crd, discovery, signal))) throw error;
    log.warn("No right to read or write the CRD: it is used as the cluster serves it", {
      reason: (error as Error).message,
    });
  }
}

async function findType(crd: ResolvedCrd, options: StartOptions): Promise<ApiResource> {
  const found = await findPrimaryType(crd, options.environment.discovery, options.signal);
  const { group, version, kind } = crd.type;
  if (!found) throw new MissingKindError(`${kind}.${version}.${group || "core"}`);
  return found;
}

async function bringResources(crd: ResolvedCrd, options: StartOptions): Promise<void> {
  const { client, clock, discovery, installResources: policy } = options.environment;
  const { log, signal } = options;
  if (policy === "never") return;
  for (const object of crd.customResources) {
    const { apiVersion, kind } = object as unknown as KubeObject;
    const type = await discovery.findKind({ ...parseApiVersion(apiVersion), kind }, { signal });
    if (!type) throw new MissingKindError(`${kind}.${apiVersion}`);
    await installObject(type, object, { client, policy, clock, log, signal });
  }
}

function openCaches(type: ApiResource, options: StartOptions): BoxCaches {
  const { informers } = options.environment;
  const { namespace, labelSelector, fieldSelector } = options.program.crd;
  const primary = informers.open({
    type,
    ...(namespace && { namespace }),
    ...(labelSelector && { labelSelector }),
    ...(fieldSelector && { fieldSelector }),
  });
  const onChange = options.onChildChange;
  const children = openBoxChildren({
    informers,
    clock: options.environment.clock,
    ownerType: type,
    declared: options.program.childKinds,
    onChange,
    ...(namespace && staysAtHome(options.program.crd.box) && { namespace }),
  });
  return { type, primary, children };
}

async function startChildren(children: BoxChildren, options: StartOptions): Promise<void> {
  const { discovery } = options.environment;
  for (const { apiVersion, kind } of options.program.childKinds) {
    const query = { ...parseApiVersion(apiVersion), kind };
    const type = await discovery.findKind(query, { signal: options.signal });
    if (type) children.start(type);
    else options.log.warn("The cluster serves no such kind of child", { apiVersion, kind });
  }
}

/** First lists may wait for a permission that somebody has yet to give: show it meanwhile. */
async function untilSynced(
  { primary, children }: BoxCaches,
  { environment, signal, onObstacle }: StartOptions,
): Promise<void> {
  const { clock } = environment;
  const all = [primary, ...children.informers];
  let cancel = () => {};
  const lookLater = () => {
    cancel = clock.schedule(LOOK_MS, () => {
      const failures = failuresOf(all);
      if (failures.length > 0) onObstacle(readingObstacle(failures));
      lookLater();
    });
  };
  lookLater();
  const lists = all.map((informer) => informer.synced(signal));
  try {
    await Promise.all(lists);
  } catch (error) {
    // Informers of a plan give up: all that is in their way is told, as above. One of `run` waits for ever.
    signal.throwIfAborted();
    await Promise.race([Promise.allSettled(lists), sleep(LOOK_MS, { clock, signal })]);
    const failures = failuresOf(all);
    onObstacle(readingObstacle(failures.length > 0 ? failures : [error]), error);
    throw error;
  } finally {
    cancel();
  }
}

function failuresOf(informers: readonly Informer[]): readonly Error[] {
  return informers.flatMap(({ state }) => (state.kind === "retrying" ? [state.error] : []));
}
