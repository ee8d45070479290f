/**
 * One question to a service: a POST of JSON, its JSON answer.
 *
 * Guarantees: an end at the deadline or when the signal is aborted, whatever the service does; no more of
 * the answer is read than {@link MAX_ANSWER_BYTES}; no redirect is followed, so nothing secret goes
 * anywhere else; certificates are verified; no message holds the credential or the query of the URL.
 */
import type { Clock } from "../std/clock.ts";
import type { Json } from "../std/json.ts";
import {
  failureWords,
  faultWords,
  readBeginning,
  retryAfterOf,
  withDeadline,
  withoutSecrets,
} from "./bounded-call.ts";
import { RemoteError } from "./remote-error.ts";

export interface RemoteRequest {
  readonly url: URL;
  /** How messages name it. */
  readonly title: string;
  readonly body: Json;
  readonly credential?: { readonly header: string; readonly value: string };
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** What the reconciler needs of the way to services. */
export interface RemoteAccess {
  /** Rejects with a `RemoteError`, or the reason of the signal. */
  ask(request: RemoteRequest): Promise<Json>;
  /** A variable of the environment, for credentials. */
  variable(name: string): string | undefined;
}

/** Of the web's `fetch`, what is used. */
export type Fetch = (url: URL, init: RequestInit) => Promise<Response>;

export interface RemoteOptions {
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `result`: `answered`, or the code of the error. */
  onCall?(result: string, seconds: number): void;
}

export const MAX_ANSWER_BYTES = 1024 * 1024;
/** Of what a service says about its failure. */
const MAX_FAILURE_BYTES = 16 * 1024;

export function createRemoteAccess({ fetch, clock, env, onCall }: RemoteOptions): RemoteAccess {
  return {
    variable: (name) => (Object.hasOwn(env, name) ? env[name] : undefined),
    async ask(request) {
      const startMs = clock.monotonicMs();
      let result = "aborted";
      try {
        const bounds = { ...request, task: `ask the remote "${request.title}"` };
        const answer = await withDeadline(bounds, clock, (signal) =>
          exchange(request, fetch, signal),
        );
        result = "answered";
        return answer;
      } catch (error) {
        if (error instanceof RemoteError) result = error.code;
        throw error;
      } finally {
        onCall?.(result, (clock.monotonicMs() - startMs) / 1_000);
      }
    },
  };
}

async function exchange(request: RemoteRequest, fetch: Fetch, signal: AbortSignal): Promise<Json> {
  const { url, title, body, credential } = request;
  const headers: Record<string, string> = {
    "content-type": "application/json",
    accept: "application/json",
    // The limit counts what is read.
    "accept-encoding": "identity",
    ...(credential && { [credential.header]: credential.value }),
  };
  const init: RequestInit = { method: "POST", headers, redirect: "manual", signal };
  const response = await fetch(url, { ...init, body: JSON.stringify(body) }).catch(
    (cause: unknown) => {
      throw unreachable(request, cause);
    },
  );
  if (!response.ok) throw await failureOf(response, request);
  const { text, isCut } = await readText(response, MAX_ANSWER_BYTES, request);
  if (isCut) throw nonsense(title, `it is larger than ${MAX_ANSWER_BYTES} bytes`);
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw nonsense(title, text.trim() === "" ? "it is empty" : "it is no JSON");
  }
}

async function failureOf(response: Response, request: RemoteRequest): Promise<RemoteError> {
  const { status } = response;
  const action = `Cannot ask the remote "${request.title}"`;
  if (response.type === "opaqueredirect" || (status >= 300 && status < 400)) {
    await response.body?.cancel();
    const message = `${action}: it redirects, which is not followed; name the place where it is`;
    return new RemoteError("refused", message);
  }
  const { text, isCut } = await readText(response, MAX_FAILURE_BYTES, request);
  const words = isCut ? "" : failureWords(text, secretsOf(request.credential));
  const message = `${action}: it answered ${status}${words === "" ? "" : `, ${words}`}`;
  const isPassing = status === 408 || status === 429 || status >= 500;
  if (!isPassing) return new RemoteError("refused", message);
  return new RemoteError("unwell", message, { retryAfterMs: retryAfterOf(response) });
}

/** A service may repeat what it was sent. */
export function withoutCredential(text: string, credential: RemoteRequest["credential"]): string {
  return withoutSecrets(text, secretsOf(credential));
}

/** The value, and what stands behind its scheme. */
export function secretsOf(credential: RemoteRequest["credential"]): readonly string[] {
  if (!credential) return [];
  const [, secret = credential.value] = /^\S+ +(.+)$/.exec(credential.value) ?? [];
  return [credential.value, secret];
}

async function readText(response: Response, limit: number, request: RemoteRequest) {
  try {
    return await readBeginning(response, limit);
  } catch (cause) {
    throw unreachable(request, cause);
  }
}

function unreachable({ title }: RemoteRequest, cause: unknown): RemoteError {
  const message = `Cannot reach the remote "${title}": ${faultWords(cause)}`;
  return new RemoteError("unreachable", message, { cause });
}

function nonsense(title: string, why: string): RemoteError {
  return new RemoteError("nonsense", `Cannot use the answer of the remote "${title}": ${why}`);
}
