/**
 * What the main thread and the thread of a module say to each other. Every message is JSON text: what
 * cannot be said in JSON cannot cross, and neither side can hold on to the other's objects.
 */
import type { SourcePosition } from "../std/issue.ts";
import type { Json, JsonObject } from "../std/json.ts";
import type { PackedChildren } from "./shared-children.ts";

export const HANDLERS = ["onReconcile", "onDelete"] as const;
export type Handler = (typeof HANDLERS)[number];

/** What a thread is started with. */
export interface ThreadData {
  /** `file:` URL of the module. */
  readonly module: string;
  /** Bytes that the thread may allocate at once. */
  readonly memoryLimit: number;
}

export interface CallContext {
  readonly object: JsonObject;
  readonly children: PackedChildren;
  readonly args: JsonObject;
  readonly attempt: number;
}

/** One request of a hook to the cluster. */
export type KubeRequest =
  | { readonly verb: "get"; readonly address: JsonObject }
  | { readonly verb: "list"; readonly query: JsonObject }
  | { readonly verb: "create"; readonly object: JsonObject }
  | { readonly verb: "apply"; readonly object: JsonObject; readonly options: JsonObject }
  | {
      readonly verb: "patch";
      readonly address: JsonObject;
      readonly patch: Json;
      readonly options: JsonObject;
    }
  | { readonly verb: "delete"; readonly address: JsonObject; readonly options: JsonObject };

/** An error as data. */
export interface ErrorData {
  readonly name: string;
  readonly message: string;
  /** With the lines of the author's source, where the runtime knows them. */
  readonly stack?: string;
  /** Where a compiler found the fault. */
  readonly position?: SourcePosition;
  /** An answer of the API server: its status and reason. */
  readonly kube?: { readonly status: number; readonly reason: string };
}

/** How a `KubeRequest` ended. */
export type KubeAnswer = { readonly value: Json } | { readonly error: ErrorData };

export type ToThread =
  | {
      readonly kind: "call";
      readonly id: number;
      readonly handler: Handler;
      readonly context: CallContext;
    }
  | { readonly kind: "abort"; readonly id: number; readonly reason: string }
  | { readonly kind: "answer"; readonly request: number; readonly answer: KubeAnswer }
  | { readonly kind: "ping" };

export type FromThread =
  /** The handler of this call starts, or goes on with an answer: what holds up the thread is told. */
  | { readonly kind: "turn"; readonly id: number }
  /** No call holds it up: what did so far gave way. */
  | { readonly kind: "rest" }
  | { readonly kind: "loaded"; readonly exports: ModuleShape }
  | { readonly kind: "broken"; readonly error: ErrorData }
  | { readonly kind: "done"; readonly id: number; readonly result: Json }
  | { readonly kind: "failed"; readonly id: number; readonly error: ErrorData }
  /** The result is no JSON: a cycle, a function, a number without end. */
  | { readonly kind: "nonsense"; readonly id: number; readonly message: string }
  | {
      readonly kind: "kube";
      readonly call: number;
      readonly request: number;
      readonly body: KubeRequest;
    }
  | {
      readonly kind: "log";
      readonly call: number;
      readonly level: "debug" | "info" | "warn" | "error";
      readonly message: string;
      readonly fields: JsonObject;
    }
  /** Something that nobody waits for went wrong: a timer, a rejection. */
  | { readonly kind: "stray"; readonly error: ErrorData }
  /** It took more memory than it may. */
  | { readonly kind: "full" }
  | { readonly kind: "pong"; readonly heapBytes: number };

/** What the module exports by default, described. */
export type ModuleShape =
  | { readonly kind: "none" }
  | { readonly kind: "other"; readonly found: string }
  /** Key of the default export → `typeof` its value. */
  | { readonly kind: "object"; readonly members: Readonly<Record<string, string>> };
