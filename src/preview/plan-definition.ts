/** What a start would do to the CRD of an entry, and the verdict on its schema against what is stored. */
import type { ResolvedCrd } from "../katalog/resolved.ts";
import type { KubeClient } from "../kube/client.ts";
import { isKubeError, isNotFound } from "../kube/error.ts";
import type { InstallPolicy } from "../runtime/install.ts";
import { CRD_TYPE } from "../schema/crd.ts";
import { type DefinitionChange, judgeDefinition } from "../schema/evolution.ts";
import type { KubeObject } from "../schema/object.ts";
import { isJsonObject, type JsonObject } from "../std/json.ts";

export interface DefinitionPlan {
  readonly name: string;
  /**
   * `create`: it is not there. `change`: it differs and is changed. `leave`: it differs and is left as
   * it is. `keep`: nothing that matters to objects differs. `unknown`: it cannot be read. `refuse`: the
   * cluster does not take it.
   */
  readonly action: "create" | "change" | "leave" | "keep" | "unknown" | "refuse";
  /** From the CRD in the cluster to that of the Katalog. */
  readonly changes: readonly DefinitionChange[];
}

export interface DefinitionOptions {
  readonly client: Pick<KubeClient, "get">;
  readonly installCrds: InstallPolicy;
  readonly objects: readonly KubeObject[];
  /** The dry run of its write was. */
  readonly isRefused?: boolean;
  readonly signal: AbortSignal;
}

/** `undefined` for an entry without a `crdFile`. */
export async function planDefinition(
  crd: Pick<ResolvedCrd, "crd">,
  options: DefinitionOptions,
): Promise<DefinitionPlan | undefined> {
  const plan = await compareDefinition(crd, options);
  const isWritten = plan?.action === "create" || plan?.action === "change";
  return isWritten && options.isRefused ? { ...plan, action: "refuse" } : plan;
}

async function compareDefinition(
  { crd: wanted }: Pick<ResolvedCrd, "crd">,
  options: DefinitionOptions,
): Promise<DefinitionPlan | undefined> {
  if (!wanted) return undefined;
  const metadata = wanted["metadata"];
  const name = isJsonObject(metadata) ? String(metadata["name"] ?? "") : "";
  const live = await read(name, options);
  if (live === "unread") return { name, action: "unknown", changes: [] };
  if (!live) {
    return { name, action: options.installCrds === "never" ? "leave" : "create", changes: [] };
  }
  const changes = judgeDefinition(live as unknown as JsonObject, wanted, options.objects);
  if (changes.length === 0) return { name, action: "keep", changes };
  return { name, action: options.installCrds === "always" ? "change" : "leave", changes };
}

async function read(name: string, { client, signal }: DefinitionOptions) {
  try {
    return await client.get({ type: CRD_TYPE, name }, { signal });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    // What cannot be read is told as such; a cluster that is gone ends the plan.
    if (isKubeError(error) && error.status !== 0) return "unread";
    throw error;
  }
}
