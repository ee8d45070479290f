/**
 * Rights as objects of Kubernetes: a service account in its namespace, and what binds it to exactly these rules.
 * Pure.
 *
 * Source: https://kubernetes.io/docs/reference/access-authn-authz/rbac/.
 */
import { LEASE_RESOURCE } from "../kube/lease.ts";
import { RBAC_GROUP, type Right } from "../reconcile/rights.ts";
import type { JsonObject } from "../std/json.ts";

export interface Subject {
  readonly namespace: string;
  readonly name: string;
}

export interface RbacOptions {
  /** Of the roles and their bindings. */
  readonly name: string;
  readonly subject: Subject;
}

/** Read, watched and renewed; which name it has is a flag of the process. */
const LEASE_VERBS = ["get", "watch", "create", "update"];

/**
 * In the order in which they can be created. Of namespaces only that of the service account: the others hold
 * custom resources, and `kubectl delete -f` of what is printed must not take these along.
 */
export function rbacManifests(
  rights: readonly Right[],
  { name, subject }: RbacOptions,
): readonly JsonObject[] {
  const lease: Right = {
    namespace: subject.namespace,
    group: LEASE_RESOURCE.group,
    resource: LEASE_RESOURCE.plural,
    verbs: LEASE_VERBS,
  };
  const places = Map.groupBy([...rights, lease], ({ namespace }) => namespace);
  const { namespace: home } = subject;
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: home } };
  return [
    ...(isOfEveryCluster(home) ? [] : [namespace]),
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { ...subject } },
    ...[...places].flatMap(([namespace, own]) => roleAndBinding({ name, subject, namespace }, own)),
  ];
}

/** `default` is always there, and names that begin with `kube-` are Kubernetes' own. */
export function isOfEveryCluster(namespace: string): boolean {
  return namespace === "default" || namespace.startsWith("kube-");
}

function roleAndBinding(
  { name, subject, namespace }: RbacOptions & { readonly namespace: string | undefined },
  rights: readonly Right[],
): readonly JsonObject[] {
  const prefix = namespace === undefined ? "Cluster" : "";
  const metadata = { name, ...(namespace !== undefined && { namespace }) };
  const kind = `${prefix}Role`;
  return [
    { apiVersion: `${RBAC_GROUP}/v1`, kind, metadata, rules: rulesOf(rights) },
    {
      apiVersion: `${RBAC_GROUP}/v1`,
      kind: `${prefix}RoleBinding`,
      metadata,
      roleRef: { apiGroup: RBAC_GROUP, kind, name },
      subjects: [{ kind: "ServiceAccount", ...subject }],
    },
  ];
}

/** One rule for all resources of a group with the same verbs, and for all names of a resource. */
function rulesOf(rights: readonly Right[]): readonly JsonObject[] {
  const rules = Map.groupBy(rights, ({ group, resource, verbs, resourceName }) =>
    [group, verbs, resourceName === undefined ? "" : resource].join(" "),
  );
  return [...rules.values()].map((same) => {
    const [{ group, verbs } = NONE] = same;
    const names = sorted(same.flatMap(({ resourceName }) => resourceName ?? []));
    return {
      apiGroups: [group],
      resources: sorted(same.map(({ resource }) => resource)),
      ...(names.length > 0 && { resourceNames: names }),
      verbs,
    };
  });
}

const NONE: Right = { group: "", resource: "", verbs: [] };

function sorted(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort();
}
