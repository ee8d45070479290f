/** OpenAPI documents, as far as kubectl reads them: paths with their types and parameters, schemas. */
import type { JsonObject } from "../../std/json.ts";
import type { Site } from "../site.ts";

export function openApiV2(_site: Site): JsonObject {
  return { swagger: "2.0", info: { title: "Kubernetes", version: "" }, paths: {}, definitions: {} };
}
export function openApiV3Index(_site: Site): JsonObject {
  return { paths: {} };
}
export function openApiV3(_site: Site, _path: string): JsonObject | undefined {
  return undefined;
}
