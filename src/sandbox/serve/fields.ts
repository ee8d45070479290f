/** What field selectors can ask of each kind. Source: the `AddFieldLabelConversionFunc`s that
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/ lists. */
import type { KubeObject } from "../../schema/object.ts";
import { getPath } from "../../std/json.ts";
import type { ServedKind } from "../kinds/kind.ts";
import type { SelectableFields } from "../store/selectors.ts";

const EVERY_KIND = ["metadata.name", "metadata.namespace"];

const PATHS: Readonly<Record<string, readonly string[]>> = {
  "v1 Pod": [
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "spec.hostNetwork",
    "status.phase",
    "status.podIP",
    "status.nominatedNodeName",
  ],
  "v1 Secret": ["type"],
  "v1 Namespace": ["status.phase"],
  "v1 Node": ["spec.unschedulable"],
  "v1 Service": ["spec.clusterIP", "spec.type"],
  "v1 Event": [
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    "reportingComponent",
    "source",
    "type",
  ],
  "apps/v1 ReplicaSet": ["status.replicas"],
  "batch/v1 Job": ["status.successful"],
};

export function selectableFields({ apiVersion, resource, custom }: ServedKind): SelectableFields {
  const own = custom?.selectableFields ?? PATHS[`${apiVersion} ${resource.kind}`] ?? [];
  const paths =
    resource.namespaced || custom === undefined
      ? [...EVERY_KIND, ...own]
      : ["metadata.name", ...own];
  const isPlain = custom === undefined && own.length === 0;
  return {
    readers: Object.fromEntries(paths.map((path) => [path, reader(path)])),
    refuse: (field) =>
      isPlain
        ? `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`
        : `field label not supported: ${field}`,
  };
}

function reader(path: string): (object: KubeObject) => string {
  if (path === "status.successful") return (object) => text(object, ["status", "succeeded"], "0");
  if (path === "source") return (object) => text(object, ["source", "component"], "");
  const steps = path.split(".");
  return (object) => text(object, steps, "");
}

function text(object: KubeObject, steps: readonly string[], missing: string): string {
  const value = getPath(object, steps);
  return value === undefined || value === null ? missing : String(value);
}
