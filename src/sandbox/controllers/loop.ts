/**
 * Runs the sandbox's own controllers: small, level-based, fed by the store's changes. A key is
 * looked at once however often it changed, never inside the write that changed it.
 */
import { ApiError } from "../api-error.ts";
import type { Site } from "../site.ts";
import type { Change } from "../store/change.ts";
import { Failures } from "./failures.ts";

export interface Controller {
  readonly name: string;
  /** Keys to look at because of a change; any text that `reconcile` understands. */
  affected(change: Change): readonly string[];
  /** Makes what should be; a number is the milliseconds after which to look again. */
  reconcile(key: string): number | undefined;
}

const SLICE_MS = 8;
const EXPECTED_CODES: ReadonlySet<number> = new Set([403, 404, 409]);

/** The returned function stops it. */
export function runController(site: Site, controller: Controller): () => void {
  const { clock, store } = site;
  const pending = new Set<string>();
  const cancels = new Set<() => void>();
  const failures = new Failures();
  /** By key: what fails is looked at again once, however often it was looked at meanwhile. */
  const retries = new Map<string, () => void>();
  let isStopped = false;
  let isScheduled = false;

  const later = (delayMs: number, run: () => void) => {
    const cancel = clock.schedule(delayMs, () => {
      cancels.delete(cancel);
      if (!isStopped) run();
    });
    cancels.add(cancel);
    return () => {
      cancels.delete(cancel);
      cancel();
    };
  };
  const add = (key: string) => {
    pending.add(key);
    if (isScheduled) return;
    isScheduled = true;
    later(0, drain);
  };
  const drain = () => {
    const startMs = clock.monotonicMs();
    // What is added from now on waits for the next turn.
    for (const key of [...pending]) {
      // Requests, and the program around the sandbox, want their turn too.
      if (clock.monotonicMs() - startMs > SLICE_MS) break;
      pending.delete(key);
      lookAt(key);
    }
    isScheduled = pending.size > 0;
    if (isScheduled) later(0, drain);
  };
  const lookAt = (key: string) => {
    retries.get(key)?.();
    retries.delete(key);
    try {
      const againMs = controller.reconcile(key);
      failures.clear(key);
      if (againMs !== undefined) later(againMs, () => add(key));
    } catch (error) {
      const { againMs, isNews } = failures.add(key, error);
      if (isNews) tell(site, controller, { key, error });
      retries.set(
        key,
        later(againMs, () => add(key)),
      );
    }
  };

  const unsubscribe = store.listenToAll((change) => {
    for (const key of controller.affected(change)) add(key);
  });
  return () => {
    isStopped = true;
    unsubscribe();
    for (const cancel of cancels) cancel();
  };
}

/** Somebody was faster, or the namespace is going away; everything else is worth reading. */
function tell(
  { log }: Site,
  { name }: Controller,
  { key, error }: { readonly key: string; readonly error: unknown },
): void {
  const isRefusal = error instanceof ApiError;
  if (isRefusal && EXPECTED_CODES.has(error.code)) return;
  // Of a refusal the stack says nothing that its words do not.
  const why = isRefusal ? { reason: error.message } : { error };
  log.warn("Sandbox controller failed", { controller: name, key, ...why });
}
