/** `serviceAccounts`: an identity for pods. */
import type { ChildKind } from "./child.ts";
import { imagePullSecrets, imagePullSecretsField } from "./container.ts";
import { object } from "./field.ts";
import { rankOf } from "./rank.ts";
import { readFields } from "./read.ts";

const fields = object({ imagePullSecrets: imagePullSecretsField });

export const serviceAccounts: ChildKind = {
  key: "serviceAccounts",
  apiVersion: "v1",
  kind: "ServiceAccount",
  plural: "serviceaccounts",
  namespaced: true,
  rank: rankOf("serviceAccounts"),
  fields,
  defaultName: (ownerName) => `${ownerName}-sa`,
  expand(raw) {
    return imagePullSecrets(readFields(raw, fields.fields));
  },
};
