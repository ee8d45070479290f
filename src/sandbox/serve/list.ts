/** GET of a collection: selection, pages that agree with each other, and old versions. */
import type { KubeObject } from "../../schema/object.ts";
import { isJsonObject, type Json } from "../../std/json.ts";
import { ApiError, badRequest, expired } from "../api-error.ts";
import { inServedForm } from "../kinds/conversion.ts";
import type { ServedKind } from "../kinds/kind.ts";
import type { Site } from "../site.ts";
import { compileFieldSelector, compileLabelSelector, type Predicate } from "../store/selectors.ts";
import { selectableFields } from "./fields.ts";
import type { ListOptions } from "./options.ts";

export interface ListResult {
  readonly items: readonly KubeObject[];
  readonly resourceVersion: string;
  readonly continueToken: string | undefined;
  readonly remaining: number | undefined;
}

interface Token {
  readonly version: number;
  /** Key of the last object of the page before. */
  readonly after: string;
}

/** @throws ApiError 400, 410 for a version that is gone, 504 for one that is yet to come. */
export function listObjects(
  site: Site,
  { kind, namespace }: { readonly kind: ServedKind; readonly namespace: string },
  options: ListOptions,
): ListResult {
  const isSelected = compileSelectors(kind, options);
  const token = options.continueToken === "" ? undefined : readToken(options.continueToken);
  const version = token?.version ?? exactVersion(site, options);
  const scope = namespace === "" ? undefined : namespace;
  const all = site.store.listAt(kind.collection, version, scope);
  if (all === undefined) throw gone(token !== undefined, version);
  const rest = token === undefined ? all : all.filter((object) => keyOf(object) > token.after);
  const served = rest.map((object) => inServedForm(object, kind)).filter(isSelected);
  return page(served, { version, options });
}

/** Both selectors of a request as one test. @throws ApiError 400 */
export function compileSelectors(
  kind: ServedKind,
  { labelSelector, fieldSelector }: Pick<ListOptions, "labelSelector" | "fieldSelector">,
): Predicate {
  const tests: Predicate[] = [];
  if (labelSelector !== "") tests.push(compileLabelSelector(labelSelector));
  if (fieldSelector !== "") tests.push(compileFieldSelector(fieldSelector, selectableFields(kind)));
  return (object) => tests.every((test) => test(object));
}

function exactVersion(site: Site, options: ListOptions): number {
  const { resourceVersion, resourceVersionMatch, limit } = options;
  const asked = resourceVersion === "" ? 0 : Number(resourceVersion);
  checkNotAhead(site, asked);
  // Without a match rule, a limit makes a version exact (the table of "Resource versions").
  const isExact = resourceVersionMatch === "Exact" || (resourceVersionMatch === "" && limit > 0);
  return isExact && asked > 0 ? asked : site.store.version;
}

/** @throws ApiError 504, as a server whose cache has not caught up. */
function checkNotAhead(site: Site, version: number): void {
  if (version <= site.store.version) return;
  throw new ApiError(
    504,
    `Timeout: Too large resource version: ${version}, current: ${site.store.version}`,
    {
      reason: "Timeout",
      details: {
        causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
        retryAfterSeconds: 1,
      },
    },
  );
}

function gone(isContinued: boolean, version: number): ApiError {
  return expired(
    isContinued
      ? "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter."
      : `The resourceVersion for the provided list is too old: ${version}`,
  );
}

function page(
  items: readonly KubeObject[],
  { version, options }: { readonly version: number; readonly options: ListOptions },
): ListResult {
  const resourceVersion = String(version);
  const { limit } = options;
  if (limit <= 0 || items.length <= limit) {
    return { items, resourceVersion, continueToken: undefined, remaining: undefined };
  }
  const shown = items.slice(0, limit);
  const last = shown.at(-1);
  const isFiltered = options.labelSelector !== "" || options.fieldSelector !== "";
  return {
    items: shown,
    resourceVersion,
    continueToken: writeToken({ version, after: last === undefined ? "" : keyOf(last) }),
    // A server that filters does not know how many are left.
    remaining: isFiltered ? undefined : items.length - limit,
  };
}

function keyOf({ metadata }: KubeObject): string {
  return metadata.namespace === undefined
    ? metadata.name
    : `${metadata.namespace}/${metadata.name}`;
}

function writeToken({ version, after }: Token): string {
  return Buffer.from(JSON.stringify({ v: "meta.k8s.io/v1", rv: version, start: after })).toString(
    "base64url",
  );
}

function readToken(token: string): Token {
  try {
    const read = JSON.parse(Buffer.from(token, "base64url").toString("utf8")) as Json;
    if (isJsonObject(read) && typeof read["rv"] === "number" && typeof read["start"] === "string") {
      return { version: read["rv"], after: read["start"] };
    }
  } catch {
    // Falls through to the same answer as a token of the wrong form.
  }
  const first = Buffer.from(token, "base64url").toString("latin1").charAt(0);
  throw badRequest(
    `invalid continue token: continue key is not valid: invalid character '${first}' looking for beginning of value`,
  );
}
