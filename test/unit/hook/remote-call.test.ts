import { expect, test } from "bun:test";
import {
  createRemoteAccess,
  type Fetch,
  MAX_ANSWER_BYTES,
  type RemoteRequest,
  withoutCredential,
} from "../../../src/hook/remote-call.ts";
import type { Json } from "../../../src/std/json.ts";
import { manualClock } from "../../support/manual-clock.ts";

const CREDENTIAL = { header: "Authorization", value: "Bearer s3cret" };

function ask(fetch: Fetch, more: Partial<RemoteRequest> = {}) {
  const clock = manualClock();
  const calls: string[] = [];
  const access = createRemoteAccess({
    fetch,
    clock,
    env: { TOKEN: "t" },
    onCall: (result) => calls.push(result),
  });
  const answer = access.ask({
    url: new URL("https://remote.example.com/v1?secret=1"),
    title: "https://remote.example.com/v1",
    body: { a: 1 },
    credential: CREDENTIAL,
    timeoutMs: 1_000,
    signal: new AbortController().signal,
    ...more,
  });
  return { answer, clock, calls, access };
}

const answering = (body: string | null, init: ResponseInit = {}): Fetch => {
  return async () => new Response(body, init);
};

test("ask() posts JSON with the credential and follows no redirect", async () => {
  let seen: RequestInit = {};
  const { answer, calls } = ask(async (_url, init) => {
    seen = init;
    return new Response('{"result":"ok"}');
  });
  expect(await answer).toEqual({ result: "ok" });
  expect(seen).toMatchObject({ method: "POST", redirect: "manual", body: '{"a":1}' });
  expect(seen.headers).toMatchObject({ Authorization: "Bearer s3cret" });
  expect(calls).toEqual(["answered"]);
});

test.each<[string, Fetch, object]>([
  ["500", answering("down", { status: 500 }), { code: "unwell", message: /answered 500, down$/ }],
  [
    "429",
    answering(null, { status: 429, headers: { "retry-after": "7" } }),
    { code: "unwell", retryAfterMs: 7_000 },
  ],
  [
    "404 of JSON",
    answering('{"message":"no s3cret here"}', { status: 404 }),
    { code: "refused", message: /answered 404, no … here$/ },
  ],
  [
    "404 of HTML",
    answering("<html>s3cret", { status: 404 }),
    { code: "refused", message: /answered 404$/ },
  ],
  [
    "a redirect",
    answering(null, { status: 302, headers: { location: "https://elsewhere.example" } }),
    { code: "refused", message: /it redirects/ },
  ],
  ["nothing", answering(""), { code: "nonsense", message: /it is empty$/ }],
  ["no JSON", answering("{"), { code: "nonsense", message: /it is no JSON$/ }],
  [
    "too much",
    answering(`"${"x".repeat(MAX_ANSWER_BYTES)}"`),
    { code: "nonsense", message: /it is larger than 1048576 bytes$/ },
  ],
  [
    "no connection",
    async () => {
      const cause = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
      throw new TypeError("fetch failed", { cause });
    },
    { code: "unreachable", message: /: connection refused, nothing listens there$/ },
  ],
])("ask() explains %s", async (_, fetch, expected) => {
  const { answer, calls } = ask(fetch);
  const error = (await answer.catch((thrown: unknown) => thrown)) as Error & { code: string };
  const { message, ...fields } = expected as { message?: RegExp };
  expect(error).toMatchObject(fields);
  if (message) expect(error.message).toMatch(message);
  expect(error.message).not.toContain("secret=1");
  expect(error.message).not.toContain("s3cret");
  expect(calls).toEqual([error.code]);
});

test("ask() reads exactly as much as is allowed", async () => {
  const text = `"${"x".repeat(MAX_ANSWER_BYTES - 2)}"`;
  expect(await ask(answering(text)).answer).toHaveLength(MAX_ANSWER_BYTES - 2);
});

test("ask() ends at the deadline, though the service goes on", async () => {
  const { answer, clock, calls } = ask(() => new Promise<Response>(() => {}));
  clock.advance(1_000);
  await expect(answer).rejects.toMatchObject({ code: "timeout" });
  expect(calls).toEqual(["timeout"]);
});

test("ask() ends when the signal is aborted, with its reason", async () => {
  const controller = new AbortController();
  let inner: AbortSignal | null | undefined;
  const fetch: Fetch = (_url, init) => {
    inner = init.signal;
    return new Promise<Response>(() => {});
  };
  const { answer, calls } = ask(fetch, { signal: controller.signal });
  controller.abort(new Error("the box stops"));
  await expect(answer).rejects.toThrow("the box stops");
  expect(inner?.aborted).toBe(true);
  expect(calls).toEqual(["aborted"]);
});

test("ask() asks nobody once the signal is aborted", async () => {
  const { answer } = ask(
    async () => {
      throw new Error("asked");
    },
    { signal: AbortSignal.abort(new Error("over")) },
  );
  await expect(answer).rejects.toThrow("over");
});

test("variable() gives what the environment holds, and nothing of its prototype", () => {
  const { access } = ask(answering("1" satisfies Json));
  expect([access.variable("TOKEN"), access.variable("toString")]).toEqual(["t", undefined]);
});

test("withoutCredential() hides the whole header and what follows its scheme", () => {
  expect(withoutCredential("Bearer s3cret, s3cret", CREDENTIAL)).toBe("…, …");
  expect(withoutCredential("k1", { header: "X-Key", value: "k1" })).toBe("…");
});
