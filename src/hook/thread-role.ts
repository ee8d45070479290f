/**
 * The two ends of a thread, on every runtime: how the program is started once more as one, and how it
 * finds out that it is one.
 *
 * On Bun the web's workers are taken: a thread of `node:worker_threads` costs 3.6 MB there, one of the
 * web 1.8 MB. Elsewhere it is the other way round, and only those of Node say that a thread ended.
 */
import process from "node:process";
import type { ThreadData } from "./protocol.ts";

/** A thread as the main thread holds it. */
export interface ThreadHandle {
  post(text: string): void;
  /** Stops it wherever it is. */
  terminate(): Promise<void>;
}

export interface ThreadEvents {
  onMessage(text: string): void;
  /** It came to an end, or is about to: why, in words that go on from "it". */
  onEnd(why: string): void;
}

/** Starts the program once more, as a thread with this data. */
export type StartThread = (data: ThreadData, events: ThreadEvents) => ThreadHandle;

/** What a thread has of the main one. */
export interface ThreadPort {
  post(text: string): void;
  listen(onMessage: (text: string) => void): void;
}

/** On Bun a thread knows its role, and its data, by this variable. */
const ROLE = "ORK_THREAD";

const isBun = process.versions["bun"] !== undefined;

/** The variables that threads see: no secrets; what a hook needs of its own begins with `ORK_HOOK_`. */
function threadEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const shared = ["LANG", "LC_ALL", "NO_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "TZ"];
  const isShown = (name: string) =>
    name.startsWith("ORK_HOOK_") || shared.includes(name.toUpperCase());
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => {
      const [name, value] = entry;
      return value !== undefined && isShown(name);
    }),
  );
}

/** `program`: URL of the file that the process was started with. */
export async function threadStarter(program: string): Promise<StartThread> {
  if (isBun) return (data, events) => startWebThread(program, data, events);
  const { Worker } = await import("node:worker_threads");
  return (data, { onMessage, onEnd }) => {
    const env = threadEnvironment(process.env);
    const worker = new Worker(new URL(program), { workerData: data, env });
    worker.on("message", onMessage);
    worker.on("error", (error) => onEnd(`failed: ${String(error)}`));
    worker.on("exit", (code) => onEnd(`exited with code ${code}`));
    return {
      post: (text) => worker.postMessage(text),
      async terminate() {
        await worker.terminate();
      },
    };
  };
}

interface BunWorkerOptions extends WorkerOptions {
  readonly env: Readonly<Record<string, string>>;
  /** A small heap, collected more often. */
  readonly smol: boolean;
}

function startWebThread(
  program: string,
  data: ThreadData,
  { onMessage, onEnd }: ThreadEvents,
): ThreadHandle {
  const env = { ...threadEnvironment(process.env), [ROLE]: JSON.stringify(data) };
  const options: BunWorkerOptions = { type: "module", smol: true, env };
  const worker = new Worker(program, options);
  const closed = Promise.withResolvers<void>();
  worker.addEventListener("message", ({ data: text }: MessageEvent<string>) => onMessage(text));
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    onEnd(`failed: ${event.message}`);
  });
  worker.addEventListener("close", (event) => {
    const { code } = event as Event & { readonly code?: number };
    closed.resolve();
    onEnd(`exited with code ${code ?? 0}`);
  });
  return {
    post: (text) => worker.postMessage(text),
    terminate() {
      worker.terminate();
      return closed.promise;
    },
  };
}

export interface ThreadRole {
  readonly port: ThreadPort;
  readonly data: ThreadData;
}

/** What this thread is to do; `undefined` in the main thread. */
export async function threadRole(): Promise<ThreadRole | undefined> {
  return isBun ? webRole() : nodeRole();
}

function webRole(): ThreadRole | undefined {
  const text = process.env[ROLE];
  if (text === undefined) return undefined;
  delete process.env[ROLE];
  return {
    data: JSON.parse(text) as ThreadData,
    port: {
      post: (message) => globalThis.postMessage(message),
      listen(onMessage) {
        globalThis.addEventListener("message", ({ data }: MessageEvent<string>) => onMessage(data));
      },
    },
  };
}

async function nodeRole(): Promise<ThreadRole | undefined> {
  const { isMainThread, parentPort, workerData } = await import("node:worker_threads");
  if (isMainThread || !parentPort) return undefined;
  return {
    data: workerData as ThreadData,
    port: {
      post: (message) => parentPort.postMessage(message),
      listen: (onMessage) => void parentPort.on("message", onMessage),
    },
  };
}
