/**
 * Work that cannot be aborted, or must not be since others share it: whoever waits for it may still give
 * up. Rejects with the signal's reason then; the work goes on, and what it comes to is nobody's business.
 */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
