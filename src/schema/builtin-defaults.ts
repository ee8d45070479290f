/**
 * The defaults that the API server fills in for built-in kinds and that its OpenAPI does not carry,
 * as data. Keys are the type names of the generated table. Source of each: the `SetDefaults_<Type>`
 * function in `pkg/apis/<group>/<version>/defaults.go` of Kubernetes 1.36, which the reference
 * pages below https://kubernetes.io/docs/reference/kubernetes-api/ describe field by field.
 */
import type { Json } from "../std/json.ts";
import type { DerivedDefault } from "./node.ts";

export interface TypeDefaults {
  readonly fields?: Readonly<Record<string, Json>>;
  readonly derived?: readonly DerivedDefault[];
  /** Fields whose type gets none of its own defaults here. */
  readonly bare?: readonly string[];
}

const RBAC_GROUP = "rbac.authorization.k8s.io";
/** `0644` as the server stores it. */
const VOLUME_FILE_MODE = 0o644;
const LARGEST_INT32 = 2 ** 31 - 1;

const CORE: Readonly<Record<string, TypeDefaults>> = {
  "core.v1.Pod": {
    derived: [{ kind: "fill", field: "spec", members: { enableServiceLinks: true } }],
  },
  "core.v1.PodSpec": {
    fields: {
      dnsPolicy: "ClusterFirst",
      restartPolicy: "Always",
      schedulerName: "default-scheduler",
      securityContext: {},
      terminationGracePeriodSeconds: 30,
    },
    derived: [{ kind: "copy", field: "serviceAccount", from: "serviceAccountName" }],
  },
  "core.v1.Container": {
    fields: { terminationMessagePath: "/dev/termination-log", terminationMessagePolicy: "File" },
    derived: [{ kind: "pull-policy", field: "imagePullPolicy", from: "image" }],
  },
  "core.v1.EphemeralContainer": {
    fields: { terminationMessagePath: "/dev/termination-log", terminationMessagePolicy: "File" },
    derived: [{ kind: "pull-policy", field: "imagePullPolicy", from: "image" }],
  },
  "core.v1.Probe": {
    fields: { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 },
  },
  "core.v1.HTTPGetAction": { fields: { path: "/", scheme: "HTTP" } },
  "core.v1.ObjectFieldSelector": { fields: { apiVersion: "v1" } },
  "core.v1.Volume": {
    derived: [{ kind: "alone", field: "emptyDir", value: {}, besides: ["name"] }],
  },
  "core.v1.ImageVolumeSource": {
    derived: [{ kind: "pull-policy", field: "pullPolicy", from: "reference" }],
  },
  "core.v1.HostPathVolumeSource": { fields: { type: "" } },
  "core.v1.SecretVolumeSource": { fields: { defaultMode: VOLUME_FILE_MODE } },
  "core.v1.ConfigMapVolumeSource": { fields: { defaultMode: VOLUME_FILE_MODE } },
  "core.v1.DownwardAPIVolumeSource": { fields: { defaultMode: VOLUME_FILE_MODE } },
  "core.v1.ProjectedVolumeSource": { fields: { defaultMode: VOLUME_FILE_MODE } },
  "core.v1.ServiceAccountTokenProjection": { fields: { expirationSeconds: 3600 } },
  "core.v1.Secret": { fields: { type: "Opaque" } },
  "core.v1.ServiceSpec": {
    fields: { sessionAffinity: "None", type: "ClusterIP" },
    derived: [
      {
        kind: "value",
        field: "sessionAffinityConfig",
        value: { clientIP: { timeoutSeconds: 10800 } },
        when: { kind: "equals", field: "sessionAffinity", values: ["ClientIP"] },
      },
      {
        kind: "value",
        field: "externalTrafficPolicy",
        value: "Cluster",
        when: { kind: "equals", field: "type", values: ["NodePort", "LoadBalancer"] },
      },
      {
        kind: "value",
        field: "internalTrafficPolicy",
        value: "Cluster",
        when: { kind: "equals", field: "type", values: ["ClusterIP", "NodePort", "LoadBalancer"] },
      },
      {
        kind: "value",
        field: "allocateLoadBalancerNodePorts",
        value: true,
        when: { kind: "equals", field: "type", values: ["LoadBalancer"] },
      },
    ],
  },
  "core.v1.ServicePort": { derived: [{ kind: "copy", field: "targetPort", from: "port" }] },
  "core.v1.EndpointPort": { fields: { protocol: "TCP" } },
  "core.v1.Namespace": {
    derived: [{ kind: "fill", field: "status", members: { phase: "Active" } }],
  },
  "core.v1.PersistentVolume": {
    derived: [{ kind: "fill", field: "status", members: { phase: "Pending" } }],
  },
  // Also the type of `volumeClaimTemplates`, whose items the server completes to whole objects.
  "core.v1.PersistentVolumeClaim": {
    fields: { apiVersion: "v1", kind: "PersistentVolumeClaim" },
    derived: [{ kind: "fill", field: "status", members: { phase: "Pending" } }],
  },
  "core.v1.PersistentVolumeSpec": {
    fields: { persistentVolumeReclaimPolicy: "Retain", volumeMode: "Filesystem" },
  },
  "core.v1.PersistentVolumeClaimSpec": { fields: { volumeMode: "Filesystem" } },
};

const WORKLOADS: Readonly<Record<string, TypeDefaults>> = {
  "apps.v1.DeploymentSpec": {
    fields: { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600, strategy: {} },
  },
  "apps.v1.DeploymentStrategy": {
    fields: { type: "RollingUpdate" },
    derived: [whenRolling({})],
  },
  "apps.v1.RollingUpdateDeployment": { fields: { maxSurge: "25%", maxUnavailable: "25%" } },
  "apps.v1.DaemonSetSpec": { fields: { revisionHistoryLimit: 10, updateStrategy: {} } },
  "apps.v1.DaemonSetUpdateStrategy": {
    fields: { type: "RollingUpdate" },
    derived: [whenRolling({})],
  },
  "apps.v1.RollingUpdateDaemonSet": { fields: { maxSurge: 0, maxUnavailable: 1 } },
  "apps.v1.StatefulSetSpec": {
    fields: {
      podManagementPolicy: "OrderedReady",
      updateStrategy: { type: "RollingUpdate", rollingUpdate: {} },
      persistentVolumeClaimRetentionPolicy: {},
      replicas: 1,
      revisionHistoryLimit: 10,
    },
  },
  "apps.v1.RollingUpdateStatefulSetStrategy": { fields: { partition: 0 } },
  "apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy": {
    fields: { whenDeleted: "Retain", whenScaled: "Retain" },
  },
  "apps.v1.ReplicaSetSpec": { fields: { replicas: 1 } },
  "batch.v1.JobSpec": {
    fields: { completionMode: "NonIndexed", suspend: false, manualSelector: false },
    derived: [
      {
        kind: "value",
        field: "completions",
        value: 1,
        when: { kind: "absent", field: "parallelism" },
      },
      { kind: "value", field: "parallelism", value: 1 },
      {
        kind: "value",
        field: "backoffLimit",
        value: LARGEST_INT32,
        when: { kind: "present", field: "backoffLimitPerIndex" },
      },
      { kind: "value", field: "backoffLimit", value: 6 },
      {
        kind: "value",
        field: "podReplacementPolicy",
        value: "Failed",
        when: { kind: "present", field: "podFailurePolicy" },
      },
      { kind: "value", field: "podReplacementPolicy", value: "TerminatingOrFailed" },
    ],
  },
  // The template of a CronJob is completed when a Job is made of it, not before.
  "batch.v1.JobTemplateSpec": { bare: ["spec"] },
  "batch.v1.PodFailurePolicyOnPodConditionsPattern": { fields: { status: "True" } },
  "batch.v1.CronJobSpec": {
    fields: {
      concurrencyPolicy: "Allow",
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    },
  },
};

const SCALE_UP: Json = {
  stabilizationWindowSeconds: 0,
  selectPolicy: "Max",
  policies: [
    { type: "Pods", value: 4, periodSeconds: 15 },
    { type: "Percent", value: 100, periodSeconds: 15 },
  ],
};
const SCALE_DOWN: Json = {
  selectPolicy: "Max",
  policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
};
const WEBHOOK: Readonly<Record<string, Json>> = {
  failurePolicy: "Fail",
  matchPolicy: "Equivalent",
  namespaceSelector: {},
  objectSelector: {},
  timeoutSeconds: 10,
};

const OTHERS: Readonly<Record<string, TypeDefaults>> = {
  "autoscaling.v2.HorizontalPodAutoscalerSpec": {
    fields: {
      minReplicas: 1,
      metrics: [
        {
          type: "Resource",
          resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } },
        },
      ],
    },
  },
  "autoscaling.v2.HorizontalPodAutoscalerBehavior": {
    derived: [
      { kind: "fill", field: "scaleUp", members: SCALE_UP },
      { kind: "fill", field: "scaleDown", members: SCALE_DOWN },
    ],
  },
  "autoscaling.v1.HorizontalPodAutoscalerSpec": { fields: { minReplicas: 1 } },
  "networking.v1.NetworkPolicyPort": { fields: { protocol: "TCP" } },
  "networking.v1.NetworkPolicySpec": {
    derived: [
      {
        kind: "value",
        field: "policyTypes",
        value: ["Ingress", "Egress"],
        when: { kind: "present", field: "egress" },
      },
      { kind: "value", field: "policyTypes", value: ["Ingress"] },
    ],
  },
  "networking.v1.IngressClassParametersReference": { fields: { scope: "Cluster" } },
  "rbac.v1.RoleRef": { fields: { apiGroup: RBAC_GROUP } },
  "rbac.v1.Subject": {
    derived: [
      {
        kind: "value",
        field: "apiGroup",
        value: RBAC_GROUP,
        when: { kind: "equals", field: "kind", values: ["User", "Group"] },
      },
    ],
  },
  "storage.v1.StorageClass": {
    fields: { reclaimPolicy: "Delete", volumeBindingMode: "Immediate" },
  },
  "admissionregistration.v1.ValidatingWebhook": { fields: WEBHOOK },
  "admissionregistration.v1.MutatingWebhook": {
    fields: { ...WEBHOOK, reinvocationPolicy: "Never" },
  },
  "admissionregistration.v1.RuleWithOperations": { fields: { scope: "*" } },
  "admissionregistration.v1.ServiceReference": { fields: { port: 443 } },
  "admissionregistration.v1.ValidatingAdmissionPolicySpec": { fields: { failurePolicy: "Fail" } },
  "admissionregistration.v1.MutatingAdmissionPolicySpec": { fields: { failurePolicy: "Fail" } },
  "admissionregistration.v1.MatchResources": {
    fields: { matchPolicy: "Equivalent", namespaceSelector: {}, objectSelector: {} },
  },
  "apiextensions.v1.CustomResourceDefinitionSpec": { fields: { conversion: { strategy: "None" } } },
  "apiextensions.v1.ServiceReference": { fields: { port: 443 } },
};

export const BUILTIN_DEFAULTS: Readonly<Record<string, TypeDefaults>> = {
  ...CORE,
  ...WORKLOADS,
  ...OTHERS,
};

function whenRolling(value: Json): DerivedDefault {
  return {
    kind: "value",
    field: "rollingUpdate",
    value,
    when: { kind: "equals", field: "type", values: ["RollingUpdate"] },
  };
}
