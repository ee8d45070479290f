/**
 * The inside of a thread: loads one module, then runs its handlers as they are asked for, any number
 * at a time. This is the role that the program takes when it is started as a worker.
 *
 * Guarantees: every call is answered once, as long as the thread is not held up; nothing that a module
 * does at its own time (timers, rejections) is lost: it is told as a stray.
 */
import process from "node:process";
import type { Json, JsonObject } from "../std/json.ts";
import { isJsonObject } from "../std/json.ts";
import type { HookContext, HookLog, Hooks } from "./author.ts";
import { carriedResult } from "./carry.ts";
import { confineThread } from "./confine.ts";
import { describeValue, errorData } from "./error-data.ts";
import { limitAllocations, type MemoryGuard } from "./memory-guard.ts";
import {
  type CallContext,
  type FromThread,
  HANDLERS,
  type Handler,
  type KubeAnswer,
  type KubeRequest,
  type ModuleShape,
  type ToThread,
} from "./protocol.ts";
import { unpackChildren } from "./shared-children.ts";
import type { ThreadRole } from "./thread-role.ts";
import { createWorkerKube } from "./worker-kube.ts";

/** Taken before a module can put another in its place; a module of its own for it would cost each thread memory. */
const { setImmediate: afterTurn } = globalThis;

/** Serves until the thread is ended. */
export async function serveHooks({ port, data }: ThreadRole): Promise<void> {
  const post = (message: FromThread) => port.post(JSON.stringify(message));
  for (const event of ["uncaughtException", "unhandledRejection"]) {
    process.on(event, (thrown: unknown) => post({ kind: "stray", error: errorData(thrown) }));
  }
  const worker = new HookWorker(post, (text) => port.post(text));
  port.listen((text) => worker.take(JSON.parse(text) as ToThread));
  redirectConsole(post);
  confineThread({ process, scope: globalThis });
  worker.guard = limitAllocations({
    limit: data.memoryLimit,
    residentBytes: () => process.memoryUsage.rss(),
    onFull: () => post({ kind: "full" }),
  });
  try {
    const module = (await import(data.module)) as { readonly default?: unknown };
    post({ kind: "loaded", exports: worker.load(module.default) });
  } catch (error) {
    post({ kind: "broken", error: errorData(error) });
  }
  collectGarbage(globalThis);
}

/** Of starting and loading, where the runtime offers it: a quarter of a megabyte in each thread on Bun. */
function collectGarbage({
  Bun: runtime,
}: {
  readonly Bun?: { gc(isSync: boolean): unknown };
}): void {
  runtime?.gc(true);
}

class HookWorker {
  readonly #post: (message: FromThread) => void;
  readonly #calls = new Map<number, AbortController>();
  readonly #requests = new Map<number, (answer: KubeAnswer) => void>();
  readonly #tell: (text: string) => void;
  #hooks: Hooks | undefined;
  guard: MemoryGuard | undefined;
  #lastRequest = 0;
  #willRest = false;

  /** `tell`: as `post`, of text. */
  constructor(post: (message: FromThread) => void, tell: (text: string) => void) {
    this.#post = post;
    this.#tell = tell;
  }

  load(exported: unknown): ModuleShape {
    if (exported === undefined) return { kind: "none" };
    if (!isJsonObject(exported)) return { kind: "other", found: describeValue(exported) };
    this.#hooks = exported as Hooks;
    // The handlers of an instance stand in its class.
    const keys = new Set([
      ...Object.keys(exported),
      ...HANDLERS.filter((name) => exported[name] !== undefined),
    ]);
    const members = [...keys].map((key) => [key, typeof exported[key]]);
    return { kind: "object", members: Object.fromEntries(members) };
  }

  take(message: ToThread): void {
    switch (message.kind) {
      case "call":
        void this.#call(message.id, message.handler, message.context);
        return;
      case "abort":
        this.#calls.get(message.id)?.abort(new Error(message.reason));
        return;
      case "answer":
        this.#requests.get(message.request)?.(message.answer);
        this.#requests.delete(message.request);
        return;
      case "ping":
        this.#post({ kind: "pong", heapBytes: heapBytes() });
        return;
      default:
        message satisfies never;
    }
  }

  async #call(id: number, handler: Handler, context: CallContext): Promise<void> {
    if (this.#calls.size === 0) this.guard?.rest();
    const controller = new AbortController();
    this.#calls.set(id, controller);
    this.#turn(id);
    try {
      const result: unknown = await this.#hooks?.[handler]?.(
        this.#context(id, context, controller.signal),
      );
      this.#finish(id, result);
    } catch (error) {
      this.#post({ kind: "failed", id, error: errorData(error) });
    } finally {
      this.#calls.delete(id);
    }
  }

  /**
   * Told before any code of the module runs, which may never come back. When it does come back, that is told,
   * too: a call that goes on by a timer or a connection of its own has no turn, and must not be taken for the
   * one before. With one call under way there is nothing to mistake.
   */
  #turn(id: number): void {
    this.#tell(`{"kind":"turn","id":${id}}`);
    if (this.#calls.size < 2 || this.#willRest) return;
    this.#willRest = true;
    afterTurn(() => {
      this.#willRest = false;
      this.#tell('{"kind":"rest"}');
    });
  }

  /** What is no JSON cannot cross, and is no result either. */
  #finish(id: number, result: unknown): void {
    try {
      this.#post({ kind: "done", id, result: carriedResult(result) });
    } catch (error) {
      this.#post({ kind: "nonsense", id, message: errorData(error).message });
    }
  }

  #context(id: number, context: CallContext, signal: AbortSignal): HookContext {
    const ask = (body: KubeRequest) => this.#ask(id, body, signal);
    return {
      ...context,
      object: context.object as unknown as HookContext["object"],
      children: unpackChildren(context.children) as HookContext["children"],
      kube: createWorkerKube(ask),
      log: logFor(id, this.#post),
      signal,
    };
  }

  #ask(call: number, body: KubeRequest, signal: AbortSignal): Promise<KubeAnswer> {
    signal.throwIfAborted();
    const request = ++this.#lastRequest;
    const answered = new Promise<KubeAnswer>((resolve) => {
      this.#requests.set(request, (answer) => {
        this.#turn(call);
        resolve(answer);
      });
    });
    this.#post({ kind: "kube", call, request, body });
    return answered;
  }
}

const LEVELS = ["debug", "info", "warn", "error"] as const;

function logFor(call: number, post: (message: FromThread) => void): HookLog {
  const write =
    (level: (typeof LEVELS)[number]) =>
    (message: string, fields: object = {}) => {
      post({ kind: "log", call, level, message: String(message), fields: asFields(fields) });
    };
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
}

/** What is no JSON is written as text: a line of a log is no reason to fail. */
function asFields(fields: unknown): JsonObject {
  try {
    const value: unknown = JSON.parse(JSON.stringify(fields));
    return isJsonObject(value) ? value : { value: value as Json };
  } catch {
    return { value: String(fields) };
  }
}

/** Standard output belongs to the program; what modules print goes to its log. */
function redirectConsole(post: (message: FromThread) => void): void {
  const log = logFor(0, post);
  const print =
    (level: (typeof LEVELS)[number]) =>
    (...parts: readonly unknown[]) =>
      log[level](parts.map(printed).join(" "));
  Object.assign(globalThis.console, {
    debug: print("debug"),
    log: print("info"),
    info: print("info"),
    warn: print("warn"),
    error: print("error"),
    trace: print("debug"),
  });
}

function printed(part: unknown): string {
  if (typeof part === "string") return part;
  if (part instanceof Error) return part.stack ?? String(part);
  try {
    return JSON.stringify(part) ?? String(part);
  } catch {
    return String(part);
  }
}

function heapBytes(): number {
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + Math.max(external, arrayBuffers);
}
