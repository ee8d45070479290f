/** The `scale` subresource of workloads: replicas without the rest of the object. */
import type { KubeObject } from "../../schema/object.ts";
import { getPath, isJsonObject, type Json, type JsonObject } from "../../std/json.ts";
import { badRequest, methodNotAllowed } from "../api-error.ts";
import { objectIn } from "../kinds/strategies-workload.ts";
import type { Site } from "../site.ts";
import { applyMergePatch } from "../write/json-patch.ts";
import { patchObject } from "../write/patch.ts";
import type { Target } from "../write/request.ts";
import { currentObject } from "../write/update.ts";
import { parseBody } from "./body.ts";
import { type ApiRequest, type ApiResponse, jsonResponse } from "./exchange.ts";
import { writeOptions } from "./options.ts";

interface Paths {
  readonly spec: readonly string[];
  readonly status: readonly string[];
}

export function answerScale(site: Site, request: ApiRequest, target: Target): ApiResponse {
  const paths = pathsOf(target);
  const current = currentObject(site, target);
  if (request.method === "GET") return jsonResponse(200, scaleOf(current, paths));
  if (request.method !== "PUT" && request.method !== "PATCH") {
    throw methodNotAllowed("the server does not allow this method on the requested resource");
  }
  const isPatch = request.method === "PATCH";
  const options = writeOptions(request, isPatch ? "PatchOptions" : "UpdateOptions");
  const body = parseBody(request, target);
  const wanted = isPatch ? applyMergePatch(scaleOf(current, paths), body) : body;
  const replicas = isJsonObject(wanted) ? objectIn(wanted["spec"])["replicas"] : undefined;
  if (typeof replicas !== "number") throw badRequest("spec.replicas must be a number");
  const patch = nest(paths.spec, replicas);
  const updated = patchObject(site, { target, type: "merge", patch }, options);
  return jsonResponse(200, scaleOf(updated, paths));
}

function pathsOf({ kind }: Target): Paths {
  const scale = kind.custom?.version.scale;
  const steps = (path: string) => path.split(".").filter((step) => step !== "");
  return {
    spec: steps(scale?.specReplicasPath ?? ".spec.replicas"),
    status: steps(scale?.statusReplicasPath ?? ".status.replicas"),
  };
}

function nest(path: readonly string[], value: Json): Json {
  return path.reduceRight<Json>((inner, step) => ({ [step]: inner }), value);
}

function scaleOf(object: KubeObject, paths: Paths): JsonObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const replicas = getPath(object, paths.spec) ?? 0;
  const labels = objectIn(object.spec, "selector", "matchLabels");
  const selector = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: replicas === 0 ? {} : { replicas },
    status: {
      replicas: getPath(object, paths.status) ?? 0,
      ...(selector.length > 0 && { selector: selector.sort().join(",") }),
    },
  };
}
