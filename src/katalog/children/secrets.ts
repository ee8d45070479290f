/** `secrets`: a Secret whose data is given as plain text and encoded here. */
import { Buffer } from "node:buffer";
import type { ChildKind } from "./child.ts";
import { boolean, object, text, unsupported } from "./field.ts";
import { rankOf } from "./rank.ts";
import { readFields } from "./read.ts";
import { dataField, readData } from "./text-data.ts";

const fields = object({
  type: text,
  data: dataField,
  /** Made once and kept: the caller never updates it, so that generated values stay. */
  once: boolean,
  rotateAfter: {
    kind: "unsupported",
    say: "this build does not support it yet",
    allowed: ["never"],
  },
  fromSecret: unsupported(),
  fromNamespace: unsupported(),
  toNamespaces: unsupported(),
  tls: unsupported(),
});

export const secrets: ChildKind = {
  key: "secrets",
  apiVersion: "v1",
  kind: "Secret",
  plural: "secrets",
  namespaced: true,
  rank: rankOf("secrets"),
  fields,
  defaultName: (ownerName) => `${ownerName}-secret`,
  expand(raw) {
    const given = readFields(raw, fields.fields);
    const encoded = Object.entries(readData(given["data"])).map(([key, value]) => [
      key,
      Buffer.from(value, "utf8").toString("base64"),
    ]);
    return {
      type: given["type"] ?? "Opaque",
      ...(encoded.length > 0 && { data: Object.fromEntries(encoded) }),
    };
  },
};
