/**
 * What the CRD does that misbehaves beside the one that is measured: an entry for the Katalog, and how
 * it begins. The faults themselves are those of the contract tests.
 */
import { join } from "node:path";
import { box } from "../contract/stage-katalog.ts";
import { GROUP, KINDS, removeGadgets } from "../contract/stage-kinds.ts";
import { faultyTemplate, TEMPLATE_FAULTS } from "../contract/template-faults.ts";
import type { Cluster, PolicyRule } from "../support/cluster-client.ts";
import { eventually } from "../support/eventually.ts";

export interface IsolationFault {
  /** Goes on from "while". */
  readonly what: string;
  /** Measured without `--full`, too: the worst of its class. */
  readonly isShort?: boolean;
  /** The entry of the CRD that misbehaves, `gadget`. */
  readonly entry: object;
  /** Before `ork` starts; what it returns is the kubeconfig that `ork` is given. */
  readonly prepare?: (ground: FaultGround) => Promise<string>;
  /** While `ork` runs; everything was calm until then. */
  readonly begin: (ground: FaultGround) => Promise<void>;
  /** `ork` is started again when it has begun. */
  readonly isFromStart?: boolean;
}

export interface FaultGround {
  readonly cluster: Cluster;
  /** Where the custom resources that misbehave are. */
  readonly namespace: string;
}

const MODULE = join(import.meta.dir, "../contract/fixtures/faults.ts");
/** As many as there are workers. */
const SOME = 10;
const MANY = 1_000;
const CREATED_AT_ONCE = 20;
const RESTRICTED = "restricted";
const SETTINGS = { workers: SOME, resync: "1s" };

const HOOK_FAULTS: Readonly<Record<string, string>> = {
  throw: "a hook throws",
  rejection: "a hook's promise is rejected",
  timer: "a timer throws that a hook left behind",
  overflow: "a hook overflows its stack",
  gigabyte: "a hook allocates 1 GB in pieces",
  block: "a hook allocates 1 GB in one block",
  list: "a hook fills a list of 800 MB",
  busy: "a hook keeps a core busy for 60 s",
  regex: "a hook tries a regular expression without end",
  never: "a hook's promise never settles",
};

const TEMPLATES: Readonly<Record<string, string>> = {
  recursion: "a template calls itself without end",
  steps: "a template takes millions of steps",
  output: "a template writes without bounds",
};

const SHORT: readonly string[] = ["busy", "gigabyte", "steps"];

export const ISOLATION_FAULTS: readonly IsolationFault[] = [
  ...Object.entries(HOOK_FAULTS).map(([text, what]) => ({
    what,
    isShort: SHORT.includes(text),
    entry: box("Gadget", {
      reconcile: { ...SETTINGS, hooks: { module: MODULE, timeout: "2s" } },
    }),
    begin: (ground: FaultGround) => createGadgets(ground, SOME, { text }),
  })),
  ...Object.entries(TEMPLATES).map(([text, what]) => ({
    what,
    isShort: SHORT.includes(text),
    entry: templateEntry(),
    begin: (ground: FaultGround) =>
      createGadgets(ground, SOME, { text, items: TEMPLATE_FAULTS[text]?.items ?? [] }),
  })),
  {
    what: `${MANY} custom resources of another CRD always fail`,
    isShort: true,
    entry: templateEntry(),
    async begin(ground) {
      await createGadgets(ground, MANY, { text: "range" });
      await untilAllTold(ground);
    },
  },
  {
    what: "the right to another CRD is taken away",
    isShort: true,
    entry: templateEntry(),
    prepare: ({ cluster, namespace }) =>
      cluster.serviceAccount({ name: RESTRICTED, namespace, clusterRules: rights(true) }),
    begin: takeRights,
  },
  {
    what: "another CRD may not be read from the start",
    entry: templateEntry(),
    prepare: ({ cluster, namespace }) =>
      cluster.serviceAccount({ name: RESTRICTED, namespace, clusterRules: rights(true) }),
    begin: takeRights,
    isFromStart: true,
  },
  {
    what: "another CRD is removed",
    isShort: true,
    entry: templateEntry(),
    begin: ({ cluster }) => removeGadgets(cluster),
  },
  {
    what: "another CRD is missing from the start",
    entry: { ...templateEntry(), crdFile: undefined, apiTypes: apiTypes() },
    begin: ({ cluster }) => removeGadgets(cluster),
    isFromStart: true,
  },
  {
    what: "the aggregated API of another kind is dead",
    isShort: true,
    entry: templateEntry(),
    begin: killApi,
  },
];

/** Makes a ConfigMap, by a template that does what the text of its custom resource says. */
function templateEntry(): object {
  const configMaps = [{ name: "{{ .metadata.name }}", data: { text: faultyTemplate() } }];
  return box("Gadget", { reconcile: { ...SETTINGS, onReconcile: { configMaps } } });
}

/** Instead of a file with the definition, which `ork` would install. */
function apiTypes(): object {
  const [apiVersion, plural] = KINDS.Gadget;
  return { group: GROUP, version: apiVersion.replace(`${GROUP}/`, ""), kind: "Gadget", plural };
}

/** What `ork` needs for the job of the benchmark, with or without the Gadgets. */
function rights(hasGadgets: boolean): PolicyRule[] {
  const verbs = ["*"];
  const own = ["bench.orkestra.dev", "", "apps", "events.k8s.io", "coordination.k8s.io"];
  return [
    { apiGroups: hasGadgets ? [...own, GROUP] : own, resources: ["*"], verbs },
    { apiGroups: ["apiextensions.k8s.io"], resources: ["customresourcedefinitions"], verbs },
  ];
}

async function takeRights(ground: FaultGround): Promise<void> {
  const { cluster, namespace } = ground;
  const name = `${namespace}-${RESTRICTED}`;
  await cluster.json("PATCH", `/apis/rbac.authorization.k8s.io/v1/clusterroles/${name}`, {
    body: { rules: rights(false) },
    contentType: "application/merge-patch+json",
  });
  // Told by the watch that is still open.
  await createGadgets(ground, SOME, { text: "calm" });
}

/** The server passes requests for Gadgets on to a Service that is not there: each answers 503. */
async function killApi(ground: FaultGround): Promise<void> {
  const { cluster, namespace } = ground;
  await createGadgets(ground, SOME, { text: "calm" });
  const path = `/apis/apiregistration.k8s.io/v1/apiservices/v1.${GROUP}`;
  await cluster.json("PATCH", path, {
    body: {
      metadata: { labels: { "kube-aggregator.kubernetes.io/automanaged": null } },
      spec: { service: { namespace, name: "nobody" }, insecureSkipTLSVerify: true },
    },
    contentType: "application/merge-patch+json",
  });
}

/** Each has failed and says so: from here on they fail again and again, and there is nothing to write. */
async function untilAllTold({ cluster, namespace }: FaultGround): Promise<void> {
  const path = gadgetsPath(namespace);
  await eventually(
    "all custom resources have failed",
    async () => {
      const { items } = await cluster.json<{ items: { status?: object }[] }>("GET", path);
      return items.every(({ status }) => status !== undefined);
    },
    { timeoutMs: 120_000, everyMs: 1_000 },
  );
}

function gadgetsPath(namespace: string): string {
  const [apiVersion, plural] = KINDS.Gadget;
  return `/apis/${apiVersion}/namespaces/${namespace}/${plural}`;
}

async function createGadgets(
  { cluster, namespace }: FaultGround,
  count: number,
  spec: object,
): Promise<void> {
  const [apiVersion] = KINDS.Gadget;
  const path = gadgetsPath(namespace);
  const left = Array.from({ length: count }, (_, index) => `gadget-${index}`);
  const createSome = async () => {
    for (let name = left.pop(); name !== undefined; name = left.pop()) {
      const body = { apiVersion, kind: "Gadget", metadata: { name }, spec };
      await cluster.json("POST", path, { body });
    }
  };
  await Promise.all(Array.from({ length: CREATED_AT_ONCE }, createSome));
}
