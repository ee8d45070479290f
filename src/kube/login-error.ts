/**
 * Why the API server does not know who we are: the credentials could not be had (a file, a plugin, an identity
 * provider), or the server refused them (401). Told in one sentence, since a status, the health of an entry and
 * the log have room for no more; the CLI adds the causes.
 *
 * Guarantees: no message holds a credential.
 */
import { systemFault } from "../std/system-fault.ts";
import { KubeError } from "./error.ts";

/** `problem` goes on after a colon: `exec plugin "x" of user "y" failed with exit code 3`. */
export class LoginError extends Error {
  readonly problem: string;
  /** What to do about it; what the system has to say of the cause when there is none. */
  readonly hint: string | undefined;

  constructor(problem: string, options: { readonly cause?: unknown; readonly hint?: string } = {}) {
    super(
      `Cannot authenticate: ${problem}`,
      options.cause === undefined ? {} : { cause: options.cause },
    );
    this.hint = options.hint;
    this.name = "LoginError";
    this.problem = problem;
  }
}

/** The request was not sent. `server` is shown, so it must not hold credentials (`connect` refuses such URLs). */
export function loginFailure(server: string, thrown: unknown): KubeError {
  const isTold = thrown instanceof LoginError;
  // Its own words are in the message; what led to it is left to tell.
  const cause = isTold ? thrown.cause : thrown;
  const hint = (isTold ? thrown.hint : undefined) ?? systemFault(cause)?.hint;
  const why = isTold ? `: ${thrown.problem}` : "";
  return new KubeError(`Cannot authenticate to the API server at ${server}${why}`, {
    status: 0,
    reason: "Unauthenticated",
    ...(cause !== undefined && { cause }),
    ...(hint !== undefined && { hint }),
  });
}

/** Whose credentials a connection has, as its refusal tells it. */
export interface Identity {
  /** `the credentials of user "ann" (context "dev")` */
  readonly what: string;
  /** What to do when they are refused. */
  readonly hint: string;
}

/** For whoever asks without credentials. */
export const NAME_ONE = "Name a user of your kubeconfig with --user, or a token with --token";

const SOMEBODY: Identity = { what: "our credentials", hint: "Did they expire? Log in again" };

/** Who asks without credentials: `system:anonymous`, to whom most servers answer 403 where they answer at all. */
const ANONYMOUS = 'User "system:anonymous"';

/** A refusal with what we know of who was refused; any other one as it is. */
export function withIdentity(server: string, refusal: KubeError, identity?: Identity): KubeError {
  const { status, message, reason, details } = refusal;
  if (status === 401) return refusedLogin(server, refusal, identity);
  if (status !== 403 || !message.includes(ANONYMOUS)) return refusal;
  return new KubeError(message, { status, reason, ...(details && { details }), hint: NAME_ONE });
}

/** The server's answer of 401, which says nothing but "Unauthorized", with who it was. */
function refusedLogin(server: string, refusal: KubeError, identity = SOMEBODY): KubeError {
  const { status, reason, details, message } = refusal;
  const more = message === "Unauthorized" ? "" : `: ${message}`;
  return new KubeError(`The API server at ${server} does not accept ${identity.what}${more}`, {
    status,
    reason,
    ...(details && { details }),
    hint: identity.hint,
  });
}
