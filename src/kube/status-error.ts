/**
 * From an HTTP answer that is not 2xx, or a Status object inside a watch, to a `KubeError`. The
 * message is the server's own, which names kind and object; an answer that is no Status (a proxy,
 * a load balancer) is named as such.
 */
import { isJsonObject, type JsonObject } from "../std/json.ts";
import { KubeError } from "./error.ts";

/** Longest part of a foreign answer that goes into a message. */
const EXCERPT_LENGTH = 200;
/**
 * However long a server asks for, after a minute it is asked again: a day that somebody asked for by mistake would
 * leave a watch, or a start, without a word for that day. kube-apiserver itself asks for half a minute at most.
 */
const MAX_RETRY_AFTER_MS = 60_000;

export interface FailedAnswer {
  readonly status: number;
  /** The Retry-After header, if any. */
  readonly retryAfter: string | null | undefined;
  readonly body: string;
  /** `GET /apis/apps/v1/deployments`, for answers without a message of their own. */
  readonly what: string;
  /** The URL that was asked, where a hint may name it. */
  readonly server?: string;
  /** Milliseconds since the epoch, for a Retry-After that is a date. */
  readonly now: number;
}

export function answerError(answer: FailedAnswer): KubeError {
  const headerMs = atMost(parseRetryAfter(answer.retryAfter, answer.now));
  const status = parseStatus(answer.body);
  if (status !== undefined) return statusError(status, answer.status, headerMs);
  const excerpt = answer.body.trim().slice(0, EXCERPT_LENGTH);
  const tail = excerpt === "" ? "" : `: ${excerpt}`;
  const hint = isPlainToTls(answer)
    ? `Name it as ${answer.server?.replace(/^http:/, "https:")}`
    : "";
  return new KubeError(`${answer.what} answered ${answer.status}${tail}`, {
    status: answer.status,
    ...(hint && { hint }),
    ...(headerMs !== undefined && { retryAfterMs: headerMs }),
  });
}

/** As `net/http` of Go, which API servers are written with, and nginx in front of one answer http where TLS is spoken. */
function isPlainToTls({ status, server, body }: FailedAnswer): boolean {
  return (
    status === 400 &&
    server?.startsWith("http:") === true &&
    /HTTP request (?:was sent )?to (?:an )?HTTPS (?:server|port)/.test(body)
  );
}

/** `httpStatus` counts when the object carries no `code`. */
export function statusError(
  status: JsonObject,
  httpStatus: number,
  headerRetryAfterMs?: number,
): KubeError {
  const details = isJsonObject(status["details"]) ? status["details"] : undefined;
  const seconds = details?.["retryAfterSeconds"];
  const retryAfterMs =
    headerRetryAfterMs ?? atMost(typeof seconds === "number" ? seconds * 1000 : undefined);
  const { message, reason, code } = status;
  return new KubeError(typeof message === "string" && message !== "" ? message : String(reason), {
    status: typeof code === "number" && code !== 0 ? code : httpStatus,
    reason: typeof reason === "string" ? reason : "",
    ...(details && { details }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

function atMost(retryAfterMs: number | undefined): number | undefined {
  return retryAfterMs === undefined ? undefined : Math.min(retryAfterMs, MAX_RETRY_AFTER_MS);
}

function parseStatus(body: string): JsonObject | undefined {
  if (!body.startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(body);
    return isJsonObject(value) && value["kind"] === "Status" ? value : undefined;
  } catch {
    // A cut or foreign body: the caller shows its beginning instead.
    return undefined;
  }
}

/** Seconds or an HTTP date (RFC 9110, section 10.2.3), as milliseconds from now. */
export function parseRetryAfter(value: string | null | undefined, now: number): number | undefined {
  if (!value) return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
