import { expect, test } from "bun:test";
import {
  createExternalAccess,
  type ExternalFetch,
  type ExternalRequest,
  MAX_BODY_BYTES,
} from "../../../src/hook/external-call.ts";
import { RefusedAddress } from "../../../src/std/refused-address.ts";
import { manualClock } from "../../support/manual-clock.ts";

const TOKEN = "s3cret";

function call(fetch: ExternalFetch, more: Partial<ExternalRequest> = {}) {
  const clock = manualClock();
  const results: string[] = [];
  const access = createExternalAccess({
    fetch,
    clock,
    env: { TOKEN },
    allowHttp: false,
    onCall: (result) => results.push(result),
  });
  const answer = access.call({
    name: "bill",
    url: new URL("https://billing.example.com/hidden-path?key=hidden-query"),
    reach: "inside",
    method: "POST",
    headers: {},
    secrets: [TOKEN],
    unspoken: ["of-a-header"],
    isExpected: (status) => status === 200,
    timeoutMs: 1_000,
    signal: new AbortController().signal,
    ...more,
  });
  return { answer, clock, results, access };
}

const answering = (body: string | null, init: ResponseInit = {}): ExternalFetch => {
  return async () => new Response(body, init);
};

test("call() gives the answer without what it was sent, and counts it", async () => {
  const { answer, results } = call(answering(`{"token":"${TOKEN}","id":7,"team":"of-a-header"}`));
  expect(await answer).toEqual({
    status: 200,
    text: '{"token":"…","id":7,"team":"of-a-header"}',
    isCut: false,
    seconds: 0,
  });
  expect(results).toEqual(["answered"]);
});

test("call() reads no more of a body than it may", async () => {
  const { answer } = call(answering("x".repeat(MAX_BODY_BYTES + 1)));
  const { text, isCut } = await answer;
  expect([text.length, isCut]).toEqual([MAX_BODY_BYTES, true]);
});

test.each<[string, ExternalFetch, string, string]>([
  [
    "another status",
    answering(`{"error":"no ${TOKEN} of-a-header"}`, { status: 503 }),
    "unwell",
    'Cannot call "bill": billing.example.com answered 503, no … …',
  ],
  [
    "a redirect",
    answering(null, { status: 302 }),
    "unwell",
    'Cannot call "bill": billing.example.com answered 302, a redirect, which is not followed; name the place where it is',
  ],
  [
    "no connection",
    async () => {
      throw Object.assign(new Error(`connect ${TOKEN}`), { code: "ECONNREFUSED" });
    },
    "unreachable",
    'Cannot call "bill" at billing.example.com: connection refused, nothing listens there',
  ],
  [
    "an address that is refused",
    async () => {
      throw new RefusedAddress("its address 10.0.0.1 is private");
    },
    "unreachable",
    'Cannot call "bill" at billing.example.com: its address 10.0.0.1 is private',
  ],
])("call() explains %s, and tells neither path nor query", async (...[, fetch, code, message]) => {
  const { answer, results } = call(fetch);
  expect((await answer).error).toMatchObject({ code, message });
  expect(results).toEqual([code]);
});

test("call() passes on how long a service asks to be left alone", async () => {
  const headers = { "retry-after": "7" };
  const { answer } = call(answering(null, { status: 429, headers }));
  expect((await answer).error?.retryAfterMs).toBe(7_000);
});

test("call() ends at its deadline, whatever the service does", async () => {
  const { answer, clock, results } = call(() => new Promise(() => {}));
  clock.advance(1_000);
  expect(await answer).toMatchObject({
    status: 0,
    seconds: 1,
    error: { code: "timeout", message: 'Cannot call "bill": it did not answer within 1000 ms' },
  });
  expect(results).toEqual(["timeout"]);
});

test("call() rejects when it is aborted, and only then", async () => {
  const controller = new AbortController();
  const { answer, results } = call(() => new Promise(() => {}), { signal: controller.signal });
  controller.abort(new Error("stopping"));
  await expect(answer).rejects.toThrow("stopping");
  expect(results).toEqual(["aborted"]);
});

test("variable() reads own variables only", () => {
  const { access } = call(answering(null));
  expect([access.variable("TOKEN"), access.variable("constructor")]).toEqual([TOKEN, undefined]);
});
