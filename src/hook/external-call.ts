/**
 * One call to a service in the name of a custom resource that is being deleted.
 *
 * Guarantees: an end at the deadline or when the signal is aborted, whatever the service does; no more of
 * the answer is read than {@link MAX_BODY_BYTES}; no redirect is followed; no message holds a path or a query
 * of the URL, or one of the request's secrets. A call that fails is an answer, too: only an abort is thrown.
 */
import type { Clock } from "../std/clock.ts";
import { RefusedAddress } from "../std/refused-address.ts";
import {
  failureWords,
  faultWords,
  readBeginning,
  retryAfterOf,
  withDeadline,
  withoutSecrets,
} from "./bounded-call.ts";
import { RemoteError } from "./remote-error.ts";

export interface ExternalRequest {
  /** Of the call, as the Katalog names it. */
  readonly name: string;
  readonly url: URL;
  /** `inside`: the Katalog says which host it is, so that it may be one of the cluster. */
  readonly reach: "inside" | "public";
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Credentials: the answer brings them neither into messages nor into results. */
  readonly secrets: readonly string[];
  /** What may be one: not in messages. A result may hold it, since it may be a plain word, too. */
  readonly unspoken: readonly string[];
  isExpected(status: number): boolean;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface ExternalAnswer {
  /** 0: none came. */
  readonly status: number;
  /** The first {@link MAX_BODY_BYTES} of the body, without secrets. */
  readonly text: string;
  readonly isCut: boolean;
  readonly seconds: number;
  /** Why it counts as failed. */
  readonly error?: RemoteError;
}

/** What the reconciler needs of the way to services. */
export interface ExternalAccess {
  /** `--allow-http`: plain http may leave the cluster. */
  readonly allowHttp: boolean;
  /** Rejects with the reason of the signal only. */
  call(request: ExternalRequest): Promise<ExternalAnswer>;
  /** A variable of the environment, for credentials. */
  variable(name: string): string | undefined;
}

/** The request over a connection whose address was checked; may reject with a `RefusedAddress`. */
export type ExternalFetch = (
  url: URL,
  request: Pick<ExternalRequest, "method" | "headers" | "body" | "reach" | "signal">,
) => Promise<Response>;

export interface ExternalOptions {
  readonly fetch: ExternalFetch;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly allowHttp: boolean;
  /** `result`: `answered`, or the code of the error. */
  onCall?(result: string, seconds: number): void;
}

/** What is read of a body: the JSON of a larger one cannot be addressed by path. */
export const MAX_BODY_BYTES = 256 * 1024;

type Heard = Pick<ExternalAnswer, "status" | "text" | "isCut" | "error">;

const SILENCE: Heard = { status: 0, text: "", isCut: false };

export function createExternalAccess(options: ExternalOptions): ExternalAccess {
  const { fetch, clock, env, allowHttp, onCall } = options;
  return {
    allowHttp,
    variable: (name) => (Object.hasOwn(env, name) ? env[name] : undefined),
    async call(request) {
      const startMs = clock.monotonicMs();
      const secondsSince = () => (clock.monotonicMs() - startMs) / 1_000;
      let result = "aborted";
      try {
        const heard = await hear(request, fetch, clock);
        result = heard.error?.code ?? "answered";
        return { ...heard, seconds: secondsSince() };
      } finally {
        onCall?.(result, secondsSince());
      }
    },
  };
}

async function hear(request: ExternalRequest, fetch: ExternalFetch, clock: Clock): Promise<Heard> {
  const { name, timeoutMs, signal: outer, secrets } = request;
  const bounds = { task: `call "${name}"`, timeoutMs, signal: outer };
  try {
    return await withDeadline(bounds, clock, async (signal) => {
      const response = await fetch(request.url, { ...request, signal });
      const { text, isCut } = await readBeginning(response, MAX_BODY_BYTES);
      const { status } = response;
      const heard = { status, text: withoutSecrets(text, secrets), isCut };
      if (request.isExpected(status)) return heard;
      return { ...heard, error: unexpected(response, heard.text, request) };
    });
  } catch (error) {
    if (outer.aborted) throw error;
    return {
      ...SILENCE,
      error: error instanceof RemoteError ? error : unreachable(request, error),
    };
  }
}

/** Of what a service says about its failure. */
const MAX_FAILURE_LENGTH = 16 * 1024;

function unexpected(response: Response, text: string, request: ExternalRequest): RemoteError {
  const { status } = response;
  const words =
    status >= 300 && status < 400
      ? "a redirect, which is not followed; name the place where it is"
      : failureWords(text.length > MAX_FAILURE_LENGTH ? "" : text, [
          ...request.secrets,
          ...request.unspoken,
        ]);
  const message = `Cannot call "${request.name}": ${request.url.host} answered ${status}${words === "" ? "" : `, ${words}`}`;
  return new RemoteError("unwell", message, { retryAfterMs: retryAfterOf(response) });
}

function unreachable({ name, url }: ExternalRequest, cause: unknown): RemoteError {
  const why = cause instanceof RefusedAddress ? cause.message : faultWords(cause);
  const message = `Cannot call "${name}" at ${url.host}: ${why}`;
  return new RemoteError("unreachable", message, { cause });
}
