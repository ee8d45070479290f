/** Waiting that ends early when somebody says so. */
import type { Clock } from "./clock.ts";

/** Resolves after `delayMs`; rejects with the signal's reason as soon as it is aborted. */
export function sleep(
  delayMs: number,
  options: { readonly clock: Clock; readonly signal?: AbortSignal },
): Promise<void> {
  const { clock, signal } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = () => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.schedule(delayMs, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
