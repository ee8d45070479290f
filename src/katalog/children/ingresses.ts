/** `ingresses`: one host and path in front of one Service. */
import { isJsonObject, type JsonObject } from "../../std/json.ts";
import type { ChildKind, ExpandContext } from "./child.ts";
import { object, portOrName, text, textList, unsupported } from "./field.ts";
import { ChildFieldError } from "./field-error.ts";
import { rankOf } from "./rank.ts";
import { readFields } from "./read.ts";
import { services } from "./services.ts";

const GENERATION = "this build does not make certificates yet: name an existing Secret";

const fields = object({
  host: text,
  serviceName: text,
  servicePort: portOrName,
  path: text,
  pathType: { kind: "text", choices: ["Prefix", "Exact", "ImplementationSpecific"] },
  className: text,
  tls: object({
    create: { kind: "unsupported", say: GENERATION, allowed: ["false"] },
    secretName: text,
    hosts: textList,
    validFor: unsupported(GENERATION),
  }),
});

export const ingresses: ChildKind = {
  key: "ingresses",
  apiVersion: "networking.k8s.io/v1",
  kind: "Ingress",
  plural: "ingresses",
  namespaced: true,
  rank: rankOf("ingresses"),
  fields,
  defaultName: (ownerName) => `${ownerName}-ingress`,
  expand(raw, context) {
    const given = readFields(raw, fields.fields);
    const { host, className } = given;
    const path = {
      path: given["path"] ?? "/",
      pathType: given["pathType"] ?? "Prefix",
      backend: { service: backend(given, context) },
    };
    return {
      spec: {
        ...(className !== undefined && { ingressClassName: className }),
        rules: [{ ...(host !== undefined && { host }), http: { paths: [path] } }],
        ...tls(given),
      },
    };
  },
};

/** The CR's Service by its default name, on port 80, unless the entry says otherwise. */
function backend(given: JsonObject, context: ExpandContext): JsonObject {
  const port = given["servicePort"] ?? 80;
  return {
    name: given["serviceName"] ?? services.defaultName(context.ownerName),
    port: typeof port === "number" ? { number: port } : { name: port },
  };
}

function tls(given: JsonObject): JsonObject {
  const own = given["tls"];
  if (!isJsonObject(own)) return {};
  const { secretName } = own;
  const hosts = own["hosts"] ?? (given["host"] === undefined ? undefined : [given["host"]]);
  if (secretName === undefined) {
    throw new ChildFieldError("tls.secretName", undefined, "the name of a Secret");
  }
  return { tls: [{ ...(hosts !== undefined && { hosts }), secretName }] };
}
