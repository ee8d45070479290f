/**
 * What the view may show of a Katalog and of custom resources: it asks nobody who they are, and in a
 * cluster it listens on all interfaces. Values of Secrets never pass, templates of them included, since
 * literal parts may stand between; nor do fields whose name says that they are secret.
 */
import type {
  ChildEntry,
  DeletePlan,
  DeleteStep,
  ExternalCall,
  ResolvedCrd,
  ResolvedKatalog,
} from "../katalog/resolved.ts";
import { withoutLastApplied } from "../kube/marks.ts";
import type { KubeObject } from "../schema/object.ts";
import { isJsonObject, type JsonObject } from "../std/json.ts";
import { redact } from "../telemetry/redact.ts";

const HIDDEN = "[redacted]";
/** Where a Secret keeps its values, in the API and in the short form of an entry. */
const SECRET_FIELDS: ReadonlySet<string> = new Set(["data", "stringData"]);

export function shownKatalog(katalog: ResolvedKatalog): unknown {
  return redact({ ...katalog, crds: katalog.crds.map(shownCrd) });
}

export function shownCrd(crd: ResolvedCrd): unknown {
  const { box } = crd;
  const children = box.children.map(shownEntry);
  return redact({
    ...crd,
    customResources: crd.customResources.map(withoutValues),
    box: { ...box, children, onDelete: shownPlan(box.onDelete) },
  });
}

/** Without what clients keep of the whole object as text, which no rule could look into. */
export function shownObject(object: KubeObject): unknown {
  return redact(withoutValues(object as unknown as JsonObject));
}

function shownPlan(plan: DeletePlan): DeletePlan {
  const shownStep = (step: DeleteStep): DeleteStep =>
    step.kind === "run" ? { ...step, entry: shownEntry(step.entry) } : step;
  return {
    ...plan,
    groups: plan.groups.map(({ steps }) => ({ steps: steps.map(shownStep) })),
    ...(plan.external && { external: plan.external.map(shownCall) }),
  };
}

/** Any header and any part of a query may be what a service knows us by. */
function shownCall(call: ExternalCall): ExternalCall {
  const { headers, query } = call;
  return { ...call, headers: hiddenEach(headers), query: hiddenEach(query) };
}

function shownEntry(entry: ChildEntry): ChildEntry {
  const { fields, patch } = entry;
  const isSecret = entry.key === "secrets" || mayBeSecret(fields["kind"]);
  const shown = isSecret ? hideValues : (object: JsonObject) => object;
  return { ...entry, fields: shown(fields), ...(patch && { patch: shown(patch) }) };
}

function withoutValues(object: JsonObject): JsonObject {
  const { metadata } = object;
  const shown = mayBeSecret(object["kind"]) ? hideValues(object) : object;
  if (!isJsonObject(metadata) || !isJsonObject(metadata["annotations"])) return shown;
  const annotations = withoutLastApplied(metadata["annotations"]);
  return { ...shown, metadata: { ...metadata, annotations } };
}

/** A kind that a template makes may be any. */
function mayBeSecret(kind: unknown): boolean {
  return typeof kind === "string" && (kind === "Secret" || kind.includes("{{"));
}

function hideValues(object: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => [
      key,
      SECRET_FIELDS.has(key) && value !== undefined ? hiddenLike(value) : value,
    ]),
  );
}

/** The names of values are no secret; text as a whole is. */
function hiddenLike(value: unknown): string | JsonObject {
  return isJsonObject(value) ? hiddenEach(value) : HIDDEN;
}

function hiddenEach(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.keys(value).map((key) => [key, HIDDEN]));
}
