/**
 * Reviews: questions posed by POST that are answered and not stored. The sandbox has one user who
 * may do everything.
 */
import { isJsonObject, type Json, type JsonObject } from "../../std/json.ts";
import { methodNotAllowed } from "../api-error.ts";
import type { ServedKind } from "../kinds/kind.ts";
import type { Site } from "../site.ts";
import { parseBody } from "./body.ts";
import { type ApiRequest, type ApiResponse, jsonResponse } from "./exchange.ts";

const EVERYTHING = { verbs: ["*"], apiGroups: ["*"], resources: ["*"] };

const STATUS_OF: Readonly<Record<string, Json>> = {
  SelfSubjectAccessReview: { allowed: true, reason: "the sandbox allows everything" },
  SubjectAccessReview: { allowed: true, reason: "the sandbox allows everything" },
  LocalSubjectAccessReview: { allowed: true, reason: "the sandbox allows everything" },
  SelfSubjectRulesReview: {
    resourceRules: [EVERYTHING],
    nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
    incomplete: false,
  },
  SelfSubjectReview: {
    userInfo: { username: "sandbox", groups: ["system:masters", "system:authenticated"] },
  },
};

/** The answer when `kind` is a review, else nothing. */
export function answerReview(
  _site: Site,
  request: ApiRequest,
  kind: ServedKind,
): ApiResponse | undefined {
  const status = STATUS_OF[kind.resource.kind];
  if (status === undefined || kind.custom !== undefined) return undefined;
  if (request.method !== "POST") {
    throw methodNotAllowed("the server does not allow this method on the requested resource");
  }
  const given = parseBody(request, { kind, namespace: "", name: "", subresource: "" });
  const body: JsonObject = isJsonObject(given) ? given : {};
  return jsonResponse(201, {
    kind: kind.resource.kind,
    apiVersion: kind.apiVersion,
    metadata: {},
    ...(body["spec"] !== undefined && { spec: body["spec"] }),
    status,
  });
}
