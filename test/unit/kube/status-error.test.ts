import { describe, expect, test } from "bun:test";
import {
  isAlreadyExists,
  isConflict,
  isExpired,
  isForbidden,
  isInvalid,
  isNotFound,
} from "../../../src/kube/error.ts";
import { networkError } from "../../../src/kube/network-error.ts";
import { answerError, parseRetryAfter, statusError } from "../../../src/kube/status-error.ts";

const now = Date.UTC(2026, 0, 1);

function answer(status: number, body: unknown, retryAfter?: string) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return answerError({ status, body: text, retryAfter, what: "GET /x", now });
}

describe("answerError()", () => {
  test("takes message, reason and details from a Status", () => {
    const details = { kind: "pods", retryAfterSeconds: 3 };
    const error = answer(409, {
      kind: "Status",
      message: "m",
      reason: "Conflict",
      code: 409,
      details,
    });
    expect(error).toMatchObject({ status: 409, reason: "Conflict", details, retryAfterMs: 3_000 });
    expect(error.message).toBe("m");
  });

  test.each([
    ["seconds", "86400", {}],
    ["a date", new Date(now + 86_400_000).toUTCString(), {}],
    ["more digits than a number has", "9".repeat(400), {}],
    ["its Status", undefined, { kind: "Status", details: { retryAfterSeconds: 86_400 } }],
    ["both", "86400", { kind: "Status", details: { retryAfterSeconds: 1 } }],
  ])("waits a minute at most, however long a server asks for by %s", (_, header, body) => {
    expect(answer(429, body, header).retryAfterMs).toBe(60_000);
  });

  test("shows the beginning of what is no Status", () => {
    expect(answer(500, "x".repeat(500)).message).toBe(`GET /x answered 500: ${"x".repeat(200)}`);
    expect(answer(404, "").message).toBe("GET /x answered 404");
    expect(answer(500, '{"kind":"St').message).toBe('GET /x answered 500: {"kind":"St');
    expect(answer(500, { kind: "Other" }).message).toContain('{"kind":"Other"}');
  });
});

test.each([
  ["http://h:1", "Client sent an HTTP request to an HTTPS server.\n", "Name it as https://h:1"],
  ["http://h:1", "The plain HTTP request was sent to HTTPS port", "Name it as https://h:1"],
  ["https://h:1", "Client sent an HTTP request to an HTTPS server.\n", undefined],
  ["http://h:1", "no", undefined],
])("answerError() of %s, which answers %p, has the hint %p", (server, body, hint) => {
  const error = answerError({ status: 400, retryAfter: null, body, what: "GET /x", now, server });
  expect(error.hint).toBe(hint);
});

test.each([
  ["AlreadyExists", 409, isAlreadyExists],
  ["Conflict", 409, isConflict],
  ["NotFound", 404, isNotFound],
  ["Invalid", 422, isInvalid],
  ["Forbidden", 403, isForbidden],
  ["Expired", 410, isExpired],
  ["Expired", 500, isExpired],
])("a Status of reason %s and code %d is recognised", (reason, code, predicate) => {
  expect(predicate(statusError({ reason, code, message: "m" }, 0))).toBe(true);
  expect(predicate(statusError({ reason: "Other", code: 418, message: "m" }, 0))).toBe(false);
  expect(predicate(new Error("m"))).toBe(false);
});

test("an object that exists is no conflict", () => {
  expect(isConflict(statusError({ reason: "AlreadyExists", code: 409 }, 409))).toBe(false);
});

test.each([
  ["7", 7_000],
  [" 0 ", 0],
  [new Date(now + 5_000).toUTCString(), 5_000],
  [new Date(now - 5_000).toUTCString(), 0],
  ["soon", undefined],
  ["", undefined],
  [undefined, undefined],
])("parseRetryAfter(%p) is %p", (value, expected) => {
  expect(parseRetryAfter(value, now)).toBe(expected);
});

const coded = (code: string) => Object.assign(new Error("secret details"), { code });

test.each<[string, unknown, string]>([
  ["a code", coded("ECONNREFUSED"), "connection refused"],
  ["a code of its cause", new Error("x", { cause: coded("ENOTFOUND") }), "its host is not known"],
  [
    "a code of one of several attempts",
    new AggregateError([coded("ECONNRESET")]),
    "the connection was cut",
  ],
  ["a strange code", coded("E_STRANGE"), "the connection failed (E_STRANGE)"],
  ["an error without a code", new Error("secret details"), "the connection failed"],
  ["something that is no error", "secret details", "the connection failed"],
])("networkError() says in plain words what %s means", (_, cause, message) => {
  const error = networkError("https://x", cause);
  expect(error.message).toStartWith("Cannot reach the API server at https://x: ");
  expect(error.message).toContain(message);
  expect(error.message).not.toContain("secret");
  expect(error).toMatchObject({ status: 0, cause });
});
