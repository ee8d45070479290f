import { describe, expect, test } from "bun:test";
import { AnswerReader } from "../../../src/kube/http-answer.ts";

/** Feeds the text in pieces of a size. */
function read(text: string, size = text.length): AnswerReader {
  const reader = new AnswerReader();
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length; start += size) {
    reader.push(bytes.subarray(start, start + size));
  }
  return reader;
}

const LENGTH =
  'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"ä":"1"}'.replace(
    "Length: 9",
    "Length: 10",
  );
const CHUNKED =
  'HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n2;x=y\r\n1}\r\n0\r\nTrailer: z\r\n\r\n';

describe("AnswerReader", () => {
  test.each([1, 2, 3, 7, 1000])("reads a body with a length from pieces of %d bytes", (size) => {
    const reader = read(LENGTH, size);
    expect(reader.isDone).toBe(true);
    expect(reader.body).toBe('{"ä":"1"}');
    expect(reader.head).toEqual({ status: 200, retryAfter: undefined, isReusable: true });
    expect(reader.hasExcess).toBe(false);
  });

  test.each([1, 2, 3, 7, 1000])("reads chunks with a trailer from pieces of %d bytes", (size) => {
    const reader = read(CHUNKED, size);
    expect(reader.isDone).toBe(true);
    expect(reader.body).toBe('{"a":1}');
    expect(reader.head?.status).toBe(201);
    expect(reader.hasExcess).toBe(false);
  });

  test("is not done before the last byte", () => {
    for (const text of [LENGTH, CHUNKED]) expect(read(text.slice(0, -1)).isDone).toBe(false);
  });

  test("ends a body without a length with the connection", () => {
    const reader = read("HTTP/1.1 500 Oops\r\n\r\nbroken");
    expect(reader.isDone).toBe(false);
    expect(reader.end()).toBe(true);
    expect(reader.body).toBe("broken");
    expect(reader.head?.isReusable).toBe(false);
  });

  test("does not take a cut connection for the end of a body with a length", () => {
    expect(read(LENGTH.slice(0, -1)).end()).toBe(false);
    expect(read("").end()).toBe(false);
  });

  test("passes over interim answers", () => {
    const reader = read(`HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${LENGTH}`);
    expect(reader.head?.status).toBe(200);
    expect(reader.isDone).toBe(true);
  });

  test.each([
    ["204 No Content", ""],
    ["304 Not Modified", ""],
    ["200 OK", "Content-Length: 0\r\n"],
  ])("knows that %s has no body", (status, fields) => {
    const reader = read(`HTTP/1.1 ${status}\r\n${fields}\r\n`);
    expect(reader.isDone).toBe(true);
    expect(reader.body).toBe("");
  });

  test.each([
    ["HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", false],
    ["HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", false],
    ["HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n", true],
  ])("knows whether the connection may be used again: %j", (text, isReusable) => {
    expect(read(text).head?.isReusable).toBe(isReusable);
  });

  test("tells of bytes that do not belong to the answer", () => {
    expect(read(`${LENGTH}x`).hasExcess).toBe(true);
  });

  test("reads Retry-After", () => {
    const reader = read("HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n");
    expect(reader.head?.retryAfter).toBe("7");
  });

  test.each([
    ["SSH-2.0-OpenSSH\r\n\r\n", 'it begins with "SSH-2.0-OpenSSH"'],
    ["HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", 'its length is "-1"'],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", 'its encoding is "gzip"'],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "a chunk has no size"],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", "a chunk is longer"],
    [`HTTP/1.1 200 OK\r\nX: ${"x".repeat(70_000)}`, "its head does not end"],
  ])("refuses what is no answer: %j", (text, problem) => {
    expect(() => read(text)).toThrow(problem);
  });
});
