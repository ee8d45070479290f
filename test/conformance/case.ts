/**
 * What a conformance case is: a name and steps against one API server. The answers are recorded;
 * a case passes when its own assertions hold and both servers gave the same transcript.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { isJsonObject, type Json, type JsonObject } from "../../src/std/json.ts";
import {
  type Answer,
  type Endpoint,
  readWatch,
  type Send,
  send,
  type WatchEvent,
} from "./api-client.ts";
import { normalize } from "./normalize.ts";

export interface ConformanceCase {
  readonly name: string;
  readonly run: (api: CaseApi) => Promise<void>;
}

/** What a server has beyond the protocol. */
export interface ServerFacts {
  readonly endpoint: Endpoint;
  readonly kubectl: (args: readonly string[], stdin?: string) => Promise<KubectlAnswer>;
}

export interface KubectlAnswer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const POLL_MS = 50;
const POLL_LIMIT_MS = 20_000;

/** One run of one case. Its namespace is new and its own. */
export class CaseApi {
  readonly namespace: string;
  readonly #server: ServerFacts;
  readonly #masks: Map<string, string>;
  readonly #transcript: Json[] = [];

  constructor(server: ServerFacts, namespace: string) {
    this.#server = server;
    this.namespace = namespace;
    this.#masks = new Map([[namespace, "<namespace>"]]);
  }

  get transcript(): readonly Json[] {
    return this.#transcript.map((entry) => normalize(entry, this.#masks));
  }

  /** A recorded request. */
  async request(method: string, path: string, options: Send = {}): Promise<Answer> {
    const answer = await send(this.#server.endpoint, `${method} ${path}`, options);
    this.note(`${method} ${path}`, { ...answer });
    return answer;
  }

  /** A request that only prepares or waits. Its answer is not compared. */
  async quiet(method: string, path: string, options: Send = {}): Promise<Answer> {
    return send(this.#server.endpoint, `${method} ${path}`, options);
  }

  /** A quiet request that must succeed; gives its body. */
  async must(method: string, path: string, options: Send = {}): Promise<JsonObject> {
    const { status, body } = await this.quiet(method, path, options);
    if (status >= 300 || !isJsonObject(body)) {
      throw new Error(`${method} ${path} answered ${status}: ${JSON.stringify(body)}`);
    }
    return body;
  }

  /** A recorded watch. */
  async watch(
    path: string,
    isEnough: (events: readonly WatchEvent[]) => boolean,
  ): Promise<readonly WatchEvent[]> {
    const events = await readWatch(this.#server.endpoint, path, isEnough);
    this.note(`WATCH ${path}`, events as unknown as Json);
    return events;
  }

  /** Polls quietly until `isDone` says so of the answer, and gives that answer. */
  async until(path: string, isDone: (answer: Answer) => boolean): Promise<Answer> {
    const deadline = Date.now() + POLL_LIMIT_MS;
    for (;;) {
      const answer = await this.quiet("GET", path);
      if (isDone(answer)) return answer;
      if (Date.now() > deadline) {
        throw new Error(
          `GET ${path} did not come to the expected state: ${JSON.stringify(answer.body)}`,
        );
      }
      await sleep(POLL_MS);
    }
  }

  /** A recorded run of kubectl in the case's namespace. */
  async kubectl(args: readonly string[], stdin?: string): Promise<KubectlAnswer> {
    const answer = await this.#server.kubectl([`--namespace=${this.namespace}`, ...args], stdin);
    this.note(`kubectl ${args.join(" ")}`, { ...answer });
    return answer;
  }

  /** A run of kubectl that is not compared. */
  quietKubectl(args: readonly string[], stdin?: string): Promise<KubectlAnswer> {
    return this.#server.kubectl([`--namespace=${this.namespace}`, ...args], stdin);
  }

  note(what: string, answer: Json): void {
    this.#transcript.push({ what, answer });
  }

  /** From now on `text` is written as `mask`: for names that a server generated. */
  mask(text: string, mask: string): void {
    if (text !== "") this.#masks.set(text, mask);
  }

  /** Path of a namespaced kind of the core group: `/api/v1/namespaces/x/configmaps`. */
  core(plural: string, name = ""): string {
    return `/api/v1/namespaces/${this.namespace}/${plural}${name === "" ? "" : `/${name}`}`;
  }

  /** The same of a group: `apps/v1`. */
  group(groupVersion: string, plural: string, name = ""): string {
    const tail = name === "" ? "" : `/${name}`;
    return `/apis/${groupVersion}/namespaces/${this.namespace}/${plural}${tail}`;
  }
}

/** `body.metadata.resourceVersion`. */
export function versionOf(body: Json): string {
  const metadata = isJsonObject(body) ? body["metadata"] : undefined;
  return isJsonObject(metadata) ? String(metadata["resourceVersion"]) : "";
}

export const APPLY = "application/apply-patch+yaml";
export const MERGE = "application/merge-patch+json";
export const JSON_PATCH = "application/json-patch+json";
export const STRATEGIC = "application/strategic-merge-patch+json";
