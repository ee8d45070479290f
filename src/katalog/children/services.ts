/** `services`: a Service with one port, in front of the CR's workload unless it says otherwise. */
import { isJsonObject, type Json, type JsonObject } from "../../std/json.ts";
import type { ChildKind, ExpandContext } from "./child.ts";
import { boolean, either, object, port, portOrName, protocol, textMap } from "./field.ts";
import { ChildFieldError } from "./field-error.ts";
import { rankOf } from "./rank.ts";
import { readFields } from "./read.ts";

const fields = object({
  type: { kind: "text", choices: ["ClusterIP", "NodePort", "LoadBalancer"] },
  headless: boolean,
  protocol,
  port,
  targetPort: portOrName,
  // `{matchLabels: {…}}` and the labels alone mean the same; told apart when read.
  selector: either({ kind: "json", shape: "object" }, textMap),
});

export const services: ChildKind = {
  key: "services",
  apiVersion: "v1",
  kind: "Service",
  plural: "services",
  namespaced: true,
  rank: rankOf("services"),
  fields,
  defaultName: (ownerName) => `${ownerName}-svc`,
  expand(raw, context) {
    const given = readFields(raw, fields.fields);
    const type = given["type"] ?? "ClusterIP";
    const isHeadless = given["headless"] === true;
    if (isHeadless && type !== "ClusterIP") {
      throw new ChildFieldError("headless", true, `a service of type "ClusterIP"`);
    }
    return {
      spec: {
        type,
        ...(isHeadless && { clusterIP: "None" }),
        ...selector(given, context),
        ...ports(given, isHeadless),
      },
    };
  },
};

/** Without a selector and without a workload nothing is selected: endpoints are someone else's. */
function selector(given: JsonObject, context: ExpandContext): JsonObject {
  const chosen = ownSelector(given["selector"]) ?? context.workloadSelector;
  return chosen === undefined ? {} : { selector: chosen };
}

function ownSelector(own: Json | undefined): Json | undefined {
  if (own === undefined) return undefined;
  const nested = isJsonObject(own) ? own["matchLabels"] : undefined;
  const flat = nested === undefined || typeof nested === "string" ? own : nested;
  return readFields({ labels: flat }, { labels: textMap })["labels"];
}

function ports(given: JsonObject, isHeadless: boolean): JsonObject {
  const number = given["port"];
  if (number === undefined) {
    if (isHeadless) return {};
    throw new ChildFieldError("port", undefined, "a whole number from 1 to 65535");
  }
  const one = {
    port: number,
    protocol: given["protocol"] ?? "TCP",
    targetPort: given["targetPort"] ?? number,
  };
  return { ports: [one] };
}
