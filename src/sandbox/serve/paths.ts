/** Everything that is no object: discovery, OpenAPI, version, health. */
import { methodNotAllowed, noSuchResource } from "../api-error.ts";
import type { Site } from "../site.ts";
import {
  aggregatedDiscovery,
  groupDocument,
  groupListDocument,
  resourceListDocument,
  versionsDocument,
  wantsAggregated,
} from "./discovery.ts";
import { type ApiRequest, type ApiResponse, jsonResponse, textResponse } from "./exchange.ts";
import { openApiV3, openApiV3Index } from "./openapi.ts";
import { answerOpenApiV2 } from "./openapi-v2.ts";
import type { Route } from "./route.ts";
import { VERSION_INFO } from "./version.ts";

type PathRoute = Exclude<Route, { kind: "resource" }>;

const PLAIN = "text/plain; charset=utf-8";
const HEALTH: ReadonlySet<string> = new Set(["/healthz", "/readyz", "/livez"]);

export function answerOther(site: Site, request: ApiRequest, route: PathRoute): ApiResponse {
  if (request.method !== "GET" && request.method !== "HEAD") {
    throw methodNotAllowed("the server does not allow this method on the requested resource");
  }
  switch (route.kind) {
    case "group-version":
      return answerVersion(site, route.group, route.version);
    case "group":
      return found(groupDocument(site, route.group));
    case "other":
      return answerPath(site, request, route.path);
    default:
      return route satisfies never;
  }
}

function answerVersion(site: Site, group: string, version: string): ApiResponse {
  const document = resourceListDocument(site, group, version);
  const isKnown = [...site.registry.all()].some(
    ({ resource, custom }) => resource.group === group && custom === undefined,
  );
  if (document === undefined && isKnown) throw noSuchResource();
  return found(document);
}

function found(document: ReturnType<typeof groupDocument>): ApiResponse {
  return document === undefined ? missing() : jsonResponse(200, document);
}

function missing(): ApiResponse {
  return textResponse(404, "404 page not found\n", { contentType: PLAIN });
}

function answerPath(site: Site, request: ApiRequest, path: string): ApiResponse {
  if (HEALTH.has(path)) return textResponse(200, "ok", { contentType: PLAIN });
  if (path === "/version") return jsonResponse(200, VERSION_INFO);
  if (path === "/api" || path === "/apis") return answerRoot(site, request, path);
  if (path === "/openapi/v2") return answerOpenApiV2(request);
  if (path === "/openapi/v3") return jsonResponse(200, openApiV3Index(site));
  if (path.startsWith("/openapi/v3/")) {
    return found(openApiV3(site, path.slice("/openapi/v3/".length)));
  }
  return missing();
}

function answerRoot(site: Site, request: ApiRequest, path: "/api" | "/apis"): ApiResponse {
  const aggregated = wantsAggregated(request.headers["accept"] ?? "");
  if (aggregated !== undefined) {
    return jsonResponse(200, aggregatedDiscovery(site, path), { contentType: aggregated });
  }
  return jsonResponse(200, path === "/api" ? versionsDocument() : groupListDocument(site));
}
