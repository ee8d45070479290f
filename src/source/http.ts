/**
 * http(s) as a source: one document behind one URL, and what its refusal may mean. How it gets here,
 * and what is guaranteed on the way: `web.ts`.
 */
import { shownAnswer, statusFault } from "./answer-check.ts";
import { credentialsOf } from "./credentials.ts";
import type { SourceReference } from "./reference.ts";
import { MAX_SOURCE_BYTES, SourceError } from "./source-error.ts";
import type { Web, WebAnswer } from "./web.ts";

/** The body of what a URL answers. Throws `SourceError`. */
export async function readWeb(reference: SourceReference, web: Web): Promise<Uint8Array> {
  const { location, name, credentials } = reference;
  const answer = await web({
    url: new URL(location),
    name,
    ...(credentials?.type === "github" && { headers: { accept: GITHUB_RAW } }),
    ...credentialsOf(credentials),
    maxBytes: MAX_SOURCE_BYTES,
  });
  checkAnswer(reference, answer);
  return answer.body;
}

/** Source: https://docs.github.com/rest/repos/contents, "Custom media types". */
const GITHUB_RAW = "application/vnd.github.raw, */*";

function checkAnswer(reference: SourceReference, answer: WebAnswer): void {
  const { name, credentials } = reference;
  const { status, headers, place } = answer;
  if (status !== 200) throw statusFault(name, answer, credentials);
  if (/^text\/html\b/i.test(headers["content-type"] ?? "")) {
    const what = shownAnswer(name, place);
    const message = `Cannot read ${what}: the answer is a web page, expected YAML`;
    const hint = "Name the file itself, not the page that shows it; is a login needed?";
    throw new SourceError("wrong-type", message, { hint });
  }
}
