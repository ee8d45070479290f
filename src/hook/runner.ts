/**
 * The hooks of one box: a thread that is started when it is first needed, and another one in its place
 * when it hung, died or grew too large.
 *
 *     call ─▶ thread ─▶ result
 *              │ deadline over, memory, exit, stray error
 *              ▼
 *            ended, the call at fault fails; the others in flight are made again in a fresh one
 *
 * Guarantees: a call settles soon after the deadline that counts from its handler's start, whatever the
 * module does; one call at fault costs only calls of this box time, and fails none of them. Handlers
 * are idempotent by contract, so they may be called again.
 */
import type { Clock } from "../std/clock.ts";
import { isJsonObject } from "../std/json.ts";
import { scanModule } from "../std/module-scan.ts";
import { type Failure, isSameFailure } from "../std/same-failure.ts";
import { sleep } from "../std/sleep.ts";
import { positionAt } from "../std/text-position.ts";
import type { Logger } from "../telemetry/log.ts";
import { Deadline } from "./deadline.ts";
import { HookError, type HookErrorCode, LostError } from "./error.ts";
import { startThread, watchThread } from "./load.ts";
import type { CallContext, Handler } from "./protocol.ts";
import { checkResult, type HookAnswer } from "./result.ts";
import type { ModuleCopy } from "./snapshot.ts";
import type { CallServices, HookThread, Suspicion } from "./thread.ts";
import type { StartThread } from "./thread-role.ts";
import type { Watchdog } from "./watchdog.ts";

export interface RunnerOptions {
  readonly start: StartThread;
  readonly module: ModuleCopy;
  /** What the module exports. */
  readonly handlers: ReadonlySet<Handler>;
  readonly timeoutMs: number;
  readonly memoryLimit: number;
  readonly watchdog: Watchdog;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: RunnerMetrics;
}

/** What is counted of the hooks of one box. */
export interface RunnerMetrics {
  called(handler: Handler, result: "ok" | HookErrorCode, seconds: number): void;
  /** A thread was ended, or ended itself. */
  lost(reason: HookErrorCode): void;
}

export interface HookCall {
  readonly handler: Handler;
  readonly context: CallContext;
  readonly services: CallServices;
  readonly signal: AbortSignal;
}

/** A call that was under way in so many threads that were lost may be what they were lost by. */
const MAX_RERUNS = 2;
/** The first few threads that are lost are replaced at once. */
const FREE_LOSSES = 3;
/** A call that leaves something behind goes well itself, and comes again with each reconcile. */
const FIRST_STRAY_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;

const LOST_TO: Readonly<Record<HookErrorCode, string>> = {
  threw: "to an error",
  nonsense: "to an answer that is none",
  timeout: "to calls that took too long",
  died: "since they came to an end by themselves",
  beside: "through other calls",
  memory: "to memory",
  load: "since the module does not load",
};

export class HookRunner implements AsyncDisposable {
  readonly #options: RunnerOptions;
  readonly #ending = new Set<Promise<void>>();
  /** Threads that get no new calls; each ends when it has none any more. */
  readonly #retired = new Set<HookThread>();
  #thread: HookThread | undefined;
  /** Calls that others ended, made again. */
  readonly #reruns = new Set<Promise<HookAnswer>>();
  /** Settles when the last call in line has that is made again alone. */
  #suspects: Promise<void> = Promise.resolve();
  /** Threads lost in a row, without a call that went well. */
  #losses = 0;
  /** Threads lost in a row to what they left behind, whether or not their calls went well. */
  #strays = 0;
  #startedAtMs = 0;
  #lostAtMs = 0;
  #lossReason: HookErrorCode | undefined;
  #lastStray: Failure | undefined;
  /** uids of custom resources whose calls wait for {@link #pausedUntilMs}, and how many of each do. */
  readonly #paused = new Map<string, number>();
  /** Monotonic. */
  #pausedUntilMs = 0;
  /** Errors of calls that were found at fault for the end of a thread. */
  readonly #blamed = new WeakSet<HookError>();
  /** uids of custom resources whose last call was. */
  readonly #guilty = new Set<string>();

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** Whether the module has such a handler. */
  has(handler: Handler): boolean {
    return this.#options.handlers.has(handler);
  }

  /** What a call of the custom resource with that uid waits for before its thread is started. */
  pauseOf(uid: string): string | undefined {
    if (!this.#paused.has(uid)) return undefined;
    const lost = Math.max(this.#losses, this.#strays);
    const which = lost === 1 ? "one was" : `${lost} were`;
    const why = LOST_TO[this.#lossReason ?? "died"];
    const leftMs = Math.max(0, this.#pausedUntilMs - this.#options.clock.monotonicMs());
    return `${Math.ceil(leftMs / 1_000)}s for a fresh thread of its hooks: the last ${which} lost ${why}`;
  }

  /** Rejects with a `HookError`, or with the signal's reason when that is aborted. */
  async call(call: HookCall): Promise<HookAnswer> {
    const { clock, metrics } = this.#options;
    const startedMs = clock.monotonicMs();
    const count = (result: "ok" | HookErrorCode) =>
      metrics.called(call.handler, result, (clock.monotonicMs() - startedMs) / 1_000);
    try {
      const answer = await this.#run(call);
      this.#losses = 0;
      this.#guilty.delete(uidOf(call));
      if (clock.monotonicMs() - this.#startedAtMs > LONGEST_PAUSE_MS) this.#strays = 0;
      count("ok");
      return answer;
    } catch (thrown) {
      if (call.signal.aborted || !(thrown instanceof HookError)) throw thrown;
      count(thrown.code);
      if (this.#blamed.has(thrown)) this.#guilty.add(uidOf(call));
      throw this.#explain(call.handler, thrown);
    }
  }

  /** In fresh threads, as long as others end them. */
  async #run(call: HookCall): Promise<HookAnswer> {
    let isAlone = this.#guilty.has(uidOf(call)) && (await this.#othersFirst());
    for (let reruns = 0, wasLost = false; ; wasLost = true) {
      const attempt = () => (isAlone ? this.#attemptAlone(call) : this.#attempt(call, 0));
      try {
        return await (wasLost ? this.#asRerun(attempt()) : attempt());
      } catch (error) {
        if (call.signal.aborted || !(error instanceof LostError)) throw error;
        if (error.isSuspect && ++reruns > MAX_RERUNS) throw error;
        isAlone ||= error.code !== "beside";
      }
    }
  }

  /** What a call brought down is made again before it may do so once more. */
  async #othersFirst(): Promise<true> {
    await Promise.allSettled(this.#reruns);
    return true;
  }

  async #asRerun(attempt: Promise<HookAnswer>): Promise<HookAnswer> {
    this.#reruns.add(attempt);
    try {
      return await attempt;
    } finally {
      this.#reruns.delete(attempt);
    }
  }

  /** One after the other where any may be at fault, so that it turns out which one is. */
  #attemptAlone(call: HookCall): Promise<HookAnswer> {
    const attempt = this.#suspects.then(() => this.#attempt(call, 1));
    this.#suspects = attempt.then(
      () => {},
      () => {},
    );
    return attempt;
  }

  async #attempt(call: HookCall, doubt: Suspicion): Promise<HookAnswer> {
    const { signal } = call;
    const stopped = Promise.withResolvers<never>();
    stopped.promise.catch(() => {});
    const onAbort = () => stopped.reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      signal.throwIfAborted();
      const thread = await Promise.race([this.#ready(call), stopped.promise]);
      const suspicion = this.#guilty.has(uidOf(call)) ? 2 : doubt;
      return await this.#callIn(thread, { ...call, suspicion }, stopped);
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  async #callIn(
    thread: HookThread,
    { handler, context, services, signal, suspicion }: HookCall & { suspicion: Suspicion },
    stopped: PromiseWithResolvers<never>,
  ): Promise<HookAnswer> {
    const { timeoutMs, clock } = this.#options;
    const unwatch = watchThread(thread, this.#options, (why) => this.#endTooLarge(thread, why));
    const late = new HookError("timeout", `it did not settle within ${timeoutMs / 1_000} s`);
    const deadline = new Deadline({
      clock,
      timeoutMs,
      thread,
      onLate: () => stopped.reject(late),
      onHang: () => this.#endFor(thread, late, "hung"),
    });
    const onStart = (started: number) => deadline.start(started);
    const { id, result } = thread.call({ handler, context, services, suspicion, onStart });
    result.catch(() => {});
    try {
      return checkResult(await Promise.race([result, stopped.promise]));
    } catch (error) {
      if (error === late || signal.aborted) thread.abandon(id, "the call is over");
      if (error === late) this.#retire(thread);
      throw error;
    } finally {
      deadline.stop();
      unwatch();
      if (this.#retired.has(thread)) this.#endIfIdle(thread);
    }
  }

  /** A thread with the module loaded. */
  async #ready(call: HookCall): Promise<HookThread> {
    if (!this.#thread) await this.#pause(call);
    this.#thread ??= this.#startThread();
    const thread = this.#thread;
    await thread.loaded;
    return thread;
  }

  /**
   * A module that ends every thread must not keep a core busy with starting them; and what a thread took
   * too much of has to be given back before the next one takes as much.
   */
  async #pause(call: HookCall): Promise<void> {
    const { clock } = this.#options;
    const isMemory = this.#lossReason === "memory";
    if (isMemory) await Promise.all(this.#ending);
    const excess = this.#losses - (isMemory ? 0 : FREE_LOSSES);
    const pauses = [excess > 0 ? (isMemory ? 500 : 50) * 2 ** excess : 0];
    if (this.#strays > 1) pauses.push(FIRST_STRAY_PAUSE_MS * 2 ** this.#strays);
    const wholeMs = Math.min(LONGEST_PAUSE_MS, Math.max(...pauses));
    const leftMs = this.#lostAtMs + wholeMs - clock.monotonicMs();
    if (leftMs > 0) await this.#sleepFor(call, leftMs);
  }

  async #sleepFor(call: HookCall, leftMs: number): Promise<void> {
    const { clock } = this.#options;
    const uid = uidOf(call);
    this.#pausedUntilMs = clock.monotonicMs() + leftMs;
    this.#paused.set(uid, (this.#paused.get(uid) ?? 0) + 1);
    try {
      await sleep(leftMs, { clock, signal: call.signal });
    } finally {
      const left = (this.#paused.get(uid) ?? 1) - 1;
      if (left > 0) this.#paused.set(uid, left);
      else this.#paused.delete(uid);
    }
  }

  #startThread(): HookThread {
    const { log, clock } = this.#options;
    this.#startedAtMs = clock.monotonicMs();
    const thread: HookThread = startThread({
      ...this.#options,
      log: (level, message, fields) => log[level](message, fields),
      onStray: (error) => this.#onStray(thread, error),
      onTooLarge: (why) => this.#endTooLarge(thread, why),
      onDeath: (error) => this.#forget(thread, error.code),
    });
    thread.loaded.catch(() => this.#end(thread, new HookError("load", "the module does not load")));
    return thread;
  }

  /** Nobody waits for it, so it is told here; what else the thread does is not to be relied on. */
  #onStray(thread: HookThread, error: HookError): void {
    const { log } = this.#options;
    if (this.#thread === thread) this.#strays++;
    // A hook that leaves the same behind in every pass says so once.
    const isKnown = isSameFailure(this.#lastStray, error);
    const write = isKnown ? log.debug : log.error;
    this.#lastStray = { message: error.message };
    write("A hook left something behind that failed", { error });
    this.#end(
      thread,
      new HookError("died", `something left behind failed: ${error.message}`, error),
    );
  }

  /** No new calls; those in flight go on until they settle or are late themselves. */
  #retire(thread: HookThread): void {
    this.#forget(thread, "timeout");
    this.#retired.add(thread);
  }

  #endIfIdle(thread: HookThread): void {
    if (thread.isEnded) this.#retired.delete(thread);
    else if (thread.callsInFlight === 0) this.#end(thread, new HookError("died", "a call hung"));
  }

  #endTooLarge(thread: HookThread, why: string): void {
    this.#endFor(thread, new HookError("memory", why), "took too much memory");
  }

  /** The call that is at fault fails with `error`; the others are made again. */
  #endFor(thread: HookThread, error: HookError, told: string): void {
    this.#forget(thread, error.code);
    this.#blamed.add(error);
    this.#track(thread.endFor(error, told));
  }

  #end(thread: HookThread, error: HookError): void {
    this.#forget(thread, error.code);
    this.#retired.delete(thread);
    this.#track(thread.end(error));
  }

  #track(end: Promise<void>): void {
    const ended = end.finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
  }

  #forget(thread: HookThread, reason: HookErrorCode): void {
    if (this.#thread !== thread) return;
    this.#thread = undefined;
    this.#losses++;
    this.#lostAtMs = this.#options.clock.monotonicMs();
    this.#lossReason = reason;
    this.#options.metrics.lost(reason);
  }

  /** With the handler's name, and where in the author's source. */
  #explain(handler: Handler, error: HookError): HookError {
    const position = error.position ?? this.#placeOf(handler);
    const where = position ? ` (${position.file}:${position.line}:${position.column})` : "";
    const { code, kube } = error;
    const message = `Hook ${handler} failed: ${error.message}${where}`;
    // A thread that hangs, or is gone, can be asked for nothing: of its calls the handler is known.
    const frames = framesOf(error.stack);
    const known = frames.length > 0 || !where ? frames : [`    at ${handler}${where}`];
    const stack = [`HookError: ${message}`, ...known].join("\n");
    return new HookError(code, message, { position, kube, stack });
  }

  /** The handler itself, when nothing says more. */
  #placeOf(handler: Handler) {
    const [main] = this.#options.module.files;
    const offset = main && scanModule(main.text).offsetOf(handler);
    return main && offset !== undefined ? positionAt(main.text, offset, main.name) : undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const stop = new HookError("died", "the process stops");
    for (const thread of this.#retired) this.#end(thread, stop);
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.end(stop);
    await Promise.all(this.#ending);
  }
}

function uidOf({ context: { object } }: HookCall): string {
  const { metadata } = object;
  return isJsonObject(metadata) ? String(metadata["uid"] ?? "") : "";
}

/** A stack without its message. */
function framesOf(stack: string | undefined): readonly string[] {
  return (stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
}
