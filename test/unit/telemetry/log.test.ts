import { expect, test } from "bun:test";
import { causes, createLogger } from "../../../src/telemetry/log.ts";
import { redactText } from "../../../src/telemetry/redact.ts";

function lines(format: "text" | "json", level: "debug" | "info" = "info") {
  const written: string[] = [];
  const now = () => Date.UTC(2026, 0, 2, 3, 4, 5, 6);
  const log = createLogger({
    format,
    level,
    hasColor: false,
    now,
    write: (line) => written.push(line),
  });
  return { log, written };
}

test("createLogger() writes one readable line in text", () => {
  const { log, written } = lines("text");
  log.child({ crd: "website" }).info("Started", { workers: 3, note: "two words" });
  expect(written).toEqual(['03:04:05.006 INFO  Started crd=website workers=3 note="two words"']);
});

test("createLogger() writes one object in json, with the chain of causes", () => {
  const { log, written } = lines("json");
  log.error("Failed", { error: new Error("outer", { cause: new Error("inner") }) });
  const entry = JSON.parse(written[0] ?? "");
  expect(entry).toMatchObject({
    level: "error",
    message: "Failed",
    time: "2026-01-02T03:04:05.006Z",
  });
  expect(entry.error.message).toBe("outer: inner");
  expect(entry.error.stack).toContain("log.test.ts");
});

test("createLogger() leaves out what is below its level", () => {
  const { log, written } = lines("text");
  log.debug("hidden");
  expect(written).toEqual([]);
});

test.each(["text", "json"] as const)("createLogger() hides secrets in %s", (format) => {
  const { log, written } = lines(format);
  log.warn("Fetched", {
    password: "hunter2",
    headers: { Authorization: "Bearer abcdefgh12345678" },
    url: "https://user:hunter2@example.com/x",
    error: new Error("Cannot fetch https://user:hunter2@example.com", {
      cause: new Error("sent Bearer abcdefgh12345678"),
    }),
  });
  const text = written.join("\n");
  expect(text).not.toContain("abcdefgh12345678");
  expect(text).not.toContain("hunter2");
});

test("redactText() keeps what is no secret", () => {
  expect(redactText("GET https://example.com/a?b=c")).toBe("GET https://example.com/a?b=c");
});

test("causes() follows what an error collects, without repeating what it says itself", () => {
  const inner = (text: string) => new Error(text, { cause: new Error(`cause of ${text}`) });
  const collected = [inner("first"), inner("second")];
  expect(causes(new AggregateError(collected, "All failed"))).toEqual([
    "All failed",
    "first",
    "cause of first",
    "second",
    "cause of second",
  ]);
  expect(causes(new AggregateError(collected, "first; second"))).toEqual([
    "first; second",
    "cause of first",
    "cause of second",
  ]);
});

test("causes() does not repeat a cause that ends the message before it", () => {
  const cause = new Error("Internal error occurred: boom");
  const error = new Error(`Cannot apply ConfigMap "a": ${cause.message}`, { cause });
  expect(causes(error)).toEqual([error.message]);
  expect(causes(new Error("Cannot apply", { cause }))).toEqual(["Cannot apply", cause.message]);
});

test("causes() ends where an error causes itself", () => {
  const error = new AggregateError([], "");
  error.cause = error;
  error.errors.push(error);
  expect(causes(error)).toEqual([""]);
});

test("createLogger() writes what an error collects, and hides its secrets", () => {
  const { log, written } = lines("json");
  const reset = new Error("reset by https://user:hunter2@example.com");
  log.error("Failed", { error: new AggregateError([reset], "Cannot reach any address") });
  expect(JSON.parse(written[0] ?? "").error.message).toBe(
    "Cannot reach any address: reset by https://[redacted]@example.com",
  );
});

test("createLogger() writes where each error comes from that another one collects", () => {
  const thrownIn = (place: string) => {
    const error = new Error(place);
    error.stack = `Error: ${place}\n    at ${place} (${place}.ts:1:2)`;
    return error;
  };
  const error = new AggregateError([thrownIn("first"), thrownIn("second")], "Both failed");
  const { log, written } = lines("json");
  log.error("Failed", { error });
  const { stack } = JSON.parse(written[0] ?? "").error;
  expect(stack.match(/at \w+/g)).toEqual(["at first", "at second"]);
  const text = lines("text");
  text.log.error("Failed", { error });
  expect(text.written[0]?.split("\n").slice(-2)).toEqual([
    "      at first (first.ts:1:2)",
    "      at second (second.ts:1:2)",
  ]);
});

test("causes() puts what the system reports into words, once", () => {
  const cause = Object.assign(new Error("ENOENT: no such file or directory, open '/x'"), {
    code: "ENOENT",
    path: "/x",
  });
  expect(causes(new Error('Cannot read "/x"', { cause }))).toEqual([
    'Cannot read "/x"',
    "there is no such file or folder. Look at how it is spelled",
  ]);
  const told = new Error('Cannot read "/x": there is no such file or folder', { cause });
  expect(causes(told)).toEqual([told.message]);
});

test("causes() does not repeat a cause that ends the message before it behind a colon", () => {
  const cause = new Error("Cannot log in: it expired");
  const error = new Error('Cannot write "x": cannot log in: it expired', { cause });
  expect(causes(error)).toEqual([error.message]);
});
