/** `deployments`: a Deployment of one container. */
import { isJsonObject, type JsonObject } from "../../std/json.ts";
import type { ChildKind, ExpandContext } from "./child.ts";
import {
  container,
  containerFields,
  imagePullSecrets,
  imagePullSecretsField,
  pick,
} from "./container.ts";
import {
  listOf,
  type ObjectSpec,
  object,
  port,
  portOrName,
  protocol,
  text,
  textMap,
  unsupported,
} from "./field.ts";
import { probes, probesField } from "./probes.ts";
import { rankOf } from "./rank.ts";
import { readFields } from "./read.ts";

const amounts = { kind: "map", values: text } as const;

const fields: ObjectSpec = object({
  ...containerFields,
  imagePullSecrets: imagePullSecretsField,
  replicas: { kind: "integer", min: 0 },
  port,
  protocol,
  resources: {
    kind: "object",
    profile: "resources",
    fields: { requests: amounts, limits: amounts },
  },
  nodeSelector: textMap,
  serviceAccountName: text,
  workingDirectory: text,
  probes: probesField,
  securityContext: { kind: "object", profile: "containerSecurity", fields: {}, isOpen: true },
  podSecurity: { kind: "object", profile: "podSecurity", fields: {}, isOpen: true },
  rollingUpdate: {
    kind: "object",
    profile: "rollingUpdate",
    fields: { maxSurge: portOrName, maxUnavailable: portOrName },
  },
  volumes: listOf({ kind: "json", shape: "object" }),
  volumeMounts: listOf({ kind: "json", shape: "object" }),
  autoscale: unsupported(),
});

export const deployments: ChildKind = {
  key: "deployments",
  apiVersion: "apps/v1",
  kind: "Deployment",
  plural: "deployments",
  namespaced: true,
  rank: rankOf("deployments"),
  fields,
  defaultName: (ownerName) => `${ownerName}-deployment`,
  expand(raw, context) {
    const given = readFields(raw, fields.fields);
    const { rollingUpdate } = given;
    return {
      spec: {
        // The server's own default is 1. Left out, nobody here owns it: an autoscaler may set it.
        ...pick(given, ["replicas"]),
        selector: { matchLabels: context.selectorLabels },
        ...(rollingUpdate !== undefined && { strategy: { type: "RollingUpdate", rollingUpdate } }),
        template: {
          metadata: { labels: { ...context.podLabels, ...context.selectorLabels } },
          spec: podSpec(given, context),
        },
      },
    };
  },
};

function podSpec(given: JsonObject, context: ExpandContext): JsonObject {
  return {
    ...pick(given, ["serviceAccountName", "nodeSelector", "volumes"]),
    ...imagePullSecrets(given),
    ...(isJsonObject(given["podSecurity"]) && { securityContext: given["podSecurity"] }),
    containers: [
      {
        ...container(given, context),
        ...ports(given),
        ...probes(given),
        ...pick(given, ["resources", "securityContext", "volumeMounts"]),
        ...(given["workingDirectory"] !== undefined && { workingDir: given["workingDirectory"] }),
      },
    ],
  };
}

function ports(given: JsonObject): JsonObject {
  if (given["port"] === undefined) return {};
  return { ports: [{ containerPort: given["port"], protocol: given["protocol"] ?? "TCP" }] };
}
