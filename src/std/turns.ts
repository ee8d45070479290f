/** A line of those who wait for something that is handed out to one after the other. */

/**
 * Called when it is one's turn. False: whoever it was gave up, and nothing was taken. Those who gave up
 * stay in the line until then and are passed over.
 */
export type Waiter = () => boolean;

/** Joins the line. Resolves at one's turn; rejects with the signal's reason when aborted before. */
export function waitForTurn(line: Waiter[], signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    let isWaiting = true;
    const onAbort = () => {
      isWaiting = false;
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    line.push(() => {
      signal?.removeEventListener("abort", onAbort);
      if (isWaiting) resolve();
      return isWaiting;
    });
  });
}
