/** Strategies of services and what routes to them. */
import type { KubeObject } from "../../schema/object.ts";
import { isJsonObject, type Json, type JsonObject } from "../../std/json.ts";
import { type FieldError, invalidValue, required } from "../api-error.ts";
import type { Site } from "../site.ts";
import type { Strategy } from "./strategy.ts";

export const NETWORK_STRATEGIES: Readonly<Record<string, Strategy>> = {
  "v1 Service": {
    names: "label",
    prepareCreate: newService,
    prepareUpdate: keepAddresses,
    validate: serviceErrors,
  },
  "networking.k8s.io/v1 Ingress": {
    hasGeneration: true,
    prepareCreate: withLoadBalancer,
    validate: ingressErrors,
  },
  "networking.k8s.io/v1 NetworkPolicy": { hasGeneration: true },
  "networking.k8s.io/v1 IngressClass": { hasGeneration: true },
};

/** The first addresses are kept for the cluster itself. */
const FIRST_ADDRESS = 11;
const FIRST_NODE_PORT = 30_000;
const NODE_PORTS = 2_768;

function newService(object: KubeObject, site: Site): KubeObject {
  const spec = isJsonObject(object.spec) ? object.spec : {};
  const filled = spec["type"] === "ExternalName" ? spec : addressed(spec, site);
  return { ...object, spec: filled, status: { loadBalancer: {} } };
}

function addressed(spec: JsonObject, site: Site): JsonObject {
  const clusterIP =
    typeof spec["clusterIP"] === "string" && spec["clusterIP"] !== ""
      ? spec["clusterIP"]
      : freeAddress(site);
  // Without a selector nobody knows the families of the endpoints: all are possible.
  const isFree = clusterIP === "None" && !isJsonObject(spec["selector"]);
  return {
    ...spec,
    clusterIP,
    clusterIPs: spec["clusterIPs"] ?? [clusterIP],
    ipFamilies: spec["ipFamilies"] ?? (isFree ? ["IPv4", "IPv6"] : ["IPv4"]),
    ipFamilyPolicy: spec["ipFamilyPolicy"] ?? (isFree ? "RequireDualStack" : "SingleStack"),
    ...(hasNodePorts(spec) && { ports: withNodePorts(spec["ports"], site) }),
  };
}

function hasNodePorts({ type, allocateLoadBalancerNodePorts: isWanted }: JsonObject): boolean {
  return type === "NodePort" || (type === "LoadBalancer" && isWanted !== false);
}

function freeAddress(site: Site): string {
  const taken = new Set(serviceSpecs(site).map((spec) => spec["clusterIP"]));
  for (let number = FIRST_ADDRESS; ; number++) {
    const address = `10.96.${number >> 8}.${number & 255}`;
    if (!taken.has(address)) return address;
  }
}

function withNodePorts(ports: Json | undefined, site: Site): Json {
  if (!Array.isArray(ports)) return [];
  const taken = new Set(
    serviceSpecs(site).flatMap((spec) =>
      Array.isArray(spec["ports"])
        ? spec["ports"].map((port) => (isJsonObject(port) ? port["nodePort"] : 0))
        : [],
    ),
  );
  let next = FIRST_NODE_PORT;
  return ports.map((port) => {
    if (!isJsonObject(port) || port["nodePort"]) return port;
    while (taken.has(next) && next < FIRST_NODE_PORT + NODE_PORTS) next++;
    return { ...port, nodePort: next++ };
  });
}

function serviceSpecs(site: Site): JsonObject[] {
  return site.store.list("services").map(({ spec }) => (isJsonObject(spec) ? spec : {}));
}

/** What the server chose stays when a client leaves it out. */
function keepAddresses(object: KubeObject, current: KubeObject): KubeObject {
  const before = isJsonObject(current.spec) ? current.spec : {};
  const spec = isJsonObject(object.spec) ? object.spec : {};
  const kept: Record<string, Json | undefined> = { ...spec };
  for (const field of ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"]) {
    if (spec["type"] !== "ExternalName" && !spec[field]) kept[field] = before[field];
  }
  return { ...object, spec: kept as JsonObject };
}

function serviceErrors(object: KubeObject, current: KubeObject | undefined): FieldError[] {
  const spec = isJsonObject(object.spec) ? object.spec : {};
  const ports = Array.isArray(spec["ports"]) ? spec["ports"].filter(isJsonObject) : [];
  const errors: FieldError[] = [];
  const needsPorts = spec["type"] !== "ExternalName" && spec["clusterIP"] !== "None";
  if (needsPorts && ports.length === 0) errors.push(required("spec.ports"));
  for (const [index, port] of ports.entries())
    errors.push(...portErrors(port, index, ports.length));
  const before = isJsonObject(current?.spec) ? current.spec["clusterIP"] : undefined;
  if (before && spec["clusterIP"] !== before && spec["type"] !== "ExternalName") {
    errors.push(invalidValue("spec.clusterIPs[0]", [spec["clusterIP"]], "may not change once set"));
  }
  return errors;
}

const PORT_MAX = 65_535;

function portErrors(port: JsonObject, index: number, count: number): FieldError[] {
  const field = `spec.ports[${index}]`;
  const errors: FieldError[] = [];
  if (count > 1 && !port["name"]) errors.push(required(`${field}.name`));
  const number = Number(port["port"] ?? 0);
  if (number < 1 || number > PORT_MAX) {
    errors.push(invalidValue(`${field}.port`, number, "must be between 1 and 65535, inclusive"));
  }
  return errors;
}

function withLoadBalancer(object: KubeObject): KubeObject {
  return { ...object, status: { loadBalancer: {} } };
}

function ingressErrors(object: KubeObject): FieldError[] {
  const spec = isJsonObject(object.spec) ? object.spec : {};
  const rules = Array.isArray(spec["rules"]) ? spec["rules"] : [];
  if (rules.length > 0 || isJsonObject(spec["defaultBackend"])) return [];
  return [invalidValue("spec", rules, "either `defaultBackend` or `rules` must be specified")];
}
