/** `.external.<name>` in templates and conditions of `onDelete`: which call it is, and whether it was made by then. */
import type { ResolvedCrd } from "../katalog/resolved.ts";
import { suggest } from "../std/suggest.ts";
import type { Finding } from "./schema-paths.ts";
import type { TemplatePlace } from "./template-places.ts";

const ON_DELETE = ["operatorBox", "reconcile", "onDelete"];

/** Elsewhere nothing calls anybody, and the general rule says so. */
export function isOfCalls(
  path: readonly string[],
  place: Pick<TemplatePlace, "path" | "extraRoots">,
): boolean {
  const isOwnName = place.extraRoots.includes("external");
  return (
    path[0] === "external" &&
    !isOwnName &&
    ON_DELETE.every((step, index) => place.path[index] === step)
  );
}

export function judgeCallPath(
  [, name]: readonly string[],
  { path: place }: Pick<TemplatePlace, "path">,
  { box }: ResolvedCrd,
): Finding | undefined {
  const [block, index] = place.slice(ON_DELETE.length);
  const calls = (box.onDelete.external ?? []).map((call) => call.name);
  if (block === "when" || block === "or") {
    const message =
      'Cannot read ".external" here: the conditions of onDelete come before its calls, and hold for them, too';
    return { code: "early-call", message, isError: "always" };
  }
  if (name === undefined) return undefined;
  const position = calls.indexOf(name);
  if (position < 0) {
    const message = `Unknown path ".external.${name}": no call of onDelete has that name`;
    const near = suggest(name, calls);
    return {
      code: "unknown-path",
      message,
      isError: "always",
      ...(near !== undefined && { near: `.external.${near}` }),
      others: calls,
    };
  }
  if (block !== "external" || position < Number(index)) return undefined;
  const message = `Cannot read ".external.${name}" here: that call is not made before this one`;
  return { code: "early-call", message, isError: "always" };
}
