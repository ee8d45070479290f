/** The queue of one box, from the layers of `queue`. */
import type { ResolvedCrd } from "../katalog/resolved.ts";
import { createDelayedQueue } from "../queue/delayed.ts";
import type { Workqueue } from "../queue/queue.ts";
import { createRateLimitedQueue } from "../queue/rate-limited.ts";
import { createReadyQueue } from "../queue/ready.ts";
import type { BoxEnvironment } from "./box-environment.ts";

export function createQueue({ queue }: ResolvedCrd, { clock, random }: BoxEnvironment) {
  const delayed = createDelayedQueue<string>(createReadyQueue({ clock }), { clock });
  return createRateLimitedQueue(delayed, { random, scheduleMs: queue.retryBackoffMs });
}

export function shutDownWith(signal: AbortSignal, queue: Workqueue<string>): void {
  if (signal.aborted) queue.shutDown();
  else signal.addEventListener("abort", () => queue.shutDown(), { once: true });
}
