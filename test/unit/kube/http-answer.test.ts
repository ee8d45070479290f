import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { AnswerReader, type HttpAnswer } from "../../../src/kube/http-answer.ts";

interface Expected extends Partial<Omit<HttpAnswer, "body">> {
  readonly body?: string;
  readonly reusable: boolean;
}

const OK = "HTTP/1.1 200 OK\r\n";

const answers: readonly (readonly [string, string, Expected])[] = [
  ["a length", `${OK}Content-Length: 5\r\n\r\nhello`, { body: "hello", reusable: true }],
  ["no body", `${OK}content-length: 0\r\n\r\n`, { body: "", reusable: true }],
  ["no content", "HTTP/1.1 204 No Content\r\n\r\n", { status: 204, body: "", reusable: true }],
  ["no reason", "HTTP/1.1 404 \r\nContent-Length: 1\r\n\r\nx", { status: 404, reusable: true }],
  [
    "chunks",
    `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n7;a=b\r\n, wörl\r\n1\r\nd\r\n0\r\n\r\n`,
    { body: "hello, wörld", reusable: true },
  ],
  [
    "an empty chunked body with a trailer",
    `${OK}Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n\r\n`,
    { body: "", reusable: true },
  ],
  [
    "an interim answer",
    `HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n${OK}Content-Length: 2\r\n\r\nok`,
    { status: 200, body: "ok", reusable: true },
  ],
  [
    "a connection that closes",
    "HTTP/1.1 429 Too Many Requests\r\nConnection: close\r\nRetry-After: 7\r\nContent-Length: 1\r\n\r\n!",
    { status: 429, retryAfter: "7", body: "!", reusable: false },
  ],
  ["HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", { body: "x", reusable: false }],
];

describe("AnswerReader", () => {
  test.each(answers)("reads %s, wherever the bytes are cut", (_, text, expected) => {
    const bytes = Buffer.from(text);
    const { reusable, ...answer } = expected;
    fc.assert(
      fc.property(fc.array(fc.nat({ max: bytes.length })), (cuts) => {
        const reader = new AnswerReader();
        const ends = [...cuts, bytes.length].sort((left, right) => left - right);
        let start = 0;
        let got: HttpAnswer | undefined;
        for (const end of ends) {
          if (end === start) continue;
          expect(got).toBeUndefined();
          got = reader.push(bytes.subarray(start, end));
          start = end;
        }
        expect({ ...got, body: got?.body.toString() }).toMatchObject(answer);
        expect(reader.isReusable).toBe(reusable);
      }),
    );
  });

  test("takes the end of the connection for the end of a body only where nothing else ends it", () => {
    const open = new AnswerReader();
    expect(open.push(Buffer.from(`${OK}\r\nhel`))).toBeUndefined();
    expect(open.push(Buffer.from("lo"))).toBeUndefined();
    const ended = open.end();
    expect(`${ended?.status} ${ended?.body}`).toBe("200 hello");
    expect(open.isReusable).toBe(false);
    for (const cut of [
      OK,
      `${OK}Content-Length: 9\r\n\r\nhel`,
      `${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nhel`,
    ]) {
      const reader = new AnswerReader();
      expect(reader.push(Buffer.from(cut))).toBeUndefined();
      expect(reader.end()).toBeUndefined();
    }
  });

  test.each([
    ["another protocol", "SSH-2.0-OpenSSH_9.6\r\n\r\n"],
    ["a length that is none", `${OK}Content-Length: -1\r\n\r\n`],
    ["a coding that nobody asked for", `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n`],
    ["a chunk without a size", `${OK}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`],
    ["more than one answer", `${OK}Content-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\n`],
    ["a head without end", `${OK}X: ${"x".repeat(300_000)}`],
  ])("refuses %s", (_, text) => {
    expect(() => new AnswerReader().push(Buffer.from(text))).toThrow("Cannot read an HTTP answer");
  });
});
