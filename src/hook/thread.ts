/**
 * One thread with one module in it, seen from the main thread: calls go in, results and errors come
 * out, and however it ends, every call in flight is told.
 */
import type { Json, JsonObject } from "../std/json.ts";
import { HookError, LostError } from "./error.ts";
import type {
  CallContext,
  ErrorData,
  FromThread,
  Handler,
  KubeAnswer,
  KubeRequest,
  ModuleShape,
  ToThread,
} from "./protocol.ts";
import type { ModuleCopy } from "./snapshot.ts";
import type { StartThread, ThreadHandle } from "./thread-role.ts";

export type ThreadLog = (
  level: "debug" | "info" | "warn" | "error",
  message: string,
  fields: JsonObject & { readonly error?: never },
) => void;

/** What the main thread does for one call. */
export interface CallServices {
  answer(request: KubeRequest): Promise<KubeAnswer>;
  log: ThreadLog;
}

export interface ThreadOptions {
  readonly start: StartThread;
  readonly module: ModuleCopy;
  readonly memoryLimit: number;
  /** What it prints outside of any call. */
  readonly log: ThreadLog;
  /** A timer or a rejection that nobody waits for; the thread is not to be trusted any more. */
  onStray(error: HookError): void;
  /** It says itself that it took more memory than it may. */
  onFull(): void;
  /** It came to an end that nobody asked for. */
  onDeath(error: HookError): void;
}

/**
 * 2: the last call for this custom resource was the one at fault. 1: it was under way in a thread that was
 * lost, and nobody knows by which call.
 */
export type Suspicion = 0 | 1 | 2;

/** What the thread is asked to do. */
export interface ThreadCall {
  readonly handler: Handler;
  readonly context: CallContext;
  readonly services: CallServices;
  /** How much speaks for it when nobody knows which call it was; see {@link Suspicion}. */
  readonly suspicion?: Suspicion;
  /** Its handler starts. */
  onStart(id: number): void;
}

interface Call extends Pick<ThreadCall, "services" | "onStart"> {
  readonly suspicion: Suspicion;
  hasStarted: boolean;
  resolve(result: Json): void;
  reject(error: HookError): void;
}

export class HookThread {
  /** Rejects with a `HookError` "load". */
  readonly loaded: Promise<ModuleShape>;
  readonly #options: ThreadOptions;
  readonly #handle: ThreadHandle;
  readonly #calls = new Map<number, Call>();
  readonly #settleLoad: PromiseWithResolvers<ModuleShape>;
  #lastId = 0;
  /** The call that ran last, as long as the thread may be busy with it. */
  #lastTurn: number | undefined;
  #isEnded = false;
  /** Answers to `ping` that are awaited. */
  #pings: ((heapBytes: number) => void)[] = [];

  constructor(options: ThreadOptions) {
    this.#options = options;
    this.#settleLoad = Promise.withResolvers();
    this.loaded = this.#settleLoad.promise;
    // Who starts a thread may end it without having waited.
    this.loaded.catch(() => {});
    const { module, memoryLimit } = options;
    this.#handle = options.start(
      { module: module.url, memoryLimit },
      {
        onMessage: (text) => this.#take(JSON.parse(text) as FromThread),
        onEnd: (why) => this.#die(`it ${why}`),
      },
    );
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  get callsInFlight(): number {
    return this.#calls.size;
  }

  /** Calls whose handlers have started and not settled. */
  get started(): number {
    return this.#startedIds().length;
  }

  /** The call that is running, if one in flight is known to be: the others do nothing meanwhile. */
  get running(): number | undefined {
    return this.#lastTurn !== undefined && this.#calls.has(this.#lastTurn)
      ? this.#lastTurn
      : undefined;
  }

  /**
   * Rejects with a `HookError`; with a `LostError`, when the thread ended through another call. The
   * caller says when it is too late: {@link abandon}.
   */
  call({ handler, context, services, suspicion = 0, onStart }: ThreadCall): {
    readonly id: number;
    readonly result: Promise<Json>;
  } {
    const id = ++this.#lastId;
    const result = new Promise<Json>((resolve, reject) => {
      this.#calls.set(id, { services, suspicion, onStart, hasStarted: false, resolve, reject });
    });
    this.#post({ kind: "call", id, handler, context });
    return { id, result };
  }

  /** Nobody waits for this call any more; the thread is asked to give it up. */
  abandon(id: number, reason: string): void {
    this.#post({ kind: "abort", id, reason });
    this.#calls.delete(id);
  }

  /** Bytes of its heap; pends for as long as the thread is held up. */
  ping(): Promise<number> {
    return new Promise((resolve) => {
      this.#pings.push(resolve);
      this.#post({ kind: "ping" });
    });
  }

  /** Stops it wherever it is, a busy loop included. Calls in flight fail with `error`. */
  async end(error: HookError): Promise<void> {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#rejectAll(error);
    await this.#handle.terminate();
  }

  /** As {@link end}, but only the call at fault fails with `error`; `told`: to the others, of it. */
  async endFor(error: HookError, told: string): Promise<void> {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#rejectFor(error, told);
    await this.#handle.terminate();
  }

  #take(message: FromThread): void {
    if (this.#isEnded) return;
    switch (message.kind) {
      case "turn":
        this.#onTurn(message.id);
        return;
      case "rest":
        this.#lastTurn = undefined;
        return;
      case "loaded":
        this.#settleLoad.resolve(message.exports);
        return;
      case "broken":
        this.#settleLoad.reject(this.#error("load", message.error));
        return;
      case "done":
        this.#settle(message.id)?.resolve(message.result);
        return;
      case "failed":
        this.#settle(message.id)?.reject(this.#error("threw", message.error));
        return;
      case "nonsense":
        this.#settle(message.id)?.reject(new HookError("nonsense", message.message));
        return;
      case "kube":
        void this.#serve(message);
        return;
      case "log":
        this.#log(message);
        return;
      case "stray":
        this.#options.onStray(this.#error("died", message.error));
        return;
      case "full":
        this.#options.onFull();
        return;
      case "pong":
        this.#lastTurn = undefined;
        this.#pings.shift()?.(message.heapBytes);
        return;
      default:
        message satisfies never;
    }
  }

  #settle(id: number): Call | undefined {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    if (this.#lastTurn === id) this.#lastTurn = undefined;
    return call;
  }

  /** A call that is over asks for nothing any more. */
  async #serve({ call, request, body }: Extract<FromThread, { kind: "kube" }>): Promise<void> {
    const services = this.#calls.get(call)?.services;
    const over: KubeAnswer = { error: { name: "Error", message: "The call is over" } };
    const answer = services ? await services.answer(body) : over;
    this.#post({ kind: "answer", request, answer });
  }

  #log({ call, level, message, fields }: Extract<FromThread, { kind: "log" }>): void {
    const log = this.#calls.get(call)?.services.log ?? this.#options.log;
    log(level, message, fields);
  }

  #post(message: ToThread): void {
    if (!this.#isEnded) this.#handle.post(JSON.stringify(message));
  }

  #die(why: string): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    const error = new HookError("died", why);
    this.#rejectFor(error, "ended it");
    this.#options.onDeath(error);
  }

  #onTurn(id: number): void {
    this.#lastTurn = id;
    const call = this.#calls.get(id);
    if (!call || call.hasStarted) return;
    call.hasStarted = true;
    call.onStart(id);
  }

  #startedIds(): readonly number[] {
    return [...this.#calls].flatMap(([id, { hasStarted }]) => (hasStarted ? [id] : []));
  }

  /** The call that ran; or the only one that can be it; or the one that most speaks for. */
  #culprit(): number | undefined {
    if (this.#lastTurn !== undefined) return this.running;
    const started = this.#startedIds();
    const candidates = started.length === 0 ? [...this.#calls.keys()] : this.#mostSuspect(started);
    return candidates.length === 1 ? candidates[0] : undefined;
  }

  #mostSuspect(ids: readonly number[]): readonly number[] {
    const suspicionOf = (id: number) => this.#calls.get(id)?.suspicion ?? 0;
    const most = Math.max(...ids.map(suspicionOf));
    return ids.filter((id) => suspicionOf(id) === most);
  }

  #rejectFor(error: HookError, told: string): void {
    this.#settleLoad.reject(error);
    const culprit = this.#culprit();
    const beside = new HookError("beside", `another call in its thread ${told}`);
    for (const [id, { hasStarted, reject }] of this.#calls) {
      if (id === culprit) reject(error);
      else if (culprit === undefined) reject(new LostError(error, { isSuspect: true }));
      else reject(new LostError(beside, { isSuspect: hasStarted }));
    }
    this.#calls.clear();
  }

  #rejectAll(error: HookError): void {
    this.#settleLoad.reject(error);
    for (const { reject } of this.#calls.values()) reject(error);
    this.#calls.clear();
  }

  #error(
    code: "threw" | "died" | "load",
    { message, stack, position, kube }: ErrorData,
  ): HookError {
    const { module } = this.#options;
    const place = position ? module.toSource(position) : module.findPosition(stack ?? "");
    return new HookError(code, module.explain(message), {
      position: place,
      stack: stack === undefined ? undefined : module.explain(stack),
      kube,
    });
  }
}
