/** Which artifacts a rule of `policy.verify` is about: `oci://ghcr.io/org/*`, `*` for anything. Pure. */
import type { OciReference } from "./reference.ts";

/** Whether a rule covers what lies there, whatever its tag. */
export function coversArtifact(
  match: string,
  { registry, repository }: Pick<OciReference, "registry" | "repository">,
): boolean {
  const pattern = match.replace(/^oci:\/\//i, "").toLowerCase();
  const source = pattern.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll(/\*+/g, ".*");
  return new RegExp(`^${source}$`, "su").test(`${registry}/${repository}`);
}
