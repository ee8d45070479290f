import { expect, test } from "bun:test";
import { answerOpenApiV2 } from "../../../../src/sandbox/serve/openapi-v2.ts";
import { VERSION_INFO } from "../../../../src/sandbox/serve/version.ts";

const PROTOBUF = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";

function answer(accept?: string) {
  const headers = { accept };
  const query = new URLSearchParams();
  const got = answerOpenApiV2({ method: "GET", path: "/openapi/v2", query, headers, body: "" });
  if (got.kind !== "body") throw new Error("It streams");
  return got;
}

test.each([
  [undefined, 200, "application/json"],
  ["*/*", 200, "application/json"],
  ["text/html, application/json;q=0.5", 200, "application/json"],
  [PROTOBUF, 200, "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"],
  ["text/html", 406, "text/plain; charset=utf-8"],
])("answerOpenApiV2() of Accept %p is %d %s", (accept, status, contentType) => {
  const { status: got, headers } = answer(accept);
  expect([got, headers["content-type"]]).toEqual([status, contentType]);
});

test("answerOpenApiV2() says in protobuf what it says in JSON", () => {
  const bytes = new TextEncoder().encode(answer(PROTOBUF).body);
  const document = fieldsOf(bytes);
  const info = fieldsOf(document.get(2) ?? new Uint8Array());
  const { swagger, info: expected } = JSON.parse(answer().body);
  expect(textOf(document.get(1))).toBe(swagger);
  expect({ title: textOf(info.get(1)), version: textOf(info.get(2)) }).toEqual(expected);
  expect(expected.version).toBe(VERSION_INFO.gitVersion);
});

function textOf(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes);
}

/** Fields of wire type 2 by their number; their lengths are varints of one byte here. */
function fieldsOf(bytes: Uint8Array): ReadonlyMap<number, Uint8Array> {
  const fields = new Map<number, Uint8Array>();
  let at = 0;
  while (at < bytes.length) {
    const [tag = 0, length = 0] = bytes.subarray(at, at + 2);
    expect(tag & 7).toBe(2);
    expect(length).toBeLessThan(128);
    fields.set(tag >> 3, bytes.slice(at + 2, at + 2 + length));
    at += 2 + length;
  }
  expect(at).toBe(bytes.length);
  return fields;
}
