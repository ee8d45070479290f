/** Writes kubeconfig files (https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/). */

export type Credential =
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "certificate"; readonly certificate: string; readonly key: string };

export interface KubeconfigFacts {
  readonly server: string;
  /** PEM */
  readonly ca: string;
  readonly user: string;
  readonly namespace: string;
  readonly credential: Credential;
}

/** One cluster, one user, one context. JSON is YAML, and every reader of a kubeconfig takes it. */
export function kubeconfigText(facts: KubeconfigFacts): string {
  const { server, ca, user, namespace, credential } = facts;
  return `${JSON.stringify(
    {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "test", cluster: { server, "certificate-authority-data": base64(ca) } }],
      users: [{ name: user, user: userEntry(credential) }],
      contexts: [{ name: "test", context: { cluster: "test", user, namespace } }],
      "current-context": "test",
    },
    null,
    2,
  )}\n`;
}

function userEntry(credential: Credential): Record<string, string> {
  switch (credential.kind) {
    case "token":
      return { token: credential.token };
    case "certificate":
      return {
        "client-certificate-data": base64(credential.certificate),
        "client-key-data": base64(credential.key),
      };
    default:
      return credential satisfies never;
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
