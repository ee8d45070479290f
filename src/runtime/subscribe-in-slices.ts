/**
 * Subscribes to an informer that may hold ten thousand objects already: they are told in slices, and
 * in between the event loop turns.
 *
 * Guarantees: what is in the store is told as `added` with `isInitial`, as by `subscribe` itself, less
 * what is gone by the time of its turn; events that come meanwhile are told at once. So of an object
 * that changes in between, the change may be told before its presence.
 */
import type { Informer, StoreEvent } from "../kube/informer.ts";
import { objectKey } from "../schema/object.ts";
import { Breather } from "../std/breather.ts";
import type { Clock } from "../std/clock.ts";
import type { Logger } from "../telemetry/log.ts";

export interface SliceOptions {
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly log: Logger;
}

/** Four informers that parse take as long each; together they stay below what a probe notices. */
const SLICE_MS = 6;

export function subscribeInSlices(
  informer: Pick<Informer, "store" | "subscribe">,
  handler: (event: StoreEvent) => void,
  { clock, log }: SliceOptions,
): () => void {
  const breather = new Breather({ clock, sliceMs: SLICE_MS });
  let isReplay = true;
  let isSubscribed = true;
  const unsubscribe = informer.subscribe((event) => {
    if (!isReplay) handler(event);
  });
  isReplay = false;
  const tellAll = async () => {
    for (const { metadata } of [...informer.store.values()]) {
      if (!isSubscribed) return;
      const object = informer.store.get(objectKey(metadata));
      if (object !== undefined) handler({ kind: "added", object, isInitial: true });
      const breath = breather.breathe();
      if (breath !== undefined) await breath;
    }
  };
  tellAll().catch((error: unknown) => log.error("A handler of store events failed", { error }));
  return () => {
    isSubscribed = false;
    unsubscribe();
  };
}
