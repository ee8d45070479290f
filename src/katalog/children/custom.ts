/** `custom`: an object of any kind, as it is. Types come from the schema of its kind, if known. */
import type { ChildKind } from "./child.ts";
import { boolean, type ObjectSpec, requiredText, text, textMap } from "./field.ts";
import { rankOf } from "./rank.ts";

const fields: ObjectSpec = {
  kind: "object",
  isOpen: true,
  fields: {
    apiVersion: requiredText,
    kind: requiredText,
    metadata: {
      kind: "object",
      isOpen: true,
      fields: {
        name: text,
        namespace: text,
        labels: textMap,
        annotations: textMap,
        namespaced: boolean,
      },
    },
    hasStatus: boolean,
  },
};

/** Keys of the entry that say what the object is, or how to treat it, and are not in its body. */
const NOT_BODY: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata", "hasStatus"]);

export const custom: ChildKind = {
  key: "custom",
  // The entry itself names them; discovery decides plural and scope.
  apiVersion: "",
  kind: "",
  plural: "",
  namespaced: true,
  rank: rankOf("custom"),
  fields,
  defaultName: () => "",
  expand(raw) {
    return Object.fromEntries(Object.entries(raw).filter(([key]) => !NOT_BODY.has(key)));
  },
};
