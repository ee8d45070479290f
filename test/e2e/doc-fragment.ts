/**
 * Fragments of a Katalog, as a reference shows them, completed to a whole one, so that `ork validate`
 * can judge them: the block that holds the fragment's keys is found, and what is around it is made up.
 */

type Data = Readonly<Record<string, unknown>>;

/** From the outside in: which keys stand in a block, and how the block is wrapped. */
const BLOCKS: readonly {
  readonly keys: readonly string[];
  readonly wrap: (inner: Data) => Data;
}[] = [
  {
    keys: ["spec"],
    wrap: (inner) => ({
      apiVersion: "orkestra.orkspace.io/v1",
      kind: "Katalog",
      metadata: { name: "fragment" },
      ...inner,
    }),
  },
  { keys: ["crds"], wrap: (inner) => ({ spec: inner }) },
  {
    keys: ["operatorBox", "apiTypes", "dependsOn", "labels", "namespace", "labelSelector"],
    wrap: (inner) => ({ crds: { website: { apiTypes: TYPES, ...inner } } }),
  },
  {
    keys: ["reconcile", "emit", "runtime"],
    wrap: (inner) => ({ operatorBox: inner }),
  },
  {
    keys: [
      "onCreate",
      "onReconcile",
      "onDelete",
      "normalize",
      "requeue",
      "workers",
      "resync",
      "queue",
    ],
    wrap: (inner) => ({ reconcile: inner }),
  },
  { keys: ["status"], wrap: (inner) => ({ emit: inner }) },
  { keys: ["fields", "conditions"], wrap: (inner) => ({ status: inner }) },
  {
    keys: [
      "deployments",
      "services",
      "configMaps",
      "secrets",
      "serviceAccounts",
      "ingresses",
      "jobs",
      "custom",
    ],
    wrap: (inner) => ({ onReconcile: inner }),
  },
  { keys: ["when", "or"], wrap: (inner) => ({ configMaps: [{ name: "fragment", ...inner }] }) },
];

const TYPES: Data = {
  group: "demo.orkestra.dev",
  version: "v1",
  kind: "Website",
  plural: "websites",
};

/** The whole Katalog around a fragment; `undefined` for data that is none. */
export function completeKatalog(fragment: unknown): Data | undefined {
  if (typeof fragment !== "object" || fragment === null || Array.isArray(fragment))
    return undefined;
  let data = fragment as Data;
  const { spec } = data;
  // The `spec` of some Kubernetes object.
  if (typeof spec === "object" && spec !== null && !("crds" in spec)) return undefined;
  if (Object.keys(data).length === 0) return undefined;
  if (data["apiVersion"] !== undefined) return undefined;
  let isKnown = false;
  // A wrapped block is found again one level further out.
  for (let depth = 0; depth < BLOCKS.length; depth++) {
    const keys = Object.keys(data);
    const block = BLOCKS.find(({ keys: known }) => keys.every((key) => known.includes(key)));
    if (!block) break;
    isKnown = true;
    data = block.wrap(data);
    if (data["apiVersion"] !== undefined) return data;
  }
  return isKnown ? data : undefined;
}
