/**
 * Finds out from outside for how long a process held its event loop: asks its health endpoint over one
 * open connection every few milliseconds. An answer is late because the loop was held, or because the
 * processor was somebody else's: so a hold is as long as the wait, but no longer than the time that the
 * process's main thread, where the loop turns, was running meanwhile.
 */
import { Agent, get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { mainThreadMs } from "./process-meter.ts";

const EVERY_MS = 10;

export interface LoopProbe {
  /** Ends the probing; the longest hold in milliseconds. */
  stop(): Promise<number>;
}

/** Probing starts with the first answer: a process that is not listening yet holds nothing. */
export function probeLoop({ url, pid }: { url: string; pid: number }): LoopProbe {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let isStopped = false;
  let longestMs = 0;
  const probing = (async () => {
    let hasAnswered = false;
    while (!isStopped) {
      const askedMs = performance.now();
      const ranMs = mainThreadMs(pid);
      const isUp = await ask(`${url}/health`, agent);
      const heldMs = Math.min(performance.now() - askedMs, mainThreadMs(pid) - ranMs);
      if (hasAnswered) longestMs = Math.max(longestMs, heldMs);
      hasAnswered ||= isUp;
      await sleep(EVERY_MS);
    }
  })();
  return {
    async stop() {
      isStopped = true;
      await probing;
      agent.destroy();
      return longestMs;
    },
  };
}

function ask(url: string, agent: Agent): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { agent }, (response) => {
      response.resume();
      response.on("end", () => resolve(true));
    });
    request.on("error", () => resolve(false));
  });
}
