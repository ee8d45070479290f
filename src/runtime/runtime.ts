/**
 * Starts and stops everything: one box per enabled CRD, in dependency order, side by side.
 *
 * Stop order: no new work → work in progress finishes, within the deadline → watches end → events
 * are sent. The HTTP server and the transport belong to the caller, and go last.
 */
import type { ImportedKatalog, ResolvedKatalog } from "../katalog/resolved.ts";
import type { Program } from "../reconcile/program.ts";
import { sleep } from "../std/sleep.ts";
import { Box } from "./box.ts";
import type { BoxEnvironment } from "./box-environment.ts";
import { startOrder, unmetDependency } from "./dependencies.ts";
import type { RuntimeView } from "./view.ts";

export interface RuntimeOptions {
  readonly katalog: ResolvedKatalog;
  readonly configDigest: string;
  readonly imports: readonly ImportedKatalog[];
  /** One for each enabled entry. */
  readonly programs: readonly Program[];
  readonly environment: BoxEnvironment;
}

export interface Runtime extends RuntimeView {
  /**
   * Stops in order. Work that is not done after `deadlineMs` is aborted; says whether all of it
   * was finished.
   */
  stop(deadlineMs: number): Promise<{ readonly isDrained: boolean }>;
}

/** How often boxes look whether an informer of theirs is in trouble. */
const CHECK_MS = 1_000;

export function startRuntime(options: RuntimeOptions): Runtime {
  const { katalog, configDigest, imports, environment } = options;
  const boxes = createBoxes(options);
  const draining = new AbortController();
  const aborting = new AbortController();
  const running = Promise.all(
    boxes.map((box) => box.run({ draining: draining.signal, aborting: aborting.signal })),
  );
  const stopChecks = checkNowAndThen(boxes, environment);
  return {
    katalog,
    configDigest,
    imports,
    startedAtMs: environment.clock.now(),
    boxes,
    get election() {
      return environment.leadership?.election;
    },
    get isStarted() {
      // A replica that may not look at the lease would stand by for ever, and nobody would notice.
      if (environment.leadership?.election?.hasLooked === false) return false;
      return boxes.every(
        ({ health: { startedAtMs, isStandby, obstacle } }) =>
          startedAtMs !== undefined || isStandby || (obstacle && obstacle.kind !== "initializing"),
      );
    },
    get isStopping() {
      return draining.signal.aborted;
    },
    async stop(deadlineMs) {
      stopChecks();
      draining.abort(new Error("The runtime is stopping"));
      const isDrained = await endsWithin(running, deadlineMs, environment);
      aborting.abort(new Error("The shutdown deadline is over"));
      await running;
      await environment.informers[Symbol.asyncDispose]();
      return { isDrained };
    },
  };
}

function createBoxes({ programs, environment, configDigest }: RuntimeOptions): readonly Box[] {
  const byName = new Map<string, Box>();
  const crds = programs.map(({ crd }) => crd);
  for (const name of startOrder(crds)) {
    const program = programs.find(({ crd }) => crd.name === name);
    if (!program) continue;
    const unmet = () => unmetDependency(program.crd.dependsOn, (crd) => byName.get(crd)?.health);
    byName.set(name, new Box({ program, environment, crds, configDigest, unmet }));
  }
  return [...byName.values()];
}

function checkNowAndThen(boxes: readonly Box[], { clock }: BoxEnvironment): () => void {
  let cancel = () => {};
  const check = () => {
    for (const box of boxes) box.checkInformers();
    cancel = clock.schedule(CHECK_MS, check);
  };
  cancel = clock.schedule(CHECK_MS, check);
  return () => cancel();
}

async function endsWithin(
  running: Promise<unknown>,
  deadlineMs: number,
  { clock }: BoxEnvironment,
): Promise<boolean> {
  const ended = new AbortController();
  const late = sleep(deadlineMs, { clock, signal: ended.signal }).then(
    () => false,
    () => true,
  );
  const isDrained = await Promise.race([running.then(() => true), late]);
  ended.abort();
  return isDrained;
}
