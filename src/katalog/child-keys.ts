/**
 * The Katalog's keys of children: all that the language knows, and those that this build makes.
 * Order is the order of children in one pass, by kind.
 */
import type { ChildKey } from "./resolved.ts";

/** Every kind with a shorthand, in the order of ranks, with the Kubernetes kind it makes. */
export const LANGUAGE_KINDS: Readonly<Record<string, string>> = {
  namespaces: "Namespace",
  secrets: "Secret",
  configMaps: "ConfigMap",
  networkPolicies: "NetworkPolicy",
  resourceQuotas: "ResourceQuota",
  limitRanges: "LimitRange",
  clusterRoles: "ClusterRole",
  clusterRoleBindings: "ClusterRoleBinding",
  serviceAccounts: "ServiceAccount",
  roles: "Role",
  roleBindings: "RoleBinding",
  custom: "",
  replicaSets: "ReplicaSet",
  deployments: "Deployment",
  services: "Service",
  jobs: "Job",
  cronJobs: "CronJob",
  statefulSets: "StatefulSet",
  daemonSets: "DaemonSet",
  persistentVolumes: "PersistentVolume",
  persistentVolumeClaims: "PersistentVolumeClaim",
  ingresses: "Ingress",
  hpa: "HorizontalPodAutoscaler",
  pdb: "PodDisruptionBudget",
  pods: "Pod",
};

/** What this build makes, in the order of ranks. */
export const CHILD_KEYS: readonly ChildKey[] = [
  "secrets",
  "configMaps",
  "serviceAccounts",
  "custom",
  "deployments",
  "services",
  "jobs",
  "ingresses",
];

const BY_LOWER_CASE = new Map(Object.keys(LANGUAGE_KINDS).map((key) => [key.toLowerCase(), key]));

/** The spelling of the tables for a key in any case: `statefulsets` → `statefulSets`. */
export function canonicalKindKey(key: string): string | undefined {
  return BY_LOWER_CASE.get(key.toLowerCase());
}

export function isChildKey(key: string): key is ChildKey {
  return (CHILD_KEYS as readonly string[]).includes(key);
}
