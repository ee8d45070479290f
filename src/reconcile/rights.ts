/**
 * What the process has to be allowed for one entry of a Katalog: the rules of a Role, and where they are needed.
 * The least that all of its steps work with. Pure.
 *
 * Source: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources.
 */
import { staysAtHome } from "../katalog/box-entries.ts";
import type { ResolvedCrd } from "../katalog/resolved.ts";
import { EVENT_RESOURCE } from "../kube/event-object.ts";
import { builtinKind } from "../schema/builtin.ts";
import { CRD_TYPE, crdVersions } from "../schema/crd.ts";
import { parseApiVersion } from "../schema/object.ts";
import { guessPlural } from "../schema/plural.ts";
import { isJsonObject, type Json } from "../std/json.ts";
import {
  type ChildKindReference,
  constantOf,
  type EntryProgram,
  hasFixedKind,
  type Program,
} from "./program.ts";

/** A rule of a Role, with a single API group. */
export interface Right {
  /** The only namespace in which it is needed; absent: in all, or outside of them. */
  readonly namespace?: string;
  readonly group: string;
  readonly resource: string;
  readonly verbs: readonly string[];
  /** Only these; absent: all. */
  readonly resourceName?: string;
}

export interface Rights {
  readonly rights: readonly Right[];
  /** Kinds whose plural is a guess, since nothing here says it. */
  readonly guessed: readonly string[];
  /** Entries whose kind, or what they grant to others, is known only when there is a custom resource. */
  readonly unknown: readonly string[];
}

const PRIMARY_VERBS = ["get", "list", "watch", "patch"];
const CHILD_VERBS = ["get", "list", "watch", "create", "patch", "delete"];

/** `crds`: all of the Katalog; one may be the child of another. */
export function rightsOf(program: Program, crds: readonly ResolvedCrd[]): Rights {
  const { crd } = program;
  const { group, plural } = crd.type;
  const home = crd.type.namespaced === false ? undefined : crd.namespace;
  const at = home === undefined ? {} : { namespace: home };
  const childHome = staysAtHome(crd.box) ? at : {};
  const children = program.childKinds.map((kind) => resourceOf(kind, crds));
  const secrets = credentialSecrets(crd);
  const granted = program.entries.map(grantedBy);
  return {
    rights: [
      { ...at, group, resource: plural, verbs: PRIMARY_VERBS },
      { ...at, group, resource: `${plural}/status`, verbs: ["patch"] },
      // Asked for where OwnerReferencesPermissionEnforcement is on: owner references block the owner's deletion.
      { ...at, group, resource: `${plural}/finalizers`, verbs: ["update"] },
      definition(`${plural}.${group}`),
      ...children.flatMap((child) => [
        { ...(child.namespaced ? childHome : {}), ...child.name, verbs: CHILD_VERBS },
        ...(child.isCustom ? [definition(`${child.name.resource}.${child.name.group}`)] : []),
      ]),
      {
        ...at,
        group: EVENT_RESOURCE.group,
        resource: EVENT_RESOURCE.plural,
        verbs: ["create", "patch"],
      },
      ...secrets.map((resourceName) => ({
        ...at,
        group: "",
        resource: "secrets",
        resourceName,
        verbs: ["get"],
      })),
      ...granted.flatMap((rights) => rights ?? []).map((right) => ({ ...childHome, ...right })),
    ],
    guessed: children.filter(({ isGuess }) => isGuess).map(({ kind }) => kind),
    unknown: program.entries
      .filter((entry, index) => !hasFixedKind(entry) || granted[index] === undefined)
      .map(({ entry }) => `${crd.name}.${entry.id}`),
  };
}

/** Names of those whose credentials services are sent. */
function credentialSecrets({ box: { remote, onDelete } }: ResolvedCrd): readonly string[] {
  const calls = (onDelete.external ?? []).map(({ credential }) =>
    credential?.kind === "auth" ? credential.auth : undefined,
  );
  const sources = [remote?.auth, ...calls].map((auth) => auth?.source);
  return [...new Set(sources.flatMap((one) => (one?.kind === "secret" ? [one.name] : [])))];
}

/** Its schema gives templates their types. */
function definition(resourceName: string): Right {
  return { group: CRD_TYPE.group, resource: CRD_TYPE.plural, resourceName, verbs: ["get"] };
}

interface ChildResource {
  readonly name: { readonly group: string; readonly resource: string };
  readonly kind: string;
  readonly namespaced: boolean;
  readonly isCustom: boolean;
  readonly isGuess: boolean;
}

function resourceOf(
  { apiVersion, kind }: ChildKindReference,
  crds: readonly ResolvedCrd[],
): ChildResource {
  const builtin = builtinKind(apiVersion, kind)?.resource;
  const { group } = parseApiVersion(apiVersion);
  const known =
    builtin ?? customResources(crds).find((one) => one.group === group && one.kind === kind);
  return {
    name: { group, resource: known?.plural ?? guessPlural(kind) },
    kind: `${kind}.${apiVersion}`,
    namespaced: known?.namespaced ?? true,
    isCustom: builtin === undefined,
    isGuess: known === undefined,
  };
}

function customResources(crds: readonly ResolvedCrd[]) {
  return crds.flatMap(({ crd, type }) => [
    ...(crd ? crdVersions(crd).map(({ resource }) => resource) : []),
    { ...type, namespaced: type.namespaced ?? true },
  ]);
}

/**
 * What an entry that makes a Role lets others do: nobody can grant what he may not do himself. `undefined` where
 * its rules are templates.
 *
 * Source: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping.
 */
function grantedBy({ entry, apiVersion, objectKind }: EntryProgram): readonly Right[] | undefined {
  if (!hasFixedKind({ apiVersion, objectKind })) return [];
  const { group } = parseApiVersion(String(constantOf(apiVersion)));
  if (group !== RBAC_GROUP || !["Role", "ClusterRole"].includes(String(constantOf(objectKind))))
    return [];
  const { rules } = entry.fields;
  if (rules === undefined) return [];
  if (!Array.isArray(rules)) return undefined;
  const granted = rules.map(rightsOfRule);
  return granted.every((one) => one !== undefined) ? granted.flat() : undefined;
}

export const RBAC_GROUP = "rbac.authorization.k8s.io";

function rightsOfRule(rule: Json): readonly Right[] | undefined {
  if (!isJsonObject(rule)) return undefined;
  const { apiGroups = [], resources = [], verbs = [], resourceNames, ...rest } = rule;
  const names = resourceNames ?? [""];
  const isKnown = [apiGroups, resources, verbs, names].every(areLiterals);
  if (!isKnown || Object.keys(rest).length > 0) return undefined;
  return (apiGroups as string[]).flatMap((group) =>
    (resources as string[]).flatMap((resource) =>
      (names as string[]).map((name) => ({
        group,
        resource,
        verbs: verbs as string[],
        ...(name !== "" && { resourceName: name }),
      })),
    ),
  );
}

function areLiterals(value: Json): boolean {
  return (
    Array.isArray(value) && value.every((one) => typeof one === "string" && !one.includes("{{"))
  );
}
