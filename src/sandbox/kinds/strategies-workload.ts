/** Strategies of pods and of the kinds that make them. */
import type { KubeObject } from "../../schema/object.ts";
import { CRON_JOB_MAX, LABEL, LABEL_MAX } from "../../schema/object-name.ts";
import { isDeepEqual, isJsonObject, type Json, type JsonObject } from "../../std/json.ts";
import { type FieldError, invalidValue, required, unsupportedValue } from "../api-error.ts";
import { annotationErrors, labelErrors } from "./names.ts";
import type { Strategy } from "./strategy.ts";

export const WORKLOAD_STRATEGIES: Readonly<Record<string, Strategy>> = {
  "v1 Pod": { hasGeneration: true, prepareCreate: newPod, validate: podErrors },
  "apps/v1 Deployment": {
    hasGeneration: true,
    prepareCreate: emptyStatus,
    validate: selectorErrors,
  },
  "apps/v1 ReplicaSet": {
    hasGeneration: true,
    prepareCreate: zeroReplicas,
    validate: selectorErrors,
  },
  "apps/v1 StatefulSet": {
    hasGeneration: true,
    names: "label",
    prepareCreate: emptyStatefulStatus,
    validate: statefulErrors,
  },
  "apps/v1 DaemonSet": {
    hasGeneration: true,
    prepareCreate: emptyDaemonStatus,
    validate: selectorErrors,
  },
  "batch/v1 Job": { hasGeneration: true, prepareCreate: newJob, validate: jobErrors },
  "batch/v1 CronJob": { hasGeneration: true, prepareCreate: emptyStatus, validate: cronJobErrors },
  "policy/v1 PodDisruptionBudget": { hasGeneration: true },
};

export function objectIn(value: Json | undefined, ...path: string[]): JsonObject {
  let current: Json | undefined = value;
  for (const key of path) current = isJsonObject(current) ? current[key] : undefined;
  return isJsonObject(current) ? current : {};
}

function emptyStatus(object: KubeObject): KubeObject {
  return { ...object, status: {} };
}

function zeroReplicas(object: KubeObject): KubeObject {
  return { ...object, status: { replicas: 0 } };
}

function emptyStatefulStatus(object: KubeObject): KubeObject {
  return { ...object, status: { replicas: 0, availableReplicas: 0 } };
}

function emptyDaemonStatus(object: KubeObject): KubeObject {
  const status = {
    currentNumberScheduled: 0,
    desiredNumberScheduled: 0,
    numberMisscheduled: 0,
    numberReady: 0,
  };
  return { ...object, status };
}

function newPod(object: KubeObject): KubeObject {
  const spec = objectIn(object.spec);
  return {
    ...object,
    spec: {
      ...spec,
      preemptionPolicy: spec["preemptionPolicy"] ?? "PreemptLowerPriority",
      priority: spec["priority"] ?? 0,
    },
    status: { phase: "Pending", qosClass: qosClass(spec) },
  };
}

/** https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/ */
function qosClass(spec: JsonObject): string {
  const containers = Array.isArray(spec["containers"]) ? spec["containers"] : [];
  const needs = containers.map((container) => objectIn(container, "resources"));
  const isBare = needs.every((one) => !hasEntries(one["requests"]) && !hasEntries(one["limits"]));
  if (isBare) return "BestEffort";
  const isGuaranteed = needs.every((one) => {
    const limits = objectIn(one["limits"]);
    const requests = hasEntries(one["requests"]) ? one["requests"] : limits;
    return (
      limits["cpu"] !== undefined && limits["memory"] !== undefined && isDeepEqual(limits, requests)
    );
  });
  return isGuaranteed ? "Guaranteed" : "Burstable";
}

function hasEntries(value: Json | undefined): boolean {
  return isJsonObject(value) && Object.keys(value).length > 0;
}

function podErrors(object: KubeObject, current: KubeObject | undefined): FieldError[] {
  if (current !== undefined) return [];
  return podSpecErrors(objectIn(object.spec), "spec");
}

/** The mistakes that templates make: no container, no name, no image. */
function podSpecErrors(spec: JsonObject, field: string): FieldError[] {
  const containers = Array.isArray(spec["containers"]) ? spec["containers"] : [];
  if (containers.length === 0) return [required(`${field}.containers`)];
  return containers.flatMap((container, index) =>
    ["name", "image"]
      .filter((key) => !objectIn(container)[key])
      .map((key) => required(`${field}.containers[${index}].${key}`)),
  );
}

/** What a template has in its `metadata` is found fault with at a path without it: the server's words. */
function templateErrors(template: JsonObject, field: string): FieldError[] {
  return [
    ...templateMetadataErrors(template, field),
    ...podSpecErrors(objectIn(template, "spec"), `${field}.spec`),
  ];
}

function templateMetadataErrors(template: JsonObject, field: string): FieldError[] {
  const { labels, annotations } = objectIn(template, "metadata");
  return [
    ...labelErrors(objectIn(labels) as Record<string, string>, `${field}.labels`),
    ...annotationErrors(objectIn(annotations) as Record<string, string>, `${field}.annotations`),
  ];
}

/** The server looks at the metadata of a StatefulSet's template twice. */
function statefulErrors(object: KubeObject, current: KubeObject | undefined): FieldError[] {
  const template = objectIn(object.spec, "template");
  return [...selectorErrors(object, current), ...templateMetadataErrors(template, "spec.template")];
}

function selectorErrors(object: KubeObject, current: KubeObject | undefined): FieldError[] {
  const spec = objectIn(object.spec);
  const template = objectIn(spec["template"]);
  const labels = objectIn(template, "metadata", "labels");
  const errors: FieldError[] = [];
  if (!isJsonObject(spec["selector"])) errors.push(required("spec.selector"));
  else if (!hasEntries(spec["selector"])) {
    errors.push(invalidValue("spec.selector", {}, "empty selector is invalid for deployment"));
  }
  errors.push(...replicaErrors(spec));
  if (current !== undefined && !isDeepEqual(objectIn(current.spec)["selector"], spec["selector"])) {
    errors.push(invalidValue("spec.selector", spec["selector"], "field is immutable"));
  }
  if (!isJsonObject(spec["selector"]) || !isSelected(labels, objectIn(spec, "selector"))) {
    const why = "`selector` does not match template `labels`";
    const shown = objectIn(template, "metadata")["labels"];
    errors.push(invalidValue("spec.template.metadata.labels", shown, why));
  }
  return [
    ...errors,
    ...templateErrors(template, "spec.template"),
    ...restartErrors(template, ["Always"]),
  ];
}

function replicaErrors({ replicas }: JsonObject): FieldError[] {
  if (typeof replicas !== "number" || replicas >= 0) return [];
  return [invalidValue("spec.replicas", replicas, "must be greater than or equal to 0")];
}

function isSelected(labels: JsonObject, selector: JsonObject): boolean {
  const wanted = Object.entries(objectIn(selector, "matchLabels"));
  return wanted.every(([key, value]) => labels[key] === value);
}

function restartErrors(template: JsonObject, allowed: readonly string[]): FieldError[] {
  const policy = objectIn(template, "spec")["restartPolicy"];
  if (policy === undefined || allowed.includes(String(policy))) return [];
  return [unsupportedValue("spec.template.spec.restartPolicy", policy, allowed)];
}

/** A Job selects its pods by its own uid, unless it brings a selector. */
function newJob(object: KubeObject): KubeObject {
  const spec = objectIn(object.spec);
  if (spec["manualSelector"] === true) return { ...object, status: {} };
  // A Job without labels shares its template's, those that are added here included.
  const isUnlabelled = Object.keys(object.metadata.labels ?? {}).length === 0;
  const { uid = "", name } = object.metadata;
  const template = objectIn(spec["template"]);
  const metadata = objectIn(template["metadata"]);
  const labels = {
    ...objectIn(metadata["labels"]),
    "batch.kubernetes.io/controller-uid": uid,
    "batch.kubernetes.io/job-name": name,
    "controller-uid": uid,
    "job-name": name,
  };
  return {
    ...object,
    ...(isUnlabelled && { metadata: { ...object.metadata, labels } }),
    spec: {
      ...spec,
      selector: { matchLabels: { "batch.kubernetes.io/controller-uid": uid } },
      template: { ...template, metadata: { ...metadata, labels } },
    },
    status: {},
  };
}

function jobErrors(object: KubeObject, current: KubeObject | undefined): FieldError[] {
  const spec = objectIn(object.spec);
  const errors = [
    ...templateErrors(objectIn(spec, "template"), "spec.template"),
    ...jobRestartErrors(objectIn(spec, "template"), "spec.template"),
    ...indexErrors(object.metadata.name, spec),
  ];
  const before = objectIn(current?.spec);
  if (current === undefined) return errors;
  const frozen = ["selector", "template", "completions", "completionMode"].filter(
    (field) => !isDeepEqual(before[field], spec[field]),
  );
  return [
    ...errors,
    ...frozen.map((field) => invalidValue(`spec.${field}`, spec[field], "field is immutable")),
  ];
}

/** The pods of an indexed Job have names and hosts of their own: `<job>-<index>`. */
function indexErrors(name: string, { completionMode, completions }: JsonObject): FieldError[] {
  if (completionMode !== "Indexed" || typeof completions !== "number" || completions < 1) return [];
  const last = `${name}-${completions - 1}`;
  if (new RegExp(`^${LABEL}$`).test(last) && last.length <= LABEL_MAX) return [];
  const why = `will not able to create pod with invalid DNS label: ${last}`;
  return [invalidValue("metadata.name", name, why)];
}

function jobRestartErrors(template: JsonObject, field: string): FieldError[] {
  const policy = objectIn(template, "spec")["restartPolicy"];
  const allowed = ["OnFailure", "Never"];
  if (allowed.includes(String(policy))) return [];
  const at = `${field}.spec.restartPolicy`;
  return [required(at, `valid values: ${allowed.map((one) => JSON.stringify(one)).join(", ")}`)];
}

function cronJobErrors(object: KubeObject, current: KubeObject | undefined): FieldError[] {
  const spec = objectIn(object.spec);
  const template = objectIn(spec, "jobTemplate", "spec", "template");
  const field = "spec.jobTemplate.spec.template";
  return [
    ...(spec["schedule"] ? [] : [required("spec.schedule")]),
    ...templateErrors(template, field),
    ...jobRestartErrors(template, field),
    ...(current === undefined ? cronJobNameErrors(object.metadata.name) : []),
  ];
}

/** Its Jobs get eleven more characters. */
function cronJobNameErrors(name: string): FieldError[] {
  if (name.length <= CRON_JOB_MAX) return [];
  const why = `must be no more than ${CRON_JOB_MAX} characters`;
  return [invalidValue("metadata.name", name, why)];
}
