/** The query of a request as options, refused where a real server refuses. */

import { isJsonObject, type Json } from "../../std/json.ts";
import {
  type ApiError,
  badRequest,
  type FieldError,
  forbiddenField,
  invalid,
  required,
  unsupportedValue,
} from "../api-error.ts";
import type { Deletion, Propagation } from "../write/delete.ts";
import type { FieldValidation, WriteOptions } from "../write/request.ts";
import type { ApiRequest } from "./exchange.ts";

export interface ListOptions {
  readonly labelSelector: string;
  readonly fieldSelector: string;
  readonly limit: number;
  readonly continueToken: string;
  /** Empty: whatever is newest. */
  readonly resourceVersion: string;
  readonly resourceVersionMatch: string;
  readonly isWatch: boolean;
  readonly sendInitialEvents: boolean | undefined;
  readonly allowBookmarks: boolean;
  readonly timeoutSeconds: number;
}

/** @throws ApiError 400 or 422 */
export function listOptions(query: URLSearchParams): ListOptions {
  const isWatch = isTrue(query.get("watch"));
  const initial = query.get("sendInitialEvents");
  const options: ListOptions = {
    labelSelector: query.get("labelSelector") ?? "",
    fieldSelector: query.get("fieldSelector") ?? "",
    limit: integer(query.get("limit")),
    continueToken: query.get("continue") ?? "",
    resourceVersion: query.get("resourceVersion") ?? "",
    resourceVersionMatch: query.get("resourceVersionMatch") ?? "",
    isWatch,
    sendInitialEvents: initial === null ? undefined : isTrue(initial),
    allowBookmarks: isTrue(query.get("allowWatchBookmarks")),
    timeoutSeconds: integer(query.get("timeoutSeconds")),
  };
  const errors = isWatch ? watchErrors(options) : listErrors(options);
  if (errors.length > 0) throw invalidOptions("ListOptions", errors);
  checkVersion(options);
  return options;
}

function isTrue(value: string | null): boolean {
  return value !== null && !["false", "0", "f", "F", "FALSE", "False"].includes(value);
}

function integer(text: string | null): number {
  if (text === null || text === "") return 0;
  if (!/^[-+]?\d+$/.test(text)) {
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  return Number(text);
}

function watchErrors(options: ListOptions): FieldError[] {
  const { sendInitialEvents, resourceVersionMatch } = options;
  if (sendInitialEvents !== undefined && resourceVersionMatch !== "NotOlderThan") {
    const why = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
    return [forbiddenField("resourceVersionMatch", why)];
  }
  if (sendInitialEvents === undefined && resourceVersionMatch !== "") {
    const why = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided";
    return [forbiddenField("resourceVersionMatch", why)];
  }
  return [];
}

function listErrors(options: ListOptions): FieldError[] {
  const { sendInitialEvents, resourceVersion, resourceVersionMatch, continueToken } = options;
  const field = "resourceVersionMatch";
  if (sendInitialEvents !== undefined) {
    return [forbiddenField("sendInitialEvents", "sendInitialEvents is forbidden for list")];
  }
  if (resourceVersionMatch === "") return [];
  const errors: FieldError[] = [];
  if (resourceVersion === "") {
    errors.push(
      forbiddenField(field, "resourceVersionMatch is forbidden unless resourceVersion is provided"),
    );
  }
  if (continueToken !== "") {
    errors.push(
      forbiddenField(field, "resourceVersionMatch is forbidden when continue is provided"),
    );
  }
  if (resourceVersionMatch !== "Exact" && resourceVersionMatch !== "NotOlderThan") {
    errors.push(unsupportedValue(field, resourceVersionMatch, ["Exact", "NotOlderThan", ""]));
  }
  if (resourceVersionMatch === "Exact" && resourceVersion === "0") {
    const why = `resourceVersionMatch "exact" is forbidden for resourceVersion "0"`;
    errors.push(forbiddenField(field, why));
  }
  return errors;
}

function checkVersion({ resourceVersion }: ListOptions): void {
  if (resourceVersion === "" || /^\d+$/.test(resourceVersion)) return;
  const text = JSON.stringify(resourceVersion);
  throw badRequest(
    `invalid resource version: resourceVersion: Invalid value: ${text}: strconv.ParseUint: parsing ${text}: invalid syntax`,
  );
}

/** @throws ApiError 422 */
export function writeOptions(
  request: ApiRequest,
  kind: "CreateOptions" | "UpdateOptions" | "PatchOptions",
  { isApply = false }: { readonly isApply?: boolean } = {},
): WriteOptions {
  const { query } = request;
  const errors: FieldError[] = [];
  const dryRun = query.getAll("dryRun").filter((value) => value !== "");
  errors.push(...dryRunErrors(dryRun));
  const validation = query.get("fieldValidation") ?? "";
  if (!["", "Ignore", "Warn", "Strict"].includes(validation)) {
    errors.push(unsupportedValue("fieldValidation", validation, ["", "Ignore", "Strict", "Warn"]));
  }
  const manager = query.get("fieldManager") ?? "";
  if (isApply && manager === "") {
    errors.unshift(required("fieldManager", "is required for apply patch"));
  }
  if (!isApply && query.has("force")) {
    errors.unshift(forbiddenField("force", "may not be specified for non-apply patch"));
  }
  if (errors.length > 0) throw invalidOptions(kind, errors);
  return {
    manager: manager === "" ? agentOf(request) : manager,
    dryRun: dryRun.length > 0,
    fieldValidation: validation === "" ? "Warn" : (validation as FieldValidation),
    force: isTrue(query.get("force")),
    warnings: [],
  };
}

function dryRunErrors(values: readonly string[]): FieldError[] {
  if (values.every((value) => value === "All")) return [];
  return [unsupportedValue("dryRun", values, ["All"])];
}

/** The manager of those who name none: the program in the User-Agent. */
function agentOf({ headers }: ApiRequest): string {
  const [program = ""] = (headers["user-agent"] ?? "").split("/");
  const MANAGER_MAX = 128;
  return program === "" ? "unknown" : program.slice(0, MANAGER_MAX);
}

const PROPAGATIONS = ["Foreground", "Background", "Orphan"] as const;

/** DELETE takes its options from the body, and from the query without one. @throws ApiError 422 */
export function deleteOptions({ query }: ApiRequest, body: Json): Deletion {
  const given = isJsonObject(body) ? body : {};
  const preconditions = isJsonObject(given["preconditions"]) ? given["preconditions"] : {};
  const bodyDryRun = Array.isArray(given["dryRun"]) ? given["dryRun"].map(String) : [];
  const dryRun = bodyDryRun.length > 0 ? bodyDryRun : query.getAll("dryRun");
  const policy = given["propagationPolicy"] ?? query.get("propagationPolicy") ?? undefined;
  const grace = given["gracePeriodSeconds"] ?? query.get("gracePeriodSeconds") ?? undefined;
  const isOrphan = given["orphanDependents"] ?? query.get("orphanDependents") ?? undefined;
  const errors = dryRunErrors(dryRun.filter((value) => value !== ""));
  if (policy !== undefined && !PROPAGATIONS.includes(policy as Propagation)) {
    errors.push(unsupportedValue("propagationPolicy", policy, [...PROPAGATIONS, "nil"]));
  }
  if (errors.length > 0) throw invalidOptions("DeleteOptions", errors);
  return {
    dryRun: dryRun.some((value) => value !== ""),
    uid: textOf(preconditions["uid"]),
    resourceVersion: textOf(preconditions["resourceVersion"]),
    propagation:
      (policy as Propagation | undefined) ?? (String(isOrphan) === "true" ? "Orphan" : undefined),
    gracePeriodSeconds: grace === undefined || grace === null ? undefined : Number(grace),
  };
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function invalidOptions(kind: string, errors: readonly FieldError[]): ApiError {
  return invalid({ group: "meta.k8s.io", kind, name: "" }, errors);
}
