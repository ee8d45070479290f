/** Where a watch is, and where it goes from a failure: decided here, carried out in `watch.ts`. */
import { isExpired, type KubeError } from "./error.ts";

/** `by` is how lists are taken: servers that refuse streamed ones are asked for pages. */
export type Phase =
  | { readonly kind: "listing"; readonly by: "stream" | "pages" }
  | {
      readonly kind: "watching";
      readonly by: "stream" | "pages";
      /** The last version of which everything was told. */
      readonly resourceVersion: string;
    };

export interface Recovery {
  readonly next: Phase;
  /** `slow` is for what only a person can change: rights, or a kind that is not served. */
  readonly pace: "now" | "backoff" | "slow";
}

/** Three facts decide: what was going on, the status, and whether the server spoke at all. */
export function afterFailure(phase: Phase, error: KubeError): Recovery {
  const list: Phase = { kind: "listing", by: phase.by };
  if (isExpired(error)) {
    // Twice in a row would be a server that cannot keep up with its own list.
    return { next: list, pace: phase.kind === "watching" ? "now" : "backoff" };
  }
  if (phase.kind === "listing" && phase.by === "stream" && isStreamRefused(error)) {
    return { next: { kind: "listing", by: "pages" }, pace: "now" };
  }
  switch (error.status) {
    case 401:
      return { next: phase, pace: "slow" };
    case 403:
    case 404:
    case 405:
      // The kind may come back as another one, with objects of its own.
      return { next: list, pace: "slow" };
    default:
      return { next: phase, pace: "backoff" };
  }
}

/** 400 and 422 from servers that know the parameter and refuse it; silence from those that do not. */
function isStreamRefused(error: KubeError): boolean {
  return error.status === 400 || error.status === 422 || error.reason === "Silence";
}
