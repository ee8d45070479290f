/** Columns of configuration, services, access rules, storage and cluster objects. */
import type { KubeObject } from "../../schema/object.ts";
import { isJsonObject, type Json, type JsonObject } from "../../std/json.ts";
import { objectIn } from "../kinds/strategies-workload.ts";
import {
  age,
  type Column,
  column,
  createdAt,
  INTEGER,
  itemsOf,
  nameColumn,
  printLabels,
  printSelector,
  WIDE,
} from "./column.ts";
import { ageOf } from "./duration.ts";

const spec = (object: KubeObject): JsonObject => objectIn(object.spec);
const status = (object: KubeObject): JsonObject => objectIn(object.status);
const text = (value: Json | undefined, missing = ""): string =>
  value === undefined || value === null ? missing : String(value);
const size = (value: unknown): number => (isJsonObject(value) ? Object.keys(value).length : 0);

const EVENT: readonly Column[] = [
  column("Last Seen", (event, now) => {
    const last = event["lastTimestamp"] ?? event["deprecatedLastTimestamp"] ?? event["eventTime"];
    return ageOf(last, now);
  }),
  column("Type", (event) => text(event["type"] as Json)),
  column("Reason", (event) => text(event["reason"] as Json)),
  column("Object", (event) => {
    const { kind = "", name = "" } = eventSubject(event);
    return name === "" ? String(kind).toLowerCase() : `${String(kind).toLowerCase()}/${name}`;
  }),
  column("Subobject", (event) => text(eventSubject(event)["fieldPath"]), WIDE),
  column("Source", (event) => eventSource(event), WIDE),
  column("Message", (event) => text((event["message"] ?? event["note"]) as Json).trim()),
  column(
    "First Seen",
    (event, now) => {
      const first =
        event["firstTimestamp"] ?? event["deprecatedFirstTimestamp"] ?? event["eventTime"];
      return ageOf(first, now);
    },
    WIDE,
  ),
  column("Count", (event) => Number(event["count"] ?? event["deprecatedCount"] ?? 1), WIDE),
  column("Name", ({ metadata }) => metadata.name, { ...WIDE, format: "name" }),
];

function eventSubject(event: KubeObject): JsonObject {
  return objectIn((event["involvedObject"] ?? event["regarding"]) as Json);
}

function eventSource(event: KubeObject): string {
  const { component, host } = objectIn((event["source"] ?? event["deprecatedSource"]) as Json);
  const reporter = text((event["reportingComponent"] ?? event["reportingController"]) as Json);
  return [text(component) || reporter, text(host)].filter((part) => part !== "").join(", ");
}

const BINDING: readonly Column[] = [
  nameColumn,
  column("Role", (binding) => {
    const { kind, name } = objectIn(binding["roleRef"] as Json);
    return `${kind}/${name}`;
  }),
  age,
  column("Users", (binding) => subjects(binding, "User"), WIDE),
  column("Groups", (binding) => subjects(binding, "Group"), WIDE),
  column("ServiceAccounts", (binding) => subjects(binding, "ServiceAccount"), WIDE),
];

function subjects(binding: KubeObject, kind: string): string {
  return itemsOf(binding["subjects"] as Json)
    .filter((subject) => subject["kind"] === kind)
    .map(({ namespace, name }) => (kind === "ServiceAccount" ? `${namespace}/${name}` : text(name)))
    .join(", ");
}

export const CONFIG_COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  "v1 ConfigMap": [
    nameColumn,
    column("Data", (one) => size(one["data"]) + size(one["binaryData"])),
    age,
  ],
  "v1 Secret": [
    nameColumn,
    column("Type", (one) => text(one["type"] as Json)),
    column("Data", (one) => size(one["data"])),
    age,
  ],
  "v1 ServiceAccount": [nameColumn, age],
  "v1 Namespace": [nameColumn, column("Status", (one) => text(status(one)["phase"])), age],
  "v1 LimitRange": [nameColumn, createdAt],
  "v1 ResourceQuota": [
    nameColumn,
    column("Request", (one) => quota(one, (key) => !key.startsWith("limits."))),
    column("Limit", (one) => quota(one, (key) => key.startsWith("limits."))),
    age,
  ],
  "v1 Event": EVENT,
  "events.k8s.io/v1 Event": EVENT,
  "v1 Node": [
    nameColumn,
    column("Status", nodeStatus),
    column("Roles", nodeRoles),
    age,
    column("Version", (one) => text(objectIn(status(one)["nodeInfo"])["kubeletVersion"])),
    column("Internal-IP", (one) => address(one, "InternalIP"), WIDE),
    column("External-IP", (one) => address(one, "ExternalIP"), WIDE),
    column("OS-Image", (one) => nodeInfo(one, "osImage"), WIDE),
    column("Kernel-Version", (one) => nodeInfo(one, "kernelVersion"), WIDE),
    column("Container-Runtime", (one) => nodeInfo(one, "containerRuntimeVersion"), WIDE),
  ],
  "v1 Service": [
    nameColumn,
    column("Type", (one) => text(spec(one)["type"])),
    column("Cluster-IP", (one) => text(spec(one)["clusterIP"], "<none>")),
    column("External-IP", externalAddress),
    column("Port(s)", servicePorts),
    age,
    column("Selector", (one) => printLabels(spec(one)["selector"]), WIDE),
  ],
  "v1 Endpoints": [nameColumn, column("Endpoints", () => "<none>"), age],
  "v1 PersistentVolumeClaim": [
    nameColumn,
    column("Status", (one) => text(status(one)["phase"])),
    column("Volume", (one) => text(spec(one)["volumeName"])),
    column("Capacity", (one) => text(objectIn(status(one)["capacity"])["storage"])),
    column("Access Modes", (one) => accessModes(status(one)["accessModes"])),
    column("StorageClass", (one) => text(spec(one)["storageClassName"])),
    column("VolumeAttributesClass", (one) =>
      text(spec(one)["volumeAttributesClassName"], "<unset>"),
    ),
    age,
    column("VolumeMode", (one) => text(spec(one)["volumeMode"], "<unset>"), WIDE),
  ],
  "networking.k8s.io/v1 Ingress": [
    nameColumn,
    column("Class", (one) => text(spec(one)["ingressClassName"], "<none>")),
    column("Hosts", ingressHosts),
    column("Address", (one) =>
      itemsOf(objectIn(status(one)["loadBalancer"])["ingress"])
        .map(({ ip, hostname }) => text(ip ?? hostname))
        .join(","),
    ),
    column("Ports", (one) => (itemsOf(spec(one)["tls"]).length > 0 ? "80, 443" : "80")),
    age,
  ],
  "networking.k8s.io/v1 NetworkPolicy": [
    nameColumn,
    column("Pod-Selector", (one) => printSelector(spec(one)["podSelector"])),
    age,
  ],
  "networking.k8s.io/v1 IngressClass": [
    nameColumn,
    column("Controller", (one) => text(spec(one)["controller"])),
    column("Parameters", (one) => {
      const { kind, apiGroup, name } = objectIn(spec(one)["parameters"]);
      return kind === undefined ? "<none>" : `${kind}${apiGroup ? `.${apiGroup}` : ""}/${name}`;
    }),
    age,
  ],
  "rbac.authorization.k8s.io/v1 Role": [nameColumn, createdAt],
  "rbac.authorization.k8s.io/v1 ClusterRole": [nameColumn, createdAt],
  "rbac.authorization.k8s.io/v1 RoleBinding": BINDING,
  "rbac.authorization.k8s.io/v1 ClusterRoleBinding": BINDING,
  "coordination.k8s.io/v1 Lease": [
    nameColumn,
    column("Holder", (one) => text(spec(one)["holderIdentity"])),
    age,
  ],
  "discovery.k8s.io/v1 EndpointSlice": [
    nameColumn,
    column("AddressType", (one) => text(one["addressType"] as Json)),
    column("Ports", (one) =>
      limited(
        itemsOf(one["ports"] as Json).map(({ port }) => text(port, "*")),
        "<unset>",
      ),
    ),
    column("Endpoints", (one) =>
      limited(
        itemsOf(one["endpoints"] as Json).flatMap(({ addresses }) =>
          Array.isArray(addresses) ? addresses.map(String) : [],
        ),
        "<unset>",
      ),
    ),
    age,
  ],
  "policy/v1 PodDisruptionBudget": [
    nameColumn,
    column("Min Available", (one) => text(spec(one)["minAvailable"], "N/A")),
    column("Max Unavailable", (one) => text(spec(one)["maxUnavailable"], "N/A")),
    column("Allowed Disruptions", (one) => Number(status(one)["disruptionsAllowed"] ?? 0), INTEGER),
    age,
  ],
};

function quota(object: KubeObject, isWanted: (key: string) => boolean): string {
  const { hard, used } = status(object);
  const limits = objectIn(hard);
  return Object.keys(limits)
    .filter(isWanted)
    .sort()
    .map((key) => `${key}: ${text(objectIn(used)[key], "0")}/${text(limits[key])}`)
    .join(", ");
}

function nodeStatus(node: KubeObject): string {
  const ready = itemsOf(status(node)["conditions"]).find(({ type }) => type === "Ready");
  const state = ready === undefined ? "Unknown" : ready["status"] === "True" ? "Ready" : "NotReady";
  return spec(node)["unschedulable"] === true ? `${state},SchedulingDisabled` : state;
}

const ROLE_PREFIX = "node-role.kubernetes.io/";

function nodeRoles({ metadata }: KubeObject): string {
  const roles = Object.keys(metadata.labels ?? {}).filter((key) => key.startsWith(ROLE_PREFIX));
  return (
    roles
      .map((key) => key.slice(ROLE_PREFIX.length))
      .sort()
      .join(",") || "<none>"
  );
}

function nodeInfo(node: KubeObject, field: string): string {
  return text(objectIn(status(node)["nodeInfo"])[field]) || "<unknown>";
}

function address(node: KubeObject, wanted: string): string {
  const found = itemsOf(status(node)["addresses"]).find(({ type }) => type === wanted);
  return text(found?.["address"], "<none>");
}

function externalAddress(service: KubeObject): string {
  const { type, externalName, externalIPs } = spec(service);
  const own = Array.isArray(externalIPs) ? externalIPs.map(String) : [];
  if (type === "ExternalName") return text(externalName);
  if (type !== "LoadBalancer") return own.join(",") || "<none>";
  const given = itemsOf(objectIn(status(service)["loadBalancer"])["ingress"]).map(
    ({ ip, hostname }) => text(ip ?? hostname),
  );
  return [...given, ...own].join(",") || "<pending>";
}

function servicePorts(service: KubeObject): string {
  const ports = itemsOf(spec(service)["ports"]).map(({ port, nodePort, protocol }) =>
    nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`,
  );
  return ports.join(",") || "<none>";
}

const MODES: Readonly<Record<string, string>> = {
  ReadWriteOnce: "RWO",
  ReadOnlyMany: "ROX",
  ReadWriteMany: "RWX",
  ReadWriteOncePod: "RWOP",
};

function accessModes(modes: Json | undefined): string {
  return Array.isArray(modes)
    ? modes.map((mode) => MODES[String(mode)] ?? String(mode)).join(",")
    : "";
}

function ingressHosts(ingress: KubeObject): string {
  const hosts = itemsOf(spec(ingress)["rules"]).map(({ host }) => text(host, "*"));
  const unique = [...new Set(hosts)];
  return limited(unique, "*");
}

const SHOWN = 3;

/** The first three, then how many more. */
function limited(texts: readonly string[], missing: string): string {
  if (texts.length === 0) return missing;
  const shown = texts.slice(0, SHOWN).join(",");
  return texts.length > SHOWN ? `${shown} + ${texts.length - SHOWN} more...` : shown;
}
