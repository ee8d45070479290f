/** `probes` of a workload → the three probes of its container. */
import { isJsonObject, type JsonObject } from "../../std/json.ts";
import { type FieldSpec, integer, object, portOrName, text } from "./field.ts";
import { ChildFieldError } from "./field-error.ts";

const timing: FieldSpec = { kind: "integer", min: 0 };
const probe: FieldSpec = {
  kind: "object",
  profile: "probes",
  besideProfile: ["type", "path", "port", "scheme", "host"],
  fields: {
    type: { kind: "text", choices: ["http", "tcp"] },
    path: text,
    port: portOrName,
    scheme: { kind: "text", choices: ["HTTP", "HTTPS"] },
    host: text,
    initialDelaySeconds: timing,
    periodSeconds: timing,
    timeoutSeconds: timing,
    failureThreshold: timing,
    successThreshold: timing,
    terminationGracePeriodSeconds: integer,
  },
};

export const probesField = object({ startup: probe, liveness: probe, readiness: probe });

const NAMES = ["startup", "liveness", "readiness"] as const;

/** `startupProbe`, `livenessProbe`, `readinessProbe`, those that are given. `port` is the entry's. */
export function probes(fields: JsonObject): JsonObject {
  const given = fields["probes"];
  if (!isJsonObject(given)) return {};
  const made = NAMES.flatMap((name) => {
    const own = given[name];
    return isJsonObject(own) ? [[`${name}Probe`, expandProbe(own, name, fields)]] : [];
  });
  return Object.fromEntries(made);
}

function expandProbe(own: JsonObject, name: string, fields: JsonObject): JsonObject {
  const { type = "http", path = "/", port = fields["port"], scheme, host, ...timings } = own;
  if (port === undefined) {
    const expected = "a port here or on the entry";
    throw new ChildFieldError(`probes.${name}.port`, undefined, expected);
  }
  const address = { port, ...(host !== undefined && { host }) };
  if (type === "tcp") return { tcpSocket: address, ...timings };
  return { httpGet: { path, ...address, ...(scheme !== undefined && { scheme }) }, ...timings };
}
