/** A sandbox without a socket, on a clock that the test moves. */

import {
  type OfflineSandbox,
  openSandbox,
  type SandboxOptions,
} from "../../../src/sandbox/sandbox.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../src/std/json.ts";
import type { Logger } from "../../../src/telemetry/log.ts";
import { type ManualClock, manualClock } from "../../support/manual-clock.ts";

export interface Reply {
  readonly status: number;
  readonly body: JsonObject;
  readonly warnings: readonly string[];
}

export interface Ask {
  readonly body?: Json | string;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface TestSandbox extends Disposable {
  readonly clock: ManualClock;
  /** What the sandbox logged at `warn` and above. */
  readonly problems: string[];
  readonly sandbox: OfflineSandbox;
  ask(call: string, options?: Ask): Reply;
  /** Opens a watch; its events appear in `events` as they are sent. */
  watch(path: string): Watching;
}

export interface Watching {
  readonly events: readonly { readonly type: string; readonly object: JsonObject }[];
  readonly isOver: boolean;
  stop(): void;
}

export function testSandbox(options: Partial<SandboxOptions> = {}): TestSandbox {
  const clock = manualClock();
  const problems: string[] = [];
  const log: Logger = {
    debug() {},
    info() {},
    warn: (message, fields) => void problems.push(`${message}: ${causeIn(fields)}`),
    error: (message, fields) => void problems.push(`${message}: ${causeIn(fields)}`),
    child: () => log,
  };
  const sandbox = openSandbox({ clock, log, ...options });
  const request = (call: string, { body, type = "application/json", headers = {} }: Ask) => {
    const [method = "", path = ""] = call.split(" ");
    const url = new URL(path, "http://localhost");
    return {
      method,
      path: url.pathname,
      query: url.searchParams,
      headers: { "content-type": type, "user-agent": "test/1", ...headers },
      body: body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body),
    };
  };
  return {
    clock,
    problems,
    sandbox,
    ask(call, ask = {}) {
      const response = sandbox.handle(request(call, ask));
      if (response.kind === "stream") throw new Error(`${call} answered with a stream`);
      return { status: response.status, body: parse(response.body), warnings: response.warnings };
    },
    watch(path) {
      const response = sandbox.handle(request(`GET ${path}`, {}));
      if (response.kind === "body") throw new Error(`${path} answered ${response.status}`);
      const events: { type: string; object: JsonObject }[] = [];
      let isOver = false;
      const stop = response.start({
        send: (text) => void events.push(JSON.parse(text)),
        end: () => {
          isOver = true;
        },
      });
      return {
        events,
        get isOver() {
          return isOver;
        },
        stop,
      };
    },
    [Symbol.dispose]: () => sandbox[Symbol.dispose](),
  };
}

function causeIn(fields: Readonly<Record<string, unknown>> = {}): string {
  return String(fields["error"] ?? fields["reason"]);
}

function parse(text: string): JsonObject {
  try {
    const value = JSON.parse(text) as Json;
    return isJsonObject(value) ? value : { value };
  } catch {
    return { text };
  }
}

export const MAPS = "/api/v1/namespaces/default/configmaps";

export function versionOf({ body }: Reply): string {
  const { metadata } = body as { metadata?: { resourceVersion?: string } };
  return metadata?.resourceVersion ?? "";
}
