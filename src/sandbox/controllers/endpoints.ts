/** EndpointSlices: the ready pods that a Service selects. */
import type { KubeObject } from "../../schema/object.ts";
import { isDeepEqual, isJsonObject, type Json, type JsonObject } from "../../std/json.ts";
import { objectIn } from "../kinds/strategies-workload.ts";
import type { Site } from "../site.ts";
import { controlled, controllerReference, create, patch } from "./act.ts";
import { isReady } from "./conditions.ts";
import type { Controller } from "./loop.ts";
import { NODE_NAME } from "./pods.ts";

const SLICES = "endpointslices.discovery.k8s.io";

export function endpointController(site: Site): Controller {
  return {
    name: "endpoints",
    affected({ collection, key, object }) {
      if (collection === "services") return [key];
      if (collection !== "pods") return [];
      const { namespace = "" } = object.metadata;
      return site.store
        .list("services", namespace)
        .filter((service) => selects(service, object))
        .map(({ metadata }) => `${namespace}/${metadata.name}`);
    },
    reconcile(key) {
      const service = site.store.get("services", key);
      if (service === undefined || service.metadata.deletionTimestamp !== undefined)
        return undefined;
      if (isJsonObject(objectIn(service.spec)["selector"])) writeSlice(site, service);
      return undefined;
    },
  };
}

function selects({ spec }: KubeObject, { metadata }: KubeObject): boolean {
  const selector = Object.entries(objectIn(spec, "selector"));
  return selector.length > 0 && selector.every(([key, value]) => metadata.labels?.[key] === value);
}

function writeSlice(site: Site, service: KubeObject): void {
  const { name, namespace = "" } = service.metadata;
  const pods = site.store.list("pods", namespace).filter((pod) => selects(service, pod));
  const endpoints = pods
    .filter((pod) => objectIn(pod.status)["podIP"] !== undefined)
    .map(endpointOf);
  const ports = portsOf(service, pods);
  const [slice] = controlled(site, SLICES, service);
  if (slice === undefined) {
    create(site, {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: {
        generateName: `${name}-`,
        namespace,
        labels: {
          "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
          "kubernetes.io/service-name": name,
        },
        ownerReferences: [controllerReference(service)],
      },
      addressType: "IPv4",
      endpoints,
      ports,
    });
    return;
  }
  const isSame =
    isDeepEqual(slice["endpoints"] ?? [], endpoints) && isDeepEqual(slice["ports"] ?? [], ports);
  if (!isSame) patch(site, slice, { endpoints, ports });
}

function endpointOf(pod: KubeObject): JsonObject {
  const { name, namespace = "", uid = "" } = pod.metadata;
  const ready = isReady(pod);
  return {
    addresses: [objectIn(pod.status)["podIP"] ?? ""],
    conditions: {
      ready,
      serving: ready,
      terminating: pod.metadata.deletionTimestamp !== undefined,
    },
    nodeName: NODE_NAME,
    targetRef: { kind: "Pod", name, namespace, uid },
  };
}

function portsOf({ spec }: KubeObject, pods: readonly KubeObject[]): Json[] {
  const ports = objectIn(spec)["ports"];
  return (Array.isArray(ports) ? ports.filter(isJsonObject) : []).map((port) => ({
    name: port["name"] ?? "",
    port: targetPort(port, pods) ?? port["port"] ?? 0,
    protocol: port["protocol"] ?? "TCP",
  }));
}

/** A named target is looked up in the pods. */
function targetPort(
  { targetPort: target }: JsonObject,
  pods: readonly KubeObject[],
): Json | undefined {
  if (typeof target === "number") return target;
  for (const pod of pods) {
    const containers = objectIn(pod.spec)["containers"];
    for (const container of Array.isArray(containers) ? containers : []) {
      const ports = objectIn(container)["ports"];
      const found = (Array.isArray(ports) ? ports : []).find(
        (port) => objectIn(port)["name"] === target,
      );
      if (found !== undefined) return objectIn(found)["containerPort"];
    }
  }
  return undefined;
}
