/** The body of a request as JSON, by its Content-Type. */

import type { Json } from "../../std/json.ts";
import { parseYaml } from "../../std/yaml.ts";
import { toJson } from "../../std/yaml-node.ts";
import { badRequest, unsupportedMediaType } from "../api-error.ts";
import { excerpt } from "../write/decode.ts";
import type { Target } from "../write/request.ts";
import type { ApiRequest } from "./exchange.ts";

const JSON_TYPES: ReadonlySet<string> = new Set([
  "",
  "application/json",
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
]);
const YAML_TYPES: ReadonlySet<string> = new Set([
  "application/yaml",
  "application/apply-patch+yaml",
]);

/** In the words of a real server, without the protobuf that it takes and the sandbox does not. */
const UNKNOWN_FORMAT =
  "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml";

/** @throws ApiError 400 when the text cannot be read, 415 when its type is not known */
export function parseBody(request: ApiRequest, target: Target): Json {
  const type = (request.headers["content-type"] ?? "").split(";")[0]?.trim() ?? "";
  if (YAML_TYPES.has(type)) return parseYamlBody(request.body);
  if (!JSON_TYPES.has(type)) throw unsupportedMediaType(UNKNOWN_FORMAT);
  try {
    return JSON.parse(request.body) as Json;
  } catch (error) {
    if (request.method === "PATCH") throw badRequest(`error decoding patch: ${String(error)}`);
    const { kind } = target.kind.resource;
    throw badRequest(
      `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: ${parseProblem(request.body, error)}`,
    );
  }
}

function parseProblem(body: string, error: unknown): string {
  const what =
    body.trim() === "" || isTruncated(error) ? "unexpected end of JSON input" : String(error);
  return `${what} (${excerpt(body)})`;
}

function isTruncated(error: unknown): boolean {
  return error instanceof SyntaxError && /end of|EOF|Unterminated|Expected/i.test(error.message);
}

/** YAML holds JSON: what starts like JSON is read as such, which is far cheaper. */
function parseYamlBody(text: string): Json {
  if (text.trimStart().startsWith("{")) {
    try {
      return JSON.parse(text) as Json;
    } catch {
      // Flow-style YAML starts the same way.
    }
  }
  const { documents, issues } = parseYaml(text, { file: "body" });
  const problem = issues.find(({ severity }) => severity === "error");
  const [document] = documents;
  if (problem !== undefined) throw badRequest(`error decoding YAML: ${problem.message}`);
  return document === undefined ? {} : toJson(document);
}
