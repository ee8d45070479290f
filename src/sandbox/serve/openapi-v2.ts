/**
 * The OpenAPI v2 document, as far as kubectl needs it. kubectl reads version 3; for a kind that no document of
 * version 3 has it asks for version 2 before it says that there is no such kind, and takes nothing but protobuf
 * for an answer. So the document names the server and no kinds: what is served stands in version 3.
 *
 * Source: https://github.com/google/gnostic-models, `openapiv2/OpenAPIv2.proto` (Document, Info), and the wire
 * format of protobuf, https://protobuf.dev/programming-guides/encoding/.
 */
import { type ApiRequest, type ApiResponse, jsonResponse, textResponse } from "./exchange.ts";
import { VERSION_INFO } from "./version.ts";

/** What clients ask for, and what servers call their answer. */
const PROTOBUF_ASKED = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
const PROTOBUF = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
const JSON_RANGES: ReadonlySet<string> = new Set(["", "application/json", "application/*", "*/*"]);

const TITLE = "Kubernetes";
const SWAGGER = "2.0";

/** `GET /openapi/v2`, in the first form of the header that there is; 406 for none. */
export function answerOpenApiV2({ headers }: ApiRequest): ApiResponse {
  const ranges = (headers["accept"] ?? "").split(",").map((range) => range.split(";")[0]?.trim());
  for (const range of ranges) {
    if (range === PROTOBUF_ASKED) return textResponse(200, message(), { contentType: PROTOBUF });
    if (range !== undefined && JSON_RANGES.has(range)) return jsonResponse(200, document());
  }
  return textResponse(406, "", { contentType: "text/plain; charset=utf-8" });
}

function document() {
  const info = { title: TITLE, version: VERSION_INFO.gitVersion };
  return { swagger: SWAGGER, info, paths: {}, definitions: {} };
}

/** The same, in protobuf. All its bytes are ASCII, because no text in it is longer than 127 bytes. */
function message(): string {
  return field(1, SWAGGER) + field(2, field(1, TITLE) + field(2, VERSION_INFO.gitVersion));
}

/** A text, or a message: its tag (wire type 2), its length, its bytes. */
function field(number: number, bytes: string): string {
  return String.fromCharCode((number << 3) | 2, bytes.length) + bytes;
}
