/**
 * What a Katalog brings along for the cluster: its CRDs (`crdFile`) and custom resources
 * (`crFiles`). Runs before the box that needs them; equal objects cost no write.
 */
import type { ResolvedCrd } from "../katalog/resolved.ts";
import type { KubeClient, ObjectReference } from "../kube/client.ts";
import { isAlreadyExists, isNotFound } from "../kube/error.ts";
import { CRD_TYPE } from "../schema/crd.ts";
import { fieldDifferences } from "../schema/differences.ts";
import { type DefinitionChange, judgeDefinition } from "../schema/evolution.ts";
import type { KubeObject, ResourceType } from "../schema/object.ts";
import type { Clock } from "../std/clock.ts";
import { isJsonObject, type JsonObject } from "../std/json.ts";
import { sleep } from "../std/sleep.ts";
import type { Logger } from "../telemetry/log.ts";
import { missingFields } from "./missing-fields.ts";
import { UnestablishedError } from "./obstacle.ts";

/**
 * `missing`: create what is absent, leave what differs with a notice (outside a cluster).
 * `always`: change what differs too (`--apply-crds`). `never`: touch nothing (in a cluster).
 */
export type InstallPolicy = "missing" | "always" | "never";

export interface InstallOptions {
  readonly client: KubeClient;
  readonly policy: InstallPolicy;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** What the log says of a CRD that is not changed. */
export const CRD_DIFFERS =
  "CRD in the cluster differs and is left as it is; --apply-crds changes it";

/** What it says of one that was changed so that stored objects may be hurt. */
const CRD_BREAKS =
  "Updated CRD, with changes that break what is stored: objects lose fields, or are refused at their next edit";

/** Own manager: these objects are the user's, and no reconcile writes them. */
const INSTALL_MANAGER = "orkestra-install";
const ESTABLISH_TIMEOUT_MS = 30_000;
const ESTABLISH_POLL_MS = 100;

/**
 * Brings the CRD into the cluster and waits until it is established; tells whether that took a
 * change. Throws when it cannot be.
 */
export async function installCrd(
  entry: Pick<ResolvedCrd, "crd" | "box" | "type">,
  options: InstallOptions,
): Promise<boolean> {
  if (options.policy === "never" || !entry.crd) return false;
  const object = entry.crd as unknown as KubeObject;
  const { live, hasChanged } = await install({ type: CRD_TYPE, object, what: "CRD" }, options);
  if (!hasChanged) warnOfMissing(missingFields(entry, live as unknown as JsonObject), options);
  if (isEstablished(live)) return hasChanged;
  await waitUntilEstablished(object.metadata.name, options);
  return true;
}

function warnOfMissing(missing: readonly string[], { log }: InstallOptions): void {
  if (missing.length === 0) return;
  const message =
    "The CRD in the cluster lacks what the Katalog reads: the API server drops these fields of every custom resource";
  log.warn(message, { fields: missing.slice(0, MOST_TOLD) });
}

/** Brings one custom resource of `crFiles` into the cluster. */
export async function installObject(
  type: ResourceType,
  object: JsonObject,
  options: InstallOptions,
): Promise<void> {
  if (options.policy === "never") return;
  const found = object as unknown as KubeObject;
  await install({ type, object: found, what: found.kind }, options);
}

interface Installation {
  readonly type: ResourceType;
  readonly object: KubeObject;
  readonly what: string;
}

interface Installed {
  readonly live: KubeObject;
  readonly hasChanged: boolean;
}

async function install(
  { type, object, what }: Installation,
  { client, policy, log, signal }: InstallOptions,
): Promise<Installed> {
  const { name } = object.metadata;
  const reference = referenceTo(type, object);
  const live = await getIfThere(client, reference, signal);
  if (!live) {
    const created = await createUnlessThere(client, { type, object, reference }, signal);
    log.info(`Created ${what}`, { name });
    return { live: created, hasChanged: true };
  }
  const differences = fieldDifferences(declared(object), live as unknown as JsonObject);
  if (differences.length === 0) return { live, hasChanged: false };
  const paths = differences.map(({ path }) => path);
  const changes = what === "CRD" ? changesOf(live, object) : [];
  const fields = fieldsOf(paths, changes).slice(0, MOST_TOLD);
  if (policy !== "always" && what === "CRD") {
    log.warn(CRD_DIFFERS, { name, fields });
    return { live, hasChanged: false };
  }
  const options = { fieldManager: INSTALL_MANAGER, force: true, signal };
  const applied = await client.apply(type, object, options);
  const breaking = changes.filter(({ verdict }) => verdict === "breaking").map(changeText);
  if (breaking.length === 0) log.info(`Updated ${what}`, { name, fields });
  else log.warn(CRD_BREAKS, { name, breaking: breaking.slice(0, MOST_TOLD), fields });
  return { live: applied, hasChanged: true };
}

const MOST_TOLD = 5;

function changesOf(live: KubeObject, object: KubeObject): readonly DefinitionChange[] {
  const [was, is] = [live, object] as unknown as [JsonObject, JsonObject];
  return judgeDefinition(was, is, []);
}

/** Versions differ as a whole; what of them it is, the verdict on the schemas tells. */
function fieldsOf(
  paths: readonly string[],
  changes: readonly DefinitionChange[],
): readonly string[] {
  if (changes.length === 0) return paths;
  return [...paths.filter((path) => path !== "spec.versions"), ...changes.map(changeText)];
}

function changeText({ version, path, message }: DefinitionChange): string {
  return [version, path && `${path}:`, message].filter(Boolean).join(" ");
}

function referenceTo(type: ResourceType, { metadata }: KubeObject): ObjectReference {
  const { name } = metadata;
  if (!type.namespaced) return { type, name };
  return { type, name, namespace: metadata.namespace ?? "default" };
}

async function getIfThere(client: KubeClient, reference: ObjectReference, signal: AbortSignal) {
  try {
    return await client.get(reference, { signal });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Two processes may start at once: the one that comes second takes what the first created. */
async function createUnlessThere(
  client: KubeClient,
  {
    type,
    object,
    reference,
  }: Pick<Installation, "type" | "object"> & { reference: ObjectReference },
  signal: AbortSignal,
): Promise<KubeObject> {
  const metadata = reference.namespace
    ? { ...object.metadata, namespace: reference.namespace }
    : object.metadata;
  try {
    const options = { fieldManager: INSTALL_MANAGER, signal };
    return await client.create(type, { ...object, metadata }, options);
  } catch (error) {
    if (isAlreadyExists(error)) return client.get(reference, { signal });
    throw error;
  }
}

/** The part of an object that its author decides. */
function declared({ metadata, status: _, ...rest }: KubeObject): JsonObject {
  const { labels, annotations } = metadata;
  return { ...rest, metadata: { labels, annotations } } as unknown as JsonObject;
}

interface CrdCondition {
  readonly type: string;
  readonly status: string;
  readonly message?: string;
}

function conditionsOf(crd: KubeObject): readonly CrdCondition[] {
  const conditions = isJsonObject(crd.status) ? crd.status["conditions"] : undefined;
  return (Array.isArray(conditions) ? conditions : []) as readonly CrdCondition[];
}

function isEstablished(crd: KubeObject): boolean {
  return conditionsOf(crd).some(({ type, status }) => type === "Established" && status === "True");
}

async function waitUntilEstablished(
  name: string,
  { client, clock, signal }: InstallOptions,
): Promise<void> {
  const endMs = clock.monotonicMs() + ESTABLISH_TIMEOUT_MS;
  for (;;) {
    const crd = await client.get({ type: CRD_TYPE, name }, { signal });
    if (isEstablished(crd)) return;
    const refused = conditionsOf(crd).find(
      ({ type, status }) => type === "NamesAccepted" && status === "False",
    );
    if (refused) throw new UnestablishedError(name, refused.message ?? "its names are taken");
    if (clock.monotonicMs() > endMs) {
      throw new UnestablishedError(name, `not established after ${ESTABLISH_TIMEOUT_MS / 1000} s`);
    }
    await sleep(ESTABLISH_POLL_MS, { clock, signal });
  }
}
