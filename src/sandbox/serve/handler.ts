/**
 * One request, from its path to its answer: the table of the API's verbs. Without sockets, so that
 * tests and the program itself can ask the sandbox directly.
 */
import type { KubeObject } from "../../schema/object.ts";
import type { Json } from "../../std/json.ts";
import {
  ApiError,
  methodNotAllowed,
  noSuchResource,
  notFound,
  unsupportedMediaType,
} from "../api-error.ts";
import { inServedForm } from "../kinds/conversion.ts";
import type { ServedKind } from "../kinds/kind.ts";
import type { Site } from "../site.ts";
import { applyObject } from "../write/apply.ts";
import { createObject } from "../write/create.ts";
import { type DeleteOutcome, deleteObject } from "../write/delete.ts";
import { type PatchType, patchObject } from "../write/patch.ts";
import type { Target, WriteOptions } from "../write/request.ts";
import { currentObject, replaceObject } from "../write/update.ts";
import { parseBody } from "./body.ts";
import { type ApiRequest, type ApiResponse, jsonResponse, textResponse } from "./exchange.ts";
import { type ObjectWriter, writerFor } from "./formats.ts";
import { listObjects } from "./list.ts";
import { deleteOptions, type ListOptions, listOptions, writeOptions } from "./options.ts";
import { answerOther } from "./paths.ts";
import { answerReview } from "./reviews.ts";
import { parseRoute, type Route } from "./route.ts";
import { answerScale } from "./scale.ts";
import { watchObjects } from "./watch.ts";

/** Never throws: what goes wrong becomes a Status. */
export function handleRequest(site: Site, request: ApiRequest): ApiResponse {
  try {
    const route = parseRoute(request.path);
    return route.kind === "resource"
      ? answerResource(site, request, route)
      : answerOther(site, request, route);
  } catch (error) {
    if (error instanceof ApiError) return jsonResponse(error.code, error.status);
    site.log.error("Sandbox failed to answer a request", { error, path: request.path });
    const failure = new ApiError(500, "Internal error occurred: the sandbox failed, see its log", {
      reason: "InternalError",
    });
    return jsonResponse(failure.code, failure.status);
  }
}

type ResourceRoute = Extract<Route, { kind: "resource" }>;

interface Call {
  readonly request: ApiRequest;
  readonly target: Target;
  readonly writer: ObjectWriter;
}

function answerResource(site: Site, request: ApiRequest, route: ResourceRoute): ApiResponse {
  const kind = site.registry.find(route.group, route.version, route.plural);
  if (kind === undefined) return answerUnknown(site, route);
  if (isOutOfScope(kind, route)) {
    if (kind.custom !== undefined) return pageNotFound();
    throw noSuchResource();
  }
  const review = answerReview(site, request, kind);
  if (review !== undefined) return review;
  const { namespace, name } = route;
  if (route.subresource === "scale" && kind.resource.hasScale) {
    return answerScale(site, request, { kind, namespace, name, subresource: "" });
  }
  const target: Target = { kind, namespace, name, subresource: subresourceOf(kind, route) };
  const writer = writerFor(site, kind, request);
  return name === ""
    ? answerCollection(site, { request, target, writer })
    : answerObject(site, { request, target, writer });
}

function answerUnknown({ registry }: Site, { group, version }: ResourceRoute): ApiResponse {
  for (const { resource } of registry.all()) {
    if (resource.group === group && resource.version === version) throw noSuchResource();
  }
  return pageNotFound();
}

function pageNotFound(): ApiResponse {
  return textResponse(404, "404 page not found\n", { contentType: "text/plain; charset=utf-8" });
}

/** Cluster-scoped kinds have no path below a namespace, and single objects of others need one. */
function isOutOfScope({ resource }: ServedKind, { namespace, name }: ResourceRoute): boolean {
  return resource.namespaced ? name !== "" && namespace === "" : namespace !== "";
}

function subresourceOf(
  kind: ServedKind,
  { subresource, name }: ResourceRoute,
): Target["subresource"] {
  const { resource, custom } = kind;
  if (subresource === "") return "";
  if (subresource === "status" && resource.hasStatus) return "status";
  if (custom === undefined) throw noSuchResource();
  throw notFound({ group: resource.group, kind: resource.plural, name });
}

function answerCollection(site: Site, call: Call): ApiResponse {
  const { request, target } = call;
  switch (request.method) {
    case "GET":
      return answerList(site, call);
    case "POST":
      return answerCreate(site, call);
    case "DELETE":
      return answerDeleteCollection(site, call);
    default:
      throw refusedMethod(target);
  }
}

function answerObject(site: Site, call: Call): ApiResponse {
  const { request, target, writer } = call;
  switch (request.method) {
    case "GET":
      return written(writer, { object: currentObject(site, target) });
    case "PUT":
      return answerReplace(site, call);
    case "PATCH":
      return answerPatch(site, call);
    case "DELETE":
      return answerDelete(site, call);
    default:
      throw refusedMethod(target);
  }
}

function refusedMethod(_target: Target): ApiError {
  return methodNotAllowed("the server does not allow this method on the requested resource");
}

interface Written {
  readonly object: KubeObject;
  /** Default 200. */
  readonly status?: number;
  readonly options?: WriteOptions;
}

function written(writer: ObjectWriter, { object, status = 200, options }: Written): ApiResponse {
  return textResponse(status, writer.object(object), {
    contentType: writer.contentType,
    warnings: options?.warnings ?? [],
  });
}

function answerList(site: Site, { request, target, writer }: Call): ApiResponse {
  const { kind, namespace } = target;
  const options = listOptions(request.query);
  if (options.isWatch) return watchObjects(site, { kind, namespace, options, writer });
  const result = listObjects(site, { kind, namespace }, options);
  return textResponse(200, writer.list(result), { contentType: writer.contentType });
}

function answerCreate(site: Site, { request, target, writer }: Call): ApiResponse {
  if (target.kind.resource.namespaced && target.namespace === "") throw refusedMethod(target);
  const options = writeOptions(request, "CreateOptions");
  const body = parseBody(request, target);
  const object = createObject(site, { target, body }, options);
  return written(writer, { object, status: 201, options });
}

function answerReplace(site: Site, { request, target, writer }: Call): ApiResponse {
  const options = writeOptions(request, "UpdateOptions");
  const object = replaceObject(site, { target, body: parseBody(request, target) }, options);
  return written(writer, { object, options });
}

const PATCH_TYPES: Readonly<Record<string, PatchType | "apply">> = {
  "application/json-patch+json": "json",
  "application/merge-patch+json": "merge",
  "application/strategic-merge-patch+json": "strategic",
  "application/apply-patch+yaml": "apply",
};

function answerPatch(site: Site, { request, target, writer }: Call): ApiResponse {
  const type = PATCH_TYPES[(request.headers["content-type"] ?? "").split(";")[0]?.trim() ?? ""];
  if (type === undefined || (type === "strategic" && target.kind.custom !== undefined)) {
    throw unsupportedPatch(target);
  }
  const options = writeOptions(request, "PatchOptions", { isApply: type === "apply" });
  const patch = parseBody(request, target);
  if (type !== "apply") {
    const object = patchObject(site, { target, type, patch }, options);
    return written(writer, { object, options });
  }
  const { object, isNew } = applyObject(site, { target, body: patch }, options);
  return written(writer, { object, status: isNew ? 201 : 200, options });
}

function unsupportedPatch({ kind }: Target): ApiError {
  if (kind.custom === undefined) {
    return new ApiError(415, "415: Unsupported Media Type", {
      reason: "UnsupportedMediaType",
      details: {},
    });
  }
  const accepted = Object.keys(PATCH_TYPES).filter((type) => PATCH_TYPES[type] !== "strategic");
  return unsupportedMediaType(
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`,
  );
}

function answerDelete(site: Site, { request, target, writer }: Call): ApiResponse {
  const deletion = deleteOptions(request, parseOptionalBody(request, target));
  const outcome = deleteObject(site, target, deletion);
  return answerDeleted(outcome, target, writer);
}

/** Kinds whose deletion takes time are answered with the object, others with a Status. */
function answerDeleted(outcome: DeleteOutcome, target: Target, writer: ObjectWriter): ApiResponse {
  const { object } = outcome;
  const { kind, group } = { kind: target.kind.resource.plural, group: target.kind.resource.group };
  if (outcome.kind === "held" || RETURNS_DELETED.has(target.kind.collection)) {
    return written(writer, { object });
  }
  const { name, uid = "" } = object.metadata;
  return jsonResponse(200, {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: { name, ...(group !== "" && { group }), kind, uid },
  });
}

/** The kinds whose storage says so (`ReturnDeletedObject`). */
const RETURNS_DELETED: ReadonlySet<string> = new Set([
  "persistentvolumeclaims",
  "persistentvolumes",
  "pods",
  "podtemplates",
  "resourcequotas",
  "serviceaccounts",
  "services",
]);

function answerDeleteCollection(site: Site, { request, target, writer }: Call): ApiResponse {
  const { kind, namespace } = target;
  if (!kind.resource.verbs.includes("deletecollection")) throw refusedMethod(target);
  if (kind.resource.namespaced && namespace === "") throw refusedMethod(target);
  const options: ListOptions = listOptions(request.query);
  const deletion = deleteOptions(request, parseOptionalBody(request, target));
  const result = listObjects(site, { kind, namespace }, { ...options, limit: 0 });
  const items = result.items.map(
    ({ metadata }) => deleteObject(site, { ...target, name: metadata.name }, deletion).object,
  );
  const body = writer.list({ ...result, items: items.map((item) => inServedForm(item, kind)) });
  return textResponse(200, body, { contentType: writer.contentType });
}

function parseOptionalBody(request: ApiRequest, target: Target): Json {
  return request.body.trim() === "" ? {} : parseBody(request, target);
}
