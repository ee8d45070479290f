/** `ork get`: the custom resources of a Katalog with their readiness and children, as a tree. */
import { isOwnedBy } from "../../apply/inventory.ts";
import { readinessOf } from "../../apply/readiness.ts";
import { isCalled } from "../../katalog/crd-names.ts";
import type { ResolvedCrd } from "../../katalog/resolved.ts";
import type { ApiResource } from "../../kube/api-resource.ts";
import type { ObjectList } from "../../kube/client.ts";
import { isForbidden } from "../../kube/error.ts";
import { MANAGED_LABEL } from "../../kube/marks.ts";
import { otherManager } from "../../reconcile/marks.ts";
import { type ChildKindReference, compileProgram } from "../../reconcile/program.ts";
import { findPrimaryType } from "../../runtime/primary-type.ts";
import { type KubeObject, parseApiVersion, type ResourceType } from "../../schema/object.ts";
import { storedReady } from "../../status/stored-ready.ts";
import type { Json } from "../../std/json.ts";
import { mapParallel } from "../../std/parallel.ts";
import { suggest } from "../../std/suggest.ts";
import { stringifyYaml } from "../../std/yaml.ts";
import { createMetrics } from "../../telemetry/metrics.ts";
import { createKatalogDialect } from "../../template/katalog-dialect.ts";
import { type Cluster, openCluster } from "../connect.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { type Io, painter } from "../io.ts";
import { type Failure, failureOf } from "../json-failure.ts";
import { resolveOrReport } from "../resolve-files.ts";
import type { CommandInput } from "../spec.ts";
import { withTold } from "../told-children.ts";
import { renderTree, type TreeEntry } from "../tree.ts";
import { OperationalError, UsageError } from "../usage-error.ts";

const PAGE = 500;

export async function execute(input: CommandInput): Promise<ExitCode> {
  const { args, flags, io } = input;
  const [crdName, name] = readTarget(args);
  const resolved = await resolveOrReport(flags, io);
  if (typeof resolved === "number") return resolved;
  const crds = chooseCrds(resolved.katalog.crds, crdName);
  using cluster = await openCluster({ flags, io, metrics: createMetrics() });
  const namespace = flags.isOn("all-namespaces") ? undefined : cluster.connection.namespace;
  const looks = await mapParallel(crds, 4, (crd) =>
    lookOrExplain(cluster, { crd, namespace, name, signal: io.signal }),
  );
  const entries = looks.flatMap((each) => each.entries);
  const failures = looks.flatMap((each) => each.failure ?? []);
  if (failures.length === 0 || failures.length < crds.length) {
    if (name !== undefined && entries.length + failures.length === 0) {
      throw new OperationalError(`No ${crdName} "${name}" in ${placeOf(namespace)}`);
    }
    show(entries, { namespace, format: flags.text("output") ?? "tree", io });
  }
  for (const failure of failures) tell(failure, io);
  return failures.length > 0 ? EXIT.operational : EXIT.ok;
}

interface ShowOptions {
  readonly namespace: string | undefined;
  readonly format: string;
  readonly io: Io;
}

function show(entries: readonly TreeEntry[], { namespace, format, io }: ShowOptions): void {
  const text = render(entries, format, io);
  if (text) io.print(text);
  else {
    const hint = namespace === undefined ? "" : "; -A looks in all namespaces";
    io.note(`No custom resources of this Katalog in ${placeOf(namespace)}${hint}`);
  }
}

/** On standard error, as what ends a command, and among the data of `-o json` where there is no other. */
function tell(failure: Failure, io: Io): void {
  io.note(`${painter(io.hasColor.stderr)("red", "error:")} ${failure.message}`);
  if (failure.hint !== undefined) io.note(`  ${failure.hint}`);
  io.reportIssues?.([failure]);
}

/** `queue orders` and `queue/orders` are the same. */
function readTarget(args: readonly string[]): readonly (string | undefined)[] {
  const words = args.flatMap((arg) => arg.split("/"));
  if (words.length <= 2 && !words.includes("")) return words;
  throw new UsageError(
    `Cannot look for "${args.join(" ")}": expected a kind and a name, as in website/hello`,
  );
}

function placeOf(namespace: string | undefined): string {
  return namespace === undefined ? "any namespace" : `namespace "${namespace}"`;
}

function chooseCrds(all: readonly ResolvedCrd[], name: string | undefined): readonly ResolvedCrd[] {
  const enabled = all.filter(({ isEnabled }) => isEnabled);
  if (name === undefined) return enabled;
  const chosen = enabled.filter((crd) => isCalled(crd, name));
  if (chosen.length > 0) return chosen;
  const disabled = all.find((crd) => !crd.isEnabled && isCalled(crd, name));
  if (disabled) {
    throw new OperationalError(
      `The entry "${disabled.name}" is disabled: nobody serves its custom resources`,
    );
  }
  const known = enabled.map((crd) => crd.name);
  const near = suggest(name, known);
  throw new UsageError(
    `The Katalog declares no "${name}", ${near ? `did you mean "${near}"?` : `expected one of: ${known.join(", ")}`}`,
  );
}

interface Look {
  readonly crd: ResolvedCrd;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly signal: AbortSignal;
}

interface Looked {
  readonly entries: readonly TreeEntry[];
  readonly failure?: Failure;
}

/** What is in the way of one entry alone does not hide the others. */
async function lookOrExplain(cluster: Cluster, options: Look): Promise<Looked> {
  try {
    return { entries: await look(cluster, options) };
  } catch (error) {
    const isOwn = error instanceof OperationalError || isForbidden(error);
    if (!isOwn || options.signal.aborted) throw error;
    return { entries: [], failure: failureOf(error, undefined) };
  }
}

async function look(
  cluster: Cluster,
  { crd, namespace, name, signal }: Look,
): Promise<TreeEntry[]> {
  const type = await findPrimaryType(crd, cluster.discovery, signal);
  if (!type) throw new OperationalError(unserved(crd));
  const scope = type.namespaced && namespace !== undefined ? { namespace } : {};
  const nameOnly = name === undefined ? {} : { fieldSelector: `metadata.name=${name}` };
  const owners = await listAll(cluster, type, { ...scope, ...nameOnly, signal });
  const kinds = childKindsOf(crd);
  const children = await listChildren(cluster, kinds, { ...scope, signal });
  return owners.map((object) => {
    const own = children
      .filter((child) => isOwnedBy(child, object.metadata.uid ?? ""))
      .map((child) => ({ object: child, readiness: readinessOf(child) }));
    return {
      object,
      readiness: ownReadiness(object, crd, type),
      children: withTold(own, object, kinds),
    };
  });
}

/** Who brings the CRD depends on whether the entry has one. */
function unserved({ name, type: { group, version, kind }, crd }: ResolvedCrd): string {
  const wayOut = crd
    ? 'apply its CRD, or start "ork run" once outside the cluster'
    : "apply its CRD, or name it as crdFile";
  return `The cluster serves no ${kind}.${version}.${group || "core"}, the kind of the entry "${name}": ${wayOut}`;
}

interface ListScope {
  readonly namespace?: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
  readonly signal: AbortSignal;
}

async function listAll(cluster: Cluster, type: ResourceType, scope: ListScope) {
  const items: KubeObject[] = [];
  let continueToken: string | undefined;
  do {
    const page: ObjectList = await cluster.client.list(type, {
      ...scope,
      limit: PAGE,
      ...(continueToken !== undefined && { continueToken }),
    });
    for (const item of page.items) items.push(item);
    continueToken = page.continueToken;
  } while (continueToken !== undefined);
  return items;
}

/** Every kind that the entry can make. */
function childKindsOf(crd: ResolvedCrd): readonly ChildKindReference[] {
  const compiled = compileProgram(crd, createKatalogDialect());
  return compiled.kind === "failed" ? [] : compiled.program.childKinds;
}

/** A kind that may not be listed is left out. */
async function listChildren(
  cluster: Cluster,
  kinds: readonly ChildKindReference[],
  scope: ListScope,
) {
  const lists = await mapParallel(kinds, 8, async ({ apiVersion, kind }) => {
    const query = { ...parseApiVersion(apiVersion), kind };
    const type = await cluster.discovery.findKind(query, { signal: scope.signal });
    if (!type) return [];
    try {
      return await listAll(cluster, type, { ...scope, labelSelector: `${MANAGED_LABEL}=true` });
    } catch (error) {
      if (isForbidden(error)) return [];
      throw error;
    }
  });
  return lists.flat();
}

/** A custom resource is as ready as its Ready condition says of the generation that it is. */
function ownReadiness(
  object: KubeObject,
  { box, katalog }: ResolvedCrd,
  { hasStatus }: ApiResource,
): TreeEntry["readiness"] {
  const { deletionTimestamp, finalizers = [] } = object.metadata;
  if (deletionTimestamp !== undefined) {
    const held = finalizers.length > 0 ? `, held by ${finalizers.join(", ")}` : "";
    return { kind: "progressing", reason: `being deleted${held}` };
  }
  const manager = otherManager(object, katalog);
  if (manager !== undefined) {
    return { kind: "failed", reason: `Katalog "${manager}" manages it, this one leaves it alone` };
  }
  const ready = storedReady(object);
  if (!ready) {
    // Where no status is written, nothing else is said of it.
    if (!box.status.hasConditions || !hasStatus) return { kind: "ready" };
    return { kind: "progressing", reason: "not reconciled yet" };
  }
  if (ready.status === "True") return { kind: "ready" };
  const reason = ready.message || ready.reason || "not ready";
  const isOnItsWay = ready.reason === "Progressing" || ready.status === "Unknown";
  return { kind: isOnItsWay ? "progressing" : "failed", reason };
}

function render(entries: readonly TreeEntry[], format: string, io: Io): string {
  const { hasColor, columns } = io;
  if (format === "tree") return renderTree(entries, { hasColor: hasColor.stdout, columns });
  const plain = entries.map((entry) => ({
    ...summary(entry),
    children: (entry.children ?? []).map(summary),
  }));
  if (format === "json") return JSON.stringify(plain, null, 2);
  return stringifyYaml(plain as unknown as Json).trimEnd();
}

function summary({ object, readiness }: TreeEntry) {
  const { name, namespace } = object.metadata;
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    ...(namespace && { namespace }),
    name,
    ready: readiness.kind === "ready",
    ...(readiness.kind !== "ready" && { reason: readiness.reason }),
  };
}
