/** The kinds of all contract tests, Widget and Gadget: their CRDs, and how these come and go. */
import type { Cluster, CrdManifest } from "../support/cluster-client.ts";
import { eventually } from "../support/eventually.ts";

export const GROUP = "contract.orkestra.dev";

/** The kinds of all contract tests; each Katalog serves its own namespace. */
export const KINDS = {
  Widget: [`${GROUP}/v1`, "widgets"],
  Gadget: [`${GROUP}/v1`, "gadgets"],
} as const;

export type Kind = keyof typeof KINDS;

/** Installed once for all files of a run. */
let installed: Promise<unknown> | undefined;

export function installKinds(cluster: Cluster): Promise<unknown> {
  installed ??= Promise.all(
    (Object.keys(KINDS) as Kind[]).map((kind) => cluster.installCrd(crdOf(kind))),
  );
  return installed;
}

const GADGETS = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gadgets.${GROUP}`;

/** Takes the CRD of the Gadgets away, and waits until it is. Put it back in the same test. */
export async function removeGadgets(cluster: Cluster): Promise<void> {
  await cluster.json("DELETE", GADGETS);
  await eventually("the CRD is gone", async () => {
    return (await cluster.request("GET", GADGETS)).status === 404;
  });
}

export function installGadgets(cluster: Cluster): Promise<void> {
  return cluster.installCrd(crdOf("Gadget"));
}

export function crdOf(kind: Kind): CrdManifest {
  const [, plural] = KINDS[kind];
  const text = { type: "string" };
  const openAPIV3Schema = {
    type: "object",
    properties: {
      spec: {
        type: "object",
        properties: { text, items: { type: "array", items: text }, size: { type: "integer" } },
      },
      status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
    },
  };
  const definition = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: "Namespaced",
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema },
        },
      ],
    },
  } as const;
  return definition;
}
