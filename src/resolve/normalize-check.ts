/**
 * Paths of `normalize` that neither the schema of the CRD knows nor a template reads: such a value is computed
 * for nobody, and mostly the path is a slip of the pen. One that templates read is a field of the Katalog's own.
 */
import type { ResolvedCrd } from "../katalog/resolved.ts";
import type { PathSegment } from "../std/json.ts";
import type { EntryScope } from "./entry.ts";
import { judgeSchema, schemaOf } from "./schema-paths.ts";

const NORMALIZE = ["operatorBox", "reconcile", "normalize", "spec"];

/** Templates of `normalize` see the spec as it is stored: what they read is nothing that it sets. */
export function isInNormalize(path: readonly PathSegment[]): boolean {
  return NORMALIZE.every((step, index) => path[index] === step);
}

/** `read`: context paths that templates outside of `normalize` read. */
export function checkNormalize(
  scope: EntryScope,
  crd: ResolvedCrd,
  read: readonly (readonly string[])[],
): void {
  const schema = schemaOf(crd);
  if (!schema) return;
  for (const own of Object.keys(crd.box.normalize)) {
    const path = ["spec", ...own.split(".")];
    const finding = judgeSchema(schema, path, []);
    if (!finding || isRead(path, { crd, read, isNear: finding.near !== undefined })) continue;
    const key = [own, `spec.${own}`].find((one) => scope.node([...NORMALIZE, one])) ?? own;
    const place = [...NORMALIZE, key];
    const message = `normalize sets ".${path.join(".")}", which the schema of the CRD does not have and no template reads`;
    const known = finding.others?.slice(0, MAX_LISTED).join(", ");
    const hint = finding.near
      ? `Did you mean "${finding.near}"?`
      : known && `Known there: ${known}`;
    const at = scope.position(place, "key");
    scope.report({ code: "unknown-path", severity: "warning", message, hint, at }, place);
  }
}

const MAX_LISTED = 12;

interface Reading {
  readonly crd: ResolvedCrd;
  readonly read: readonly (readonly string[])[];
  /** Like one of the schema: then who reads more than this path alone says nothing of it. */
  readonly isNear: boolean;
}

function isRead(path: readonly string[], { crd: { box }, read, isNear }: Reading): boolean {
  // Code reads what nobody knows.
  if (!isNear && (box.hooks || box.remote)) return true;
  return read.some((one) => {
    const length = isNear ? path.length : Math.min(one.length, path.length);
    return path.slice(0, length).every((step, index) => one[index] === step);
  });
}
