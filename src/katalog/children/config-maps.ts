/** `configMaps`: a ConfigMap with text data. */
import type { ChildKind } from "./child.ts";
import { object, unsupported } from "./field.ts";
import { rankOf } from "./rank.ts";
import { readFields } from "./read.ts";
import { dataField, readData } from "./text-data.ts";

const fields = object({
  data: dataField,
  fromConfigMap: unsupported(),
  fromNamespace: unsupported(),
  toNamespaces: unsupported(),
});

export const configMaps: ChildKind = {
  key: "configMaps",
  apiVersion: "v1",
  kind: "ConfigMap",
  plural: "configmaps",
  namespaced: true,
  rank: rankOf("configMaps"),
  fields,
  defaultName: (ownerName) => `${ownerName}-config`,
  expand(raw) {
    const data = readData(readFields(raw, fields.fields)["data"]);
    return Object.keys(data).length > 0 ? { data } : {};
  },
};
