/**
 * The kinds of children that this build makes, one file each. The language's other kinds are in
 * `child-keys.ts`, so that an error can tell "not supported" from "unknown".
 */
import type { ChildKey } from "../resolved.ts";
import type { ChildKind } from "./child.ts";
import { configMaps } from "./config-maps.ts";
import { custom } from "./custom.ts";
import { deployments } from "./deployments.ts";
import type { ObjectSpec } from "./field.ts";
import { ingresses } from "./ingresses.ts";
import { jobs } from "./jobs.ts";
import { secrets } from "./secrets.ts";
import { serviceAccounts } from "./service-accounts.ts";
import { services } from "./services.ts";

export const CHILD_KINDS: Readonly<Record<ChildKey, ChildKind>> = {
  secrets,
  configMaps,
  serviceAccounts,
  custom,
  deployments,
  services,
  jobs,
  ingresses,
};

/** The field table of each kind, for {@link checkFields} in `check.ts` and for reference pages. */
export const childFields: Readonly<Record<ChildKey, ObjectSpec>> = {
  secrets: secrets.fields,
  configMaps: configMaps.fields,
  serviceAccounts: serviceAccounts.fields,
  custom: custom.fields,
  deployments: deployments.fields,
  services: services.fields,
  jobs: jobs.fields,
  ingresses: ingresses.fields,
};

export function childKindOf(key: ChildKey): ChildKind {
  return CHILD_KINDS[key];
}
