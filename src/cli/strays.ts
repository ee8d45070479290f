/**
 * Errors that nobody waits for: a timer that throws, a promise that nobody handles. They are logged
 * with their stack, and the process stays up: what one part leaves behind must not take the others
 * down.
 */
import process from "node:process";
import type { Logger } from "../telemetry/log.ts";

export function catchStrays(log: Logger): Disposable {
  const onStray = (error: unknown) => {
    const cause = error instanceof Error ? error : new Error(String(error));
    log.error("Unhandled error", { error: cause });
  };
  process.on("unhandledRejection", onStray);
  process.on("uncaughtException", onStray);
  return {
    [Symbol.dispose]() {
      process.off("unhandledRejection", onStray);
      process.off("uncaughtException", onStray);
    },
  };
}
