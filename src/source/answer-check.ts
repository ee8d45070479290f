/** What a server's refusal may mean, with a hint that fits the credentials of the import. */
import { STATUS_CODES } from "node:http";
import type { Credentials } from "./credentials.ts";
import { SourceError } from "./source-error.ts";
import type { WebAnswer } from "./web.ts";

/** For an answer that is not `200 OK`. */
export function statusFault(
  name: string,
  { status, place }: Pick<WebAnswer, "status" | "place">,
  credentials: Pick<Credentials, "type" | "variables"> | undefined,
): SourceError {
  const reason = STATUS_CODES[status] ?? "";
  const found = `the server answered ${`${status} ${reason}`.trim()}, expected 200 OK`;
  const hint = place?.isOther ? elsewhereHint(status) : statusHint(status, credentials);
  return new SourceError("status", `Cannot read ${shownAnswer(name, place)}: ${found}`, { hint });
}

/** What was asked for, and where that led. */
export function shownAnswer(name: string, place: WebAnswer["place"]): string {
  return place ? `"${name}", ${place.text}` : `"${name}"`;
}

/** For an answer of another host than the one that was asked. */
export function elsewhereHint(status: number): string {
  if (status === 401 || status === 403) {
    return "Credentials do not go along with a redirect: name that place itself, with auth of its own";
  }
  return "Ask who runs the first server why it sends there, or name the place where it really is";
}

function statusHint(
  status: number,
  credentials: Pick<Credentials, "type" | "variables"> | undefined,
): string | undefined {
  const names = credentials?.variables.map((name) => `$${name}`) ?? [];
  const variables = names.join(" and ");
  if (status === 401 || status === 403) {
    if (names.length === 0) return "Does it need auth?";
    return `${names.length === 1 ? "Is" : "Are"} ${variables} right, and is that enough?`;
  }
  if (status === 429) return "It limits how often one may ask: wait a while";
  if (status >= 500) return "The server is in trouble: try again later, or ask who runs it";
  if (status !== 404) return undefined;
  const isGithub = credentials?.type === "github";
  return isGithub ? `GitHub also says so when ${variables} may not read it` : "Is the URL right?";
}
