/** Starts a thread and sees to it that its module has loaded soon, and without taking much memory. */
import type { Clock } from "../std/clock.ts";
import { HookError } from "./error.ts";
import { HookThread, type ThreadOptions } from "./thread.ts";
import type { Watchdog } from "./watchdog.ts";

export interface LoadOptions extends Omit<ThreadOptions, "onFull"> {
  /** After it has loaded: it took too much memory. */
  onTooLarge?(why: string): void;
  readonly watchdog: Watchdog;
  readonly clock: Clock;
}

const LOAD_MS = 10_000;

/** `loaded` of the thread settles in time, whatever the module does. */
export function startThread(options: LoadOptions): HookThread {
  const refuse = (why: string): void => {
    void thread.end(new HookError("load", why));
  };
  let onTooLarge = refuse;
  const onFull = () => onTooLarge(tooLarge(options.memoryLimit));
  const thread: HookThread = new HookThread({ ...options, onFull });
  const cancel = options.clock.schedule(LOAD_MS, () =>
    refuse(`it did not load within ${LOAD_MS / 1_000} s`),
  );
  const unwatch = watchThread(thread, options, refuse);
  const settle = () => {
    cancel();
    unwatch();
    onTooLarge = options.onTooLarge ?? refuse;
  };
  thread.loaded.then(settle, settle);
  return thread;
}

/** Until the returned function is called, `refuse` is told when the thread grows too large. */
export function watchThread(
  thread: HookThread,
  { watchdog, memoryLimit }: Pick<LoadOptions, "watchdog" | "memoryLimit">,
  refuse: (why: string) => void,
): () => void {
  return watchdog.watch({
    get isEnded() {
      return thread.isEnded;
    },
    ping: () => thread.ping(),
    onTooLarge: () => refuse(tooLarge(memoryLimit)),
  });
}

function tooLarge(limitBytes: number): string {
  return `it took more than ${Math.round(limitBytes / 2 ** 20)} MiB of memory`;
}
